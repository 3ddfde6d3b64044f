// SPDX-License-Identifier: Apache-2.0
#include "shape/same_value.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "prewarm/base/json_walk.hpp"

namespace prewarm::shape {
namespace {

// The exponent's digits; far beyond any body's digits it is held fast.
std::int64_t exponent_of(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max() / 4;
  std::int64_t exponent = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (read.ec != std::errc::result_out_of_range) return std::clamp(exponent, -kFar, kFar);
  return text.starts_with('-') ? -kFar : kFar;
}

// "n-125e-1" for -12.50E0: sign, digits without zeros around them, and the power of ten of the last digit.
std::string number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t mark = std::min(text.find_first_of("eE"), text.size());
  std::int64_t exponent = mark < text.size() ? exponent_of(text.substr(mark + 1)) : 0;
  std::string digits(text.substr(0, mark));
  if (const std::size_t point = digits.find('.'); point != std::string::npos) {
    exponent -= static_cast<std::int64_t>(digits.size() - point - 1);
    digits.erase(point, 1);
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.empty()) return "n0";
  const std::size_t kept = digits.find_last_not_of('0') + 1;
  exponent += static_cast<std::int64_t>(digits.size() - kept);
  digits.resize(kept);
  return (negative ? "n-" : "n") + digits + "e" + std::to_string(exponent);
}

// With its length, so that no text can look like what follows it.
std::string string(std::string_view quoted, Case letters) {
  const auto unquoted = json_unquote(quoted);
  std::string text = unquoted.value_or(std::string(quoted));
  if (letters == Case::folded)
    for (char& c : text)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return (unquoted ? "s" : "half") + std::to_string(text.size()) + ":" + text;
}

}  // namespace

std::string meaning_of(std::string_view value, Case letters) {
  std::string out;
  for (std::size_t at = skip_json_space(value, 0); at < value.size(); at = skip_json_space(value, at)) {
    const char c = value[at];
    if (c == '"' || c == '-' || (c >= '0' && c <= '9')) {
      const std::string_view scalar = json_value(value, at);
      out += c == '"' ? string(scalar, letters) : number(scalar);
      at += scalar.size();
    } else {
      out += c;
      ++at;
    }
  }
  return out;
}

}  // namespace prewarm::shape
