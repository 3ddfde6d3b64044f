// SPDX-License-Identifier: Apache-2.0
#include "cron_search.hpp"

#include <bit>

namespace prewarm::schedule {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_days;
using std::chrono::minutes;
using std::chrono::months;
using std::chrono::year_month;
using std::chrono::year_month_day;

// Lowest and highest bit; the sets are never 0 here.
template <class Set>
int lowest(Set set) {
  return std::countr_zero(set);
}
template <class Set>
int highest(Set set) {
  return static_cast<int>(sizeof(Set)) * 8 - 1 - std::countl_zero(set);
}
// The part of `set` from bit n up, and up to bit n.
template <class Set>
Set from_bit(Set set, int n) {
  return static_cast<Set>(set >> n << n);
}
template <class Set>
Set up_to_bit(Set set, int n) {
  const int spare = static_cast<int>(sizeof(Set)) * 8 - 1 - n;
  return static_cast<Set>(set << spare) >> spare;
}

// First and last time of one day at or after, at or before, `minute` (0..1439).
std::optional<int> first_in_day(const CronFields& fields, int minute) {
  const int hour = minute / 60;
  if ((fields.hours >> hour & 1) != 0)
    if (const auto rest = from_bit(fields.minutes, minute % 60); rest != 0) return hour * 60 + lowest(rest);
  const auto later = from_bit(fields.hours, hour + 1);
  if (later == 0) return std::nullopt;
  return lowest(later) * 60 + lowest(fields.minutes);
}
std::optional<int> last_in_day(const CronFields& fields, int minute) {
  const int hour = minute / 60;
  if ((fields.hours >> hour & 1) != 0)
    if (const auto rest = up_to_bit(fields.minutes, minute % 60); rest != 0) return hour * 60 + highest(rest);
  const auto earlier = hour == 0 ? 0 : up_to_bit(fields.hours, hour - 1);
  if (earlier == 0) return std::nullopt;
  return highest(earlier) * 60 + highest(fields.minutes);
}

std::uint32_t days_of(const CronFields& fields, year_month month) {
  if ((fields.months >> static_cast<unsigned>(month.month()) & 1) == 0) return 0;
  return days_meant(fields, month_shape(month));
}

local_days on_day(year_month month, int day) {
  return local_days(month / std::chrono::day(static_cast<unsigned>(day)));
}

// The first day meant at or after `from` and not after `end`; `rest` are the days still open in its month.
std::optional<local_days> first_day(const CronFields& fields, local_days from, local_days end) {
  const year_month_day start(from);
  year_month month(start.year(), start.month());
  std::uint32_t rest = from_bit(days_of(fields, month), static_cast<int>(static_cast<unsigned>(start.day())));
  while (rest == 0) {
    month += months(1);
    if (local_days(month / 1) > end) return std::nullopt;
    rest = days_of(fields, month);
  }
  return on_day(month, lowest(rest));
}
std::optional<local_days> last_day(const CronFields& fields, local_days from, local_days begin) {
  const year_month_day start(from);
  year_month month(start.year(), start.month());
  std::uint32_t rest =
      up_to_bit(days_of(fields, month), static_cast<int>(static_cast<unsigned>(start.day())));
  while (rest == 0) {
    if (local_days(month / 1) <= begin) return std::nullopt;
    month -= months(1);
    rest = days_of(fields, month);
  }
  return on_day(month, highest(rest));
}

}  // namespace

int first_of_day(const CronFields& fields) { return lowest(fields.hours) * 60 + lowest(fields.minutes); }
int last_of_day(const CronFields& fields) { return highest(fields.hours) * 60 + highest(fields.minutes); }

std::optional<LocalMinute> first_meant(const CronFields& fields, LocalMinute from, LocalTime end) {
  if (from >= end) return std::nullopt;
  const auto today = floor<days>(from);
  const auto last = floor<days>(end);
  auto day = first_day(fields, today, last);
  std::optional<int> minute;
  if (day == today) {
    minute = first_in_day(fields, static_cast<int>((from - today).count()));
    if (!minute) day = first_day(fields, today + days(1), last);
  }
  if (!day) return std::nullopt;
  const LocalMinute found = *day + minutes(minute.value_or(first_of_day(fields)));
  return found < end ? std::optional(found) : std::nullopt;
}

std::optional<LocalMinute> last_meant(const CronFields& fields, LocalMinute from, LocalTime begin) {
  if (from < begin) return std::nullopt;
  const auto today = floor<days>(from);
  const auto first = floor<days>(begin);
  auto day = last_day(fields, today, first);
  std::optional<int> minute;
  if (day == today) {
    minute = last_in_day(fields, static_cast<int>((from - today).count()));
    if (!minute) day = last_day(fields, today - days(1), first);
  }
  if (!day) return std::nullopt;
  const LocalMinute found = *day + minutes(minute.value_or(last_of_day(fields)));
  return found >= begin ? std::optional(found) : std::nullopt;
}

}  // namespace prewarm::schedule
