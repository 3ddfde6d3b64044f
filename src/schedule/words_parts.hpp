// SPDX-License-Identifier: Apache-2.0
// The two halves of the words for the five fields: the times of a day, and the days. Pure.
#pragma once

#include <string>

#include "prewarm/schedule/cron_fields.hpp"

namespace prewarm::schedule {

/// A progression of at least this many values is said as one.
inline constexpr std::size_t kProgression = 5;

/// "at 04:10", "every 15 minutes from 09:00 to 17:45", "at minutes 0 and 35 of every hour".
std::string time_words(const CronFields& fields);
/// "minute 30", "every 5th minute"; "hour 2", "every hour".
std::string minute_words(const CronFields& fields);
std::string hour_words(const CronFields& fields);

/// "every day", "on day 1 of every month", "on Mondays in March", "on day 13 of every month and also on
/// Fridays".
std::string day_words(const CronFields& fields);
/// The same, but nothing for every day of every month, and "in March" for every day in March.
std::string day_words_after_all_hours(const CronFields& fields);

}  // namespace prewarm::schedule
