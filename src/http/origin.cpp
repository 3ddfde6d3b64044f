// SPDX-License-Identifier: Apache-2.0
#include "http/origin.hpp"

#include <algorithm>

#include "http/curl_handles.hpp"
#include "prewarm/base/ascii.hpp"

namespace prewarm::http {
namespace {

std::string url_part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  return UrlText(text).get();
}

std::optional<Origin> parse(const std::string& text) {
  const Url url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK)
    return std::nullopt;
  const std::string scheme = url_part(url.get(), CURLUPART_SCHEME);
  Origin origin;
  origin.tls = scheme == "https";
  origin.host = lower(url_part(url.get(), CURLUPART_HOST));
  if ((!origin.tls && scheme != "http") || origin.host.empty()) return std::nullopt;
  origin.kind = host_kind(text, origin.host);
  return origin;
}

// Up to the end of the authority, if nobody can be of two minds about where that is: no user part, no
// backslash, no percent sign. Else nothing.
std::string_view plain_beginning(std::string_view url) noexcept {
  const auto slashes = url.find("://");
  if (slashes == std::string_view::npos) return {};
  const auto end = std::min(url.size(), url.find_first_of("/?#", slashes + 3));
  const bool plain = std::all_of(url.begin(), url.begin() + static_cast<std::ptrdiff_t>(end), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-_:[]/").find(c) != std::string_view::npos;
  });
  return plain ? url.substr(0, end) : std::string_view();
}

}  // namespace

const std::optional<Origin>& OriginReader::read(const std::string& url) {
  if (begins_with_last(url)) return origin_;
  origin_ = parse(url);
  last_ = origin_ ? plain_beginning(url) : std::string_view();
  return origin_;
}

bool OriginReader::begins_with_last(std::string_view url) const noexcept {
  if (last_.empty() || url.substr(0, last_.size()) != last_) return false;
  const auto behind = url.substr(last_.size());
  return behind.empty() || std::string_view("/?#").find(behind.front()) != std::string_view::npos;
}

}  // namespace prewarm::http
