// SPDX-License-Identifier: Apache-2.0
// A cron expression in English: "every 5 minutes", "at 04:10 every day", "at 09:00 on Mondays to Fridays".
// Made from what the expression means, not from how it is written, so that two spellings of one schedule read
// the same; any expression has words, and different days or times have different ones. Not for zones and
// clock changes: explain.hpp. Pure.
#pragma once

#include <string>

#include "prewarm/schedule/cron.hpp"

namespace prewarm::schedule {

/// When, without the zone.
std::string words(const Cron& cron);
/// "at 04:10 every day, Europe/Paris". "@every" runs on a grid of UTC seconds, so it says UTC in any zone.
std::string words_in(const Cron& cron, const Zone& zone);
/// Field by field, and how clock changes are met: "minute 30, hour 2, every day; fixed times".
std::string field_words(const Cron& cron);

}  // namespace prewarm::schedule
