// SPDX-License-Identifier: Apache-2.0
// How short a TTL may be (SURFACE 5): long enough that no key is cold between good runs, and that no older
// write can still be under way when the value ends. Pure.
#pragma once

#include <algorithm>

#include "prewarm/schedule/definition.hpp"

namespace prewarm::schedule {

/// N1: longest gap + timeout + jitter.
inline Millis least_ttl_by_gaps(const Schedule& schedule) {
  return schedule.gaps.longest + schedule.timeout + schedule.jitter;
}
/// N2: 1.01 x timeout + 14.1 s, rounded up; the larger of the two only below gaps of some 25 s.
inline Millis least_ttl_by_order(const Schedule& schedule) {
  return Millis{(schedule.timeout.count() * 101 + 99) / 100 + 14100};
}
inline Millis least_ttl(const Schedule& schedule) {
  return std::max(least_ttl_by_gaps(schedule), least_ttl_by_order(schedule));
}

}  // namespace prewarm::schedule
