// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "prewarm/upstream/exchange.hpp"

namespace prewarm::upstream {
namespace {

// RFC 3986 2.3: everything but the unreserved characters is encoded, a blank as %20 as in any URL.
void append_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
  }
}

Secret url_with_query(const schedule::FetchSpec& spec) {
  std::string url = spec.url.value.reveal();
  char link = url.find('?') == std::string::npos ? '?' : '&';
  if (!url.empty() && (url.back() == '?' || url.back() == '&')) link = '\0';
  for (const auto& [name, value] : spec.query) {
    if (link != '\0') url += link;
    append_encoded(url, name);
    url += '=';
    append_encoded(url, value.value.reveal());
    link = '&';
  }
  return Secret(std::move(url));
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

void add_unless_given(http::Request& request, const std::string& name, std::string value) {
  for (const auto& header : request.headers)
    if (std::equal(header.first.begin(), header.first.end(), name.begin(), name.end(),
                   [](char a, char b) { return lower(a) == b; }))
      return;
  request.headers.emplace_back(name, Secret(std::move(value)));
}

}  // namespace

http::Request build_request(const schedule::Schedule& schedule) {
  const schedule::FetchSpec& spec = schedule.fetch;
  http::Request request;
  request.url = url_with_query(spec);
  request.display = spec.display_url;
  request.post = spec.method == schedule::Method::post;
  if (spec.body) request.body = spec.body->value;
  for (const auto& [name, value] : spec.headers) request.headers.emplace_back(name, value.value);
  add_unless_given(request, "accept", "application/json");
  add_unless_given(request, "user-agent", "prewarm/" PREWARM_VERSION);
  if (spec.body && spec.body_is_json) add_unless_given(request, "content-type", "application/json");
  request.timeout = spec.timeout;
  request.max_bytes = spec.max_bytes;
  request.ca_file = spec.ca_file;
  return request;
}

}  // namespace prewarm::upstream
