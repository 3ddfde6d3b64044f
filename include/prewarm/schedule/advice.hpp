// SPDX-License-Identifier: Apache-2.0
// What `check` warns of in an expression that is sound: PW212 every minute of a fixed hour, PW213 day of
// month or day of week, PW214 a fixed time in a gap or a repeated hour within a year, PW217 uneven step. Not
// for refusals: Cron::parse gives those. Pure.
#pragma once

#include <string>
#include <vector>

#include "prewarm/schedule/cron.hpp"

namespace prewarm::schedule {

struct CronAdvice {
  int code = 0;         // 212, 213, 214 or 217
  std::string message;  // a sentence that begins with the expression in quotes, without final stop
  std::string remedy;   // as after "do:"; always names "allow" as a way out
};

/// In the order of codes. The year after `from` has 53 weeks, as in gaps.hpp.
std::vector<CronAdvice> cron_advice(const Cron& cron, const Zone& zone, Slot from);

}  // namespace prewarm::schedule
