// SPDX-License-Identifier: Apache-2.0
#include "upstream/answer.hpp"

#include <algorithm>
#include <array>

#include "prewarm/base/ascii.hpp"
#include "prewarm/base/json.hpp"

namespace prewarm::upstream {

using http::Field;

namespace {

// SURFACE 4, `fetch.retries`.
bool may_pass(int status) {
  static constexpr auto kOnce = std::to_array({408, 425, 429, 500, 502, 503, 504});
  return std::find(kOnce.begin(), kOnce.end(), status) != kOnce.end() || (status >= 520 && status <= 527);
}

std::string secrets_of(const schedule::FetchSpec& spec) {
  std::vector<std::string> names;
  const auto collect = [&names](const schedule::FilledText& text) {
    for (auto& name : variables_in(text.written))
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  };
  for (const auto& header : spec.headers) collect(header.second);
  for (const auto& member : spec.query) collect(member.second);
  if (names.empty() && spec.body) collect(*spec.body);
  if (names.empty()) collect(spec.url);  // most often a user's name: suspected last
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "${" : ", ${") + name + "}";
  return list;
}

Error auth_error(int status, const schedule::FetchSpec& spec) {
  const std::string names = secrets_of(spec);
  return {
      ErrorKind::auth, std::to_string(status),
      names.empty() ? "the upstream wants a login: give it in fetch.headers as ${NAME}" : "check " + names};
}

Error redirect_error(const http::Response& response) {
  const std::string host = target_host(response.headers[Field::location]);
  return {ErrorKind::http_3xx,
          std::to_string(response.status) + (host.empty() ? ", a redirect that is not followed"
                                                          : " to " + host + ", which is not followed"),
          "write the final address into fetch.url"};
}

std::optional<Error> status_fault(const http::Response& response, const schedule::FetchSpec& spec) {
  const int status = response.status;
  const bool retryable = may_pass(status);
  const std::string text = std::to_string(status);
  if (status == 204 || status == 205) return Error{ErrorKind::no_body, text + ", which has no body"};
  if (status == 200 || status == 203) return std::nullopt;
  if (status == 304) return Error{ErrorKind::status, "304 that was not asked for"};
  if (status >= 300 && status < 400) return redirect_error(response);
  if (status == 401 || status == 403) return auth_error(status, spec);
  if (status == 429)
    return Error{ErrorKind::rate_limited, text, "ask less often, or spread the runs with \"jitter\"",
                 retryable};
  if (status >= 400 && status < 500) return Error{ErrorKind::http_4xx, text, "", retryable};
  if (status >= 500 && status < 600) return Error{ErrorKind::http_5xx, text, "", retryable};
  return Error{ErrorKind::status, text};
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || is_letter(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  });
}

// A number cut short is still a number, so its end must be known from elsewhere (PROMISES, I5).
bool may_be_cut_number(const http::Response& response) {
  return (!response.length_known || response.coded) && json_type(response.body) == JsonType::number;
}

}  // namespace

std::optional<Error> fault_of(const http::Response& response, const schedule::FetchSpec& spec) {
  if (auto fault = status_fault(response, spec)) return fault;
  if (response.body.empty())
    return Error{ErrorKind::no_body, std::to_string(response.status) + " with an empty body"};
  const std::string charset = charset_of(response.headers[Field::content_type]);
  if (!charset.empty() && charset != "utf-8" && charset != "utf8")
    return Error{ErrorKind::parse, "the body is declared in another charset than UTF-8"};
  if (may_be_cut_number(response))
    return Error{ErrorKind::broken, "a bare number, which may have been cut off: no length came with it", "",
                 true};
  return std::nullopt;
}

std::string charset_of(std::string_view content_type) {
  constexpr std::string_view kName = "charset=";
  while (true) {
    const auto semicolon = content_type.find(';');
    if (semicolon == std::string_view::npos) return {};
    content_type.remove_prefix(semicolon + 1);
    const std::string parameter = lower(trim(content_type.substr(0, content_type.find(';'))));
    if (parameter.substr(0, kName.size()) != kName) continue;
    auto value = std::string_view(parameter).substr(kName.size());
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
}

std::string target_host(std::string_view location) {
  const auto slashes = location.find("//");
  const auto scheme = location.substr(0, std::min(slashes, location.size()));
  const bool absolute =
      slashes == 0 || (slashes != std::string_view::npos && scheme.size() > 1 &&
                       scheme.find_first_of("/?#") == std::string_view::npos && scheme.back() == ':');
  if (!absolute) return {};
  auto authority = location.substr(slashes + 2);
  authority = authority.substr(0, authority.find_first_of("/?#\\"));
  if (const auto user = authority.rfind('@'); user != std::string_view::npos)
    authority.remove_prefix(user + 1);
  return is_host(authority) ? std::string(authority) : std::string();
}

std::vector<std::string> variables_in(std::string_view written) {
  std::vector<std::string> names;
  for (std::size_t at = 0; (at = written.find('$', at)) != std::string_view::npos;) {
    if (written.substr(at, 2) == "${") {
      const auto end = written.find_first_of(":}", at);
      names.emplace_back(written.substr(at + 2, end == std::string_view::npos ? end : end - at - 2));
    }
    at += 2;  // also over "$$"
  }
  return names;
}

}  // namespace prewarm::upstream
