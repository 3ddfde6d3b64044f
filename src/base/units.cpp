// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/units.hpp"

#include <array>
#include <cstdio>
#include <optional>
#include <vector>

#include "prewarm/base/ascii.hpp"

namespace prewarm {
namespace {

constexpr std::int64_t kMaxDurationMs = 36500LL * 86400 * 1000;

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
constexpr auto kDurationUnits =
    std::to_array<Unit>({{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}});
constexpr auto kSizeUnits =
    std::to_array<Unit>({{"GiB", 1LL << 30}, {"MiB", 1LL << 20}, {"KiB", 1LL << 10}, {"B", 1}});

struct Number {
  std::int64_t value;
  std::string_view unit;
};

// Reads "90s" off the front of `text`; at most 15 digits, so that no product with a unit overflows unseen.
std::optional<Number> read_number(std::string_view& text) {
  std::size_t digits = 0;
  std::int64_t value = 0;
  while (digits < text.size() && is_digit(text[digits])) {
    if (digits == 15) return std::nullopt;
    value = value * 10 + (text[digits++] - '0');
  }
  std::size_t end = digits;
  while (end < text.size() && is_letter(text[end])) ++end;
  if (digits == 0 || end == digits) return std::nullopt;
  const Number number{value, text.substr(digits, end - digits)};
  text.remove_prefix(end);
  return number;
}

Error not_duration(std::string_view text) {
  std::string remedy = "write a number with a unit: \"90s\", \"1h30m\", \"250ms\"";
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos)
    remedy = "write \"" + std::string(text) + "s\" for seconds; units are ms, s, m, h, d";
  return Error{ErrorKind::invalid, "not a duration", std::move(remedy)};
}

}  // namespace

Result<Millis> parse_duration(std::string_view text) {
  const std::string_view whole = text;
  if (text.empty()) return not_duration(whole);
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    const auto number = read_number(text);
    if (!number) return not_duration(whole);
    while (next_unit < kDurationUnits.size() && kDurationUnits[next_unit].name != number->unit) ++next_unit;
    if (next_unit == kDurationUnits.size()) return not_duration(whole);
    const std::int64_t factor = kDurationUnits[next_unit++].factor;
    if (number->value > kMaxDurationMs / factor || (total += number->value * factor) > kMaxDurationMs)
      return Error{ErrorKind::invalid, "a duration above 100 years", "write a shorter one"};
  }
  return Millis(total);
}

Result<Bytes> parse_bytes(std::string_view text) {
  const Error fault{ErrorKind::invalid, "not a size",
                    "write a number with a unit: \"512B\", \"64KiB\", \"2MiB\""};
  const auto number = read_number(text);
  if (!number || !text.empty()) return fault;
  for (const Unit& unit : kSizeUnits)
    if (unit.name == number->unit) {
      if (number->value > (1LL << 50) / unit.factor)
        return Error{ErrorKind::invalid, "a size above 1 PiB", "write a smaller one"};
      return Bytes{static_cast<std::uint64_t>(number->value * unit.factor)};
    }
  return fault;
}

namespace {
struct Part {
  std::int64_t count = 0;
  std::string_view unit;
};
// h, m, s, ms of a duration, leading and trailing zeros left out.
std::vector<Part> parts_of(std::int64_t ms) {
  const auto all = std::to_array<Part>(
      {{ms / 3600000, "h"}, {ms / 60000 % 60, "m"}, {ms / 1000 % 60, "s"}, {ms % 1000, "ms"}});
  std::size_t first = 0;
  std::size_t last = all.size();
  while (first < last && all[first].count == 0) ++first;
  while (last > first && all[last - 1].count == 0) --last;
  return {all.begin() + static_cast<std::ptrdiff_t>(first), all.begin() + static_cast<std::ptrdiff_t>(last)};
}
std::string join(const std::vector<Part>& parts, std::string_view between) {
  std::string out;
  for (const Part& part : parts) {
    if (!out.empty()) out += between;
    out += std::to_string(part.count);
    out += part.unit;
  }
  return out.empty() ? "0s" : out;
}
}  // namespace

std::string duration_text(Millis duration) {
  const std::int64_t ms = duration.count() < 0 ? 0 : duration.count();
  if (ms >= 100LL * 3600000) return std::to_string(ms / 86400000) + "d";
  auto parts = parts_of(ms / 1000 * 1000);
  if (parts.size() > 2) parts.resize(2);
  while (parts.size() > 1 && parts.back().count == 0) parts.pop_back();
  return join(parts, " ");
}

std::string duration_exact(Millis duration) { return join(parts_of(duration.count()), " "); }

std::string duration_literal(Millis duration) {
  std::vector<Part> parts;
  for (const Part& part : parts_of(duration.count()))
    if (part.count != 0) parts.push_back(part);
  return join(parts, "");
}

std::string size_text(std::uint64_t bytes) {
  if (bytes < 10000) return std::to_string(bytes) + " B";
  std::array<char, 40> buffer{};
  const double kilo = static_cast<double>(bytes) / 1e3;
  if (kilo < 999.95)
    std::snprintf(buffer.data(), buffer.size(), "%.1f kB", kilo);
  else
    std::snprintf(buffer.data(), buffer.size(), "%.1f MB", kilo / 1e3);
  return buffer.data();
}

}  // namespace prewarm
