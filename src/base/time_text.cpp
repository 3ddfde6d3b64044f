// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/time_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace prewarm {
namespace {

using std::chrono::days;
using std::chrono::seconds;

struct Civil {
  int year;
  unsigned month, day, hour, minute, second, ms;
};

Civil civil_of(WallTime instant) {
  const auto day = std::chrono::floor<days>(instant);
  const std::chrono::year_month_day date(day);
  const auto ms = static_cast<unsigned>((instant - day).count());
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          ms / 3600000,
          ms / 60000 % 60,
          ms / 1000 % 60,
          ms % 1000};
}

template <class... Args>
std::string print(const char* format, Args... args) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, args...);
  return buffer.data();
}

// The last `count` digits of a number, in place.
void put_digits(std::string& text, std::size_t at, std::size_t count, unsigned number) {
  for (std::size_t i = at + count; i > at; number /= 10) text[--i] = static_cast<char>('0' + number % 10);
}

bool has_four_digit_year(WallTime instant) {
  const int year = civil_of(instant).year;
  return year >= 0 && year <= 9999;
}

Civil checked(WallTime instant) {
  ENSURE(has_four_digit_year(instant));
  return civil_of(instant);
}

// Fixed-width digits at the front; -1 when one is missing.
int digits(std::string_view text, std::size_t at, std::size_t count) noexcept {
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// "2026-05-01T13:00:00", with any of "Tt " between; exact fields.
std::optional<WallTime> parse_date_time(std::string_view text, std::string_view separators) noexcept {
  if (text.size() < 19 || text[4] != '-' || text[7] != '-' ||
      separators.find(text[10]) == std::string_view::npos || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  // One question after all digits: heads of envelopes are read by the million.
  unsigned worst = 0;
  const auto digit = [&](std::size_t at) noexcept {
    const unsigned value = static_cast<unsigned char>(text[at]) - unsigned{'0'};
    worst = std::max(worst, value);
    return value;
  };
  const auto two = [&](std::size_t at) noexcept { return 10 * digit(at) + digit(at + 1); };
  const unsigned year = 100 * two(0) + two(2), month = two(5), day = two(8);
  const unsigned hour = two(11), minute = two(14), second = two(17);
  if (worst > 9 || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + seconds((hour * 60 + minute) * 60 + second);
}

}  // namespace

// Without snprintf: heads of envelopes are made by the million.
std::string instant_text(WallTime instant) {
  const Civil c = checked(instant);
  std::string text = "0000-00-00T00:00:00.000Z";
  put_digits(text, 0, 4, static_cast<unsigned>(c.year));
  put_digits(text, 5, 2, c.month);
  put_digits(text, 8, 2, c.day);
  put_digits(text, 11, 2, c.hour);
  put_digits(text, 14, 2, c.minute);
  put_digits(text, 17, 2, c.second);
  put_digits(text, 20, 3, c.ms);
  return text;
}

std::string slot_text(Slot slot) {
  const Civil c = checked(slot);
  return print("%04d-%02u-%02uT%02u:%02u:%02uZ", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

std::string slot_compact(Slot slot) {
  const Civil c = checked(slot);
  return print("%04d%02u%02uT%02u%02u%02uZ", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

std::string local_text(Slot slot, seconds offset) {
  const Civil c = checked(slot + offset);
  const auto total = static_cast<unsigned>(offset.count() < 0 ? -offset.count() : offset.count());
  const char sign = offset.count() < 0 ? '-' : '+';
  return print("%04d-%02u-%02uT%02u:%02u:%02u%c%02u:%02u", c.year, c.month, c.day, c.hour, c.minute, c.second,
               sign, total / 3600, total / 60 % 60);
}

std::optional<WallTime> parse_instant(std::string_view text) noexcept {
  if (text.size() != 24 || text[19] != '.' || text[23] != 'Z') return std::nullopt;
  const int ms = digits(text, 20, 3);
  const auto base = parse_date_time(text, "T");
  if (!base || ms < 0) return std::nullopt;
  return *base + Millis(ms);
}

Result<WallTime> parse_rfc3339(std::string_view text) {
  const Error fault{ErrorKind::invalid, "not an RFC 3339 time",
                    "write it as 2026-05-01T13:00:00Z or with an offset, 2026-05-01T15:00:00+02:00"};
  const auto base = parse_date_time(text, "Tt ");
  if (!base) return fault;
  std::size_t at = 19;
  int ms = 0;
  if (at < text.size() && text[at] == '.') {
    const std::size_t start = ++at;
    for (int scale = 100; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10)
      ms += (text[at] - '0') * scale;
    if (at == start) return fault;
  }
  const std::string_view zone = text.substr(at);
  if (zone == "Z" || zone == "z") return *base + Millis(ms);
  const int hours = digits(zone, 1, 2), minutes = digits(zone, 4, 2);
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':' || hours < 0 || hours > 23 ||
      minutes < 0 || minutes > 59)
    return fault;
  const seconds offset((hours * 60 + minutes) * (zone[0] == '-' ? -60 : 60));
  const WallTime instant = *base + Millis(ms) - offset;
  if (!has_four_digit_year(instant))
    return Error{ErrorKind::invalid, "outside the years 0000 to 9999 in UTC", "an instant within them"};
  return instant;
}

}  // namespace prewarm
