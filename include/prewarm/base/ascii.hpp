// SPDX-License-Identifier: Apache-2.0
// Letters, digits and blanks of ASCII, whatever the locale: what HTTP, URLs, cron and our own names are made
// of. Pure. Thread-safe.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace prewarm {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr bool is_letter(char c) noexcept { return lower(c) >= 'a' && lower(c) <= 'z'; }
constexpr bool is_hex(char c) noexcept { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); }
/// A space or a tab: the OWS of RFC 9110.
constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

/// Equal but for the case of letters.
constexpr bool same_word(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

/// Without the blanks at either end.
constexpr std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace prewarm
