// SPDX-License-Identifier: Apache-2.0
// Search for the times that the five fields mean, in local time without any zone: as if the clock never
// jumped. Bounded: whole days and months that do not match are passed over. Pure.
#pragma once

#include <chrono>
#include <optional>

#include "prewarm/schedule/cron_fields.hpp"
#include "prewarm/schedule/zone.hpp"

namespace prewarm::schedule {

using LocalMinute = std::chrono::local_time<std::chrono::minutes>;

/// The first time meant in [from, end).
std::optional<LocalMinute> first_meant(const CronFields& fields, LocalMinute from, LocalTime end);
/// The last time meant in [begin, from].
std::optional<LocalMinute> last_meant(const CronFields& fields, LocalMinute from, LocalTime begin);

/// Minutes after midnight of the first and the last time of a day; both sets must not be empty.
int first_of_day(const CronFields& fields);
int last_of_day(const CronFields& fields);

}  // namespace prewarm::schedule
