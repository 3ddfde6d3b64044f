// SPDX-License-Identifier: Apache-2.0
// The time between neighbouring slots, from which least TTL, default TTL and default limit follow (SURFACE 5,
// arithmetic). Clock changes count: a day may have 23 or 25 hours.
// Pure.
#pragma once

#include <chrono>
#include <optional>

#include "prewarm/schedule/cron.hpp"

namespace prewarm::schedule {

struct Gaps {
  std::chrono::seconds shortest{};
  std::chrono::seconds longest{};
  friend bool operator==(const Gaps&, const Gaps&) = default;
};

/// Over all neighbours that touch the year after `from`: the first pair begins with the last slot at or
/// before it. The year has 53 weeks, so that a yearly clock change ("last Sunday in March") is inside
/// wherever one starts. A rare date gives the pair around `from` ("0 0 29 2 *": 4 or 8 years). Nothing if
/// there are no two slots. Takes well under a millisecond.
std::optional<Gaps> gaps_over_year(const Cron& cron, const Zone& zone, Slot from);

}  // namespace prewarm::schedule
