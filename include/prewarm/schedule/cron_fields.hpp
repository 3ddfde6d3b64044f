// SPDX-License-Identifier: Apache-2.0
// What the five fields of a cron expression say, as sets of bits, and which days of a month they mean. The
// grammar (SURFACE 5):
//   field = item *("," item)      item = "*" | value | value "-" value | ("*" | value "-" value) "/" step
//   day of month also: "?" alone, "L" last day, "15W" weekday nearest the 15th, "LW" last weekday
//   day of week also:  "?" alone, "5#2" second Friday, "5L" or "5#L" last Friday, "+" in front of the field
// Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace prewarm::schedule {

enum class CronField : std::uint8_t { minute, hour, day, month, weekday };

/// An item whose step does not divide its range, or exceeds it (PW217): "*/35", "0-59/60".
struct UnevenStep {
  CronField field = CronField::minute;
  std::string item;  // as written, at most 40 bytes
  int step = 0;
  friend bool operator==(const UnevenStep&, const UnevenStep&) = default;
};

/// Bit n of a set stands for the value n; weekday 0 is Sunday.
struct CronFields {
  std::uint64_t minutes = 0;
  std::uint32_t hours = 0;
  std::uint32_t days = 0;
  std::uint32_t nearest_weekday = 0;  // "15W" is bit 15
  std::uint16_t months = 0;
  std::uint8_t weekdays = 0;
  std::array<std::uint8_t, 7> nth{};  // per weekday: bits 1..5 "5#1".."5#5", bit kLastOfMonth "5L"
  bool last_day = false;
  bool last_weekday = false;
  bool day_restricted = false;         // the field is neither "*" nor "?"
  bool weekday_restricted = false;     // the same
  bool both_must_match = false;        // "+" in front of day of week
  bool elapsed = false;                // an item of the hour field begins with "*"
  std::optional<UnevenStep> uneven{};  // the first one

  static constexpr int kLastOfMonth = 6;
  friend bool operator==(const CronFields&, const CronFields&) = default;
};

/// The shape of a month: 28..31 days, weekday of the first (0 Sunday).
struct MonthShape {
  int days;
  int first_weekday;
};
MonthShape month_shape(std::chrono::year_month month);

/// The days that the two day fields mean in a month of that shape: bits 1..31. The month field is not asked.
std::uint32_t days_meant(const CronFields& fields, MonthShape month);
/// The two halves of it: day of month alone, day of week alone.
std::uint32_t days_by_date(const CronFields& fields, MonthShape month);
std::uint32_t days_by_weekday(const CronFields& fields, MonthShape month);
/// No month of any shape has a day that is meant: "0 0 31 2 *".
bool no_such_date(const CronFields& fields);

}  // namespace prewarm::schedule
