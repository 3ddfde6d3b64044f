// SPDX-License-Identifier: Apache-2.0
// Fixed times rest on one idea: a time runs when the clock of the zone first shows it or passes it by. So the
// times that are still to run after an instant are those later than anything the clock has shown until then
// (Zone::latest_shown), and each maps to one instant (Zone::first_reached). A repeated hour shows nothing
// new, the times of a gap all map to its end: the rules need no case of their own.
#include <algorithm>

#include "cron_search.hpp"
#include "prewarm/base/planted.hpp"
#include "prewarm/schedule/cron.hpp"

namespace prewarm::schedule {
namespace {

using std::chrono::ceil;
using std::chrono::floor;
using std::chrono::minutes;
using std::chrono::seconds;

Slot instant(LocalMinute time, seconds offset) { return Slot(time.time_since_epoch() - offset); }

std::optional<Slot> next_fixed(const CronFields& fields, Slot after, const Zone& zone) {
  const LocalTime end = shown_at(kEndOfSlots, zone.offset_at(kEndOfSlots));
  LocalMinute from = floor<minutes>(zone.latest_shown(after)) + minutes(1);
  while (const auto time = first_meant(fields, from, end)) {
    const auto reached = zone.first_reached(*time);
    if (reached.gap <= (planted(Plant::gap_lost) ? seconds(0) : kLongestGapMadeUp)) return reached.at;
    from = ceil<minutes>(zone.local_at(reached.at));
  }
  return std::nullopt;
}

std::optional<Slot> latest_fixed(const CronFields& fields, Slot at, const Zone& zone) {
  const LocalTime begin = shown_at(kFirstSlot, zone.offset_at(kFirstSlot));
  LocalMinute from = floor<minutes>(zone.latest_shown(at));
  while (const auto time = last_meant(fields, from, begin)) {
    const auto reached = zone.first_reached(*time);
    if (reached.gap <= kLongestGapMadeUp) return reached.at;
    from = floor<minutes>(zone.latest_shown(reached.at - seconds(1)));
  }
  return std::nullopt;
}

std::optional<Slot> next_elapsed(const CronFields& fields, Slot after, const Zone& zone) {
  for (Slot at = after + seconds(1); at < kEndOfSlots;) {
    const auto stretch = zone.stretch_at(at);
    const Slot end = std::min(stretch.end, kEndOfSlots);
    const auto from = ceil<minutes>(shown_at(at, stretch.offset));
    if (const auto time = first_meant(fields, from, shown_at(end, stretch.offset)))
      return instant(*time, stretch.offset);
    at = end;
  }
  return std::nullopt;
}

std::optional<Slot> latest_elapsed(const CronFields& fields, Slot at, const Zone& zone) {
  while (at >= kFirstSlot) {
    const auto stretch = zone.stretch_at(at);
    const Slot begin = std::max(stretch.begin, kFirstSlot);
    const auto from = floor<minutes>(shown_at(at, stretch.offset));
    if (const auto time = last_meant(fields, from, shown_at(begin, stretch.offset)))
      return instant(*time, stretch.offset);
    at = begin - seconds(1);
  }
  return std::nullopt;
}

// The last instant at or before `at` whose Unix second is divisible by `step`.
Slot on_grid(Slot at, seconds step) {
  const auto past = at.time_since_epoch() % step;
  return at - past - (past.count() < 0 ? step : seconds(0));
}

std::optional<Slot> within_slots(std::optional<Slot> slot) {
  return slot && *slot >= kFirstSlot && *slot < kEndOfSlots ? slot : std::nullopt;
}

}  // namespace

std::optional<Slot> Cron::next(Slot after, const Zone& zone) const {
  if (never_fires_) return std::nullopt;
  after = std::clamp(after, kFirstSlot - seconds(1), kEndOfSlots);
  if (every_.count() > 0) return within_slots(on_grid(after, every_) + every_);
  const bool elapsed = fields_.elapsed || planted(Plant::repeated_hour_twice);
  return within_slots(elapsed ? next_elapsed(fields_, after, zone) : next_fixed(fields_, after, zone));
}

std::optional<Slot> Cron::latest(Slot at, const Zone& zone) const {
  if (never_fires_ || at < kFirstSlot) return std::nullopt;
  at = std::min(at, kEndOfSlots - seconds(1));
  if (every_.count() > 0) return on_grid(at, every_);
  return within_slots(fields_.elapsed ? latest_elapsed(fields_, at, zone) : latest_fixed(fields_, at, zone));
}

}  // namespace prewarm::schedule
