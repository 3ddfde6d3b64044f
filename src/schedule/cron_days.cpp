// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "prewarm/schedule/cron_fields.hpp"

namespace prewarm::schedule {
namespace {

constexpr int kSaturday = 6;
constexpr int kSunday = 0;

constexpr std::uint32_t bit(int n) { return std::uint32_t{1} << (static_cast<unsigned>(n) & 31U); }
// Bits 1..days.
constexpr std::uint32_t whole_month(int days) { return (bit(days) - 1) << 1; }

int weekday_of(MonthShape month, int day) { return (month.first_weekday + day - 1) % 7; }

// "15W": the nearest Monday to Friday that stays in the month.
int nearest_weekday(MonthShape month, int day) {
  switch (weekday_of(month, day)) {
    case kSaturday:
      return day > 1 ? day - 1 : day + 2;
    case kSunday:
      return day < month.days ? day + 1 : day - 2;
    default:
      return day;
  }
}

// The seven bits of `weekdays` laid along the month.
std::uint32_t plain_weekdays(std::uint8_t weekdays, MonthShape month) {
  std::uint64_t repeated = 0;
  for (int week = 0; week < 6; ++week) repeated |= std::uint64_t{weekdays} << (7 * week);
  return static_cast<std::uint32_t>((repeated >> month.first_weekday) << 1) & whole_month(month.days);
}

std::uint32_t nth_weekdays(std::uint8_t nth, int weekday, MonthShape month) {
  const int first = 1 + (weekday - month.first_weekday + 7) % 7;
  std::uint32_t days = 0;
  for (int n = 1, day = first; day <= month.days; ++n, day += 7)
    if ((nth & bit(n)) != 0) days |= bit(day);
  if ((nth & bit(CronFields::kLastOfMonth)) != 0) days |= bit(first + (month.days - first) / 7 * 7);
  return days;
}

}  // namespace

MonthShape month_shape(std::chrono::year_month month) {
  const std::chrono::local_days first(month / 1);
  const std::chrono::local_days next((month + std::chrono::months(1)) / 1);
  return {static_cast<int>((next - first).count()),
          static_cast<int>(std::chrono::weekday(first).c_encoding())};
}

std::uint32_t days_by_date(const CronFields& fields, MonthShape month) {
  std::uint32_t days = fields.days & whole_month(month.days);
  if (fields.last_day) days |= bit(month.days);
  if (fields.last_weekday) {
    const int weekday = weekday_of(month, month.days);
    days |= bit(month.days - (weekday == kSaturday ? 1 : weekday == kSunday ? 2 : 0));
  }
  for (int day = 1; fields.nearest_weekday != 0 && day <= month.days; ++day)
    if ((fields.nearest_weekday & bit(day)) != 0) days |= bit(nearest_weekday(month, day));
  return days;
}

std::uint32_t days_by_weekday(const CronFields& fields, MonthShape month) {
  std::uint32_t days = plain_weekdays(fields.weekdays, month);
  for (int weekday = 0; weekday < 7; ++weekday)
    if (const std::uint8_t nth = fields.nth[static_cast<std::size_t>(weekday)]; nth != 0)
      days |= nth_weekdays(nth, weekday, month);
  return days;
}

std::uint32_t days_meant(const CronFields& fields, MonthShape month) {
  if (fields.both_must_match) return days_by_date(fields, month) & days_by_weekday(fields, month);
  if (!fields.weekday_restricted) return days_by_date(fields, month);
  if (!fields.day_restricted) return days_by_weekday(fields, month);
  return days_by_date(fields, month) | days_by_weekday(fields, month);
}

bool no_such_date(const CronFields& fields) {
  constexpr std::array<int, 13> kLongest{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (int month = 1; month <= 12; ++month) {
    if ((fields.months & bit(month)) == 0) continue;
    // Every shape occurs between 1970 and 2199; even 29 February falls on each weekday once in 28 years.
    for (int days = month == 2 ? 28 : kLongest[static_cast<std::size_t>(month)];
         days <= kLongest[static_cast<std::size_t>(month)]; ++days)
      for (int first_weekday = 0; first_weekday < 7; ++first_weekday)
        if (days_meant(fields, {days, first_weekday}) != 0) return false;
  }
  return true;
}

}  // namespace prewarm::schedule
