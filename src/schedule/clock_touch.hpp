// SPDX-License-Identifier: Apache-2.0
// The times of an expression that one clock change makes missing or lets come twice, and the words for it.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cron_search.hpp"
#include "prewarm/schedule/cron.hpp"

namespace prewarm::schedule {

/// A year for looking ahead: 53 weeks, so that a yearly change is inside wherever one starts.
inline constexpr std::chrono::seconds kYearAhead = std::chrono::weeks(53);

struct Touch {
  ClockChange change;
  LocalMinute first;   // of the times that are missing or come twice
  LocalMinute second;  // equal to `last` unless there are more than two
  LocalMinute last;
  int count;
  bool missing() const { return change.jump().count() > 0; }
  /// A gap so long that fixed times inside are not made up.
  bool dropped() const { return change.jump() > kLongestGapMadeUp; }
};
/// Nothing if the change touches no time, and always for "@every".
std::optional<Touch> touch_of(const Cron& cron, const ClockChange& change);

/// "02:30", "02:00 and 02:30", "02:00 to 02:55"; `joint` is the "and".
std::string times_text(const Touch& touch, std::string_view joint);
/// "clocks go from 02:00 to 03:00", "… from 03:00 back to 02:00", with dates if the day differs.
std::string change_text(const ClockChange& change);
/// "there is no 02:30: clocks go from 02:00 to 03:00; runs once, at 03:00".
std::string gap_text(const Touch& touch, bool elapsed);
/// "02:30 comes twice; runs at the first (00:30Z)".
std::string repeat_text(const Touch& touch, bool elapsed);
std::string touch_text(const Touch& touch, bool elapsed);

/// "02:30", with seconds if there are any.
std::string clock_text(LocalTime time);
/// "Sun 2027-03-28".
std::string date_text(LocalTime time);
/// "00:30Z", with seconds if there are any.
std::string utc_text(Slot slot);

}  // namespace prewarm::schedule
