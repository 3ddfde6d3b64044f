// SPDX-License-Identifier: Apache-2.0
#include "upstream/url_text.hpp"

#include <array>

namespace prewarm::upstream {
namespace {

// RFC 3986 2.3: the unreserved characters.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"))
    plain[static_cast<unsigned char>(c)] = true;
  return plain;
}();

void append_byte(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
}

}  // namespace

void append_encoded(std::string& out, std::string_view text) {
  for (const char c : text)
    if (kPlain[static_cast<unsigned char>(c)])
      out += c;
    else
      append_byte(out, c);
}

void append_all_encoded(std::string& out, std::string_view text) {
  for (const char c : text) append_byte(out, c);
}

std::string_view link_of(std::string_view url) noexcept {
  if (url.find('?') == std::string_view::npos) return "?";
  return url.back() == '?' || url.back() == '&' ? "" : "&";
}

void append_parameter(std::string& url, std::string_view name, std::string_view value) {
  url += link_of(url);
  append_encoded(url, name);
  url += '=';
  append_encoded(url, value);
}

}  // namespace prewarm::upstream
