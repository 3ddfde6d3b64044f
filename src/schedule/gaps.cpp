// SPDX-License-Identifier: Apache-2.0
// A year of "* * * * *" has half a million slots. The gaps within one local day are the same on every day on
// which the clock does not change, so those days are stepped over whole: only the step from each day to the
// next is looked at, and days with a change slot by slot. Of a schedule that means every day not even that
// step is looked at more than once between two changes: the loader asks this of each file, at each start.
#include "prewarm/schedule/gaps.hpp"

#include <algorithm>

#include "cron_search.hpp"

namespace prewarm::schedule {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kYear = std::chrono::weeks(53);

class Extremes {
 public:
  void take(seconds gap) {
    shortest_ = std::min(shortest_, gap);
    longest_ = std::max(longest_, gap);
  }
  Gaps gaps() const { return {shortest_, longest_}; }

 private:
  seconds shortest_ = seconds::max();
  seconds longest_ = seconds::min();
};

// The times of one day, in order: first, last and the extremes of the gaps between.
struct Day {
  minutes first;
  minutes last;
  Extremes inside;
  explicit Day(const CronFields& fields) : first(first_of_day(fields)), last(last_of_day(fields)) {
    minutes before = first;
    for (minutes time = first + minutes(1); time <= last; ++time) {
      const bool hour = (fields.hours >> (time.count() / 60) & 1) != 0;
      if (!hour || (fields.minutes >> (time.count() % 60) & 1) == 0) continue;
      inside.take(time - before);
      before = time;
    }
  }
  bool one_time() const { return first == last; }
};

// The last slot of the local day that `slot` opens, if the clock runs evenly until midnight.
std::optional<Slot> end_of_even_day(Slot slot, const Day& day, const Zone& zone) {
  const auto stretch = zone.stretch_at(slot);
  const LocalTime time = LocalTime((slot + stretch.offset).time_since_epoch());
  const auto midnight = std::chrono::floor<days>(time);
  if (time - midnight != day.first) return std::nullopt;
  // A change earlier on this day does no harm: this slot comes after it, so all later ones do.
  if (midnight + days(1) > stretch.local_end()) return std::nullopt;
  return slot + (day.last - day.first);
}

bool means_every_day(const CronFields& fields) {
  constexpr std::uint16_t kAllMonths = 0b1'1111'1111'1110;
  return !fields.day_restricted && !fields.weekday_restricted && fields.months == kAllMonths;
}

// How many of the days behind the one that `slot` ends are even as well, with their last slot by `end`.
days even_days_behind(Slot slot, Slot end, const Zone& zone) {
  const auto stretch = zone.stretch_at(slot);
  const auto midnight =
      std::chrono::ceil<days>(LocalTime((slot + stretch.offset).time_since_epoch()) + seconds(1));
  return std::min(std::chrono::floor<days>(stretch.local_end() - midnight),
                  std::chrono::floor<days>(end - slot));
}

}  // namespace

std::optional<Gaps> gaps_over_year(const Cron& cron, const Zone& zone, Slot from) {
  if (cron.every().count() > 0) return Gaps{cron.every(), cron.every()};
  const auto before = cron.latest(from, zone);
  const auto first = before ? before : cron.next(from, zone);
  if (!first) return std::nullopt;
  auto next = cron.next(*first, zone);
  if (!next) return std::nullopt;
  const Slot end = std::max(std::min(from + kYear, kEndOfSlots - seconds(1)), *first);
  const Day day(cron.fields());
  const bool every_day = means_every_day(cron.fields());
  Extremes seen;
  for (Slot slot = *first; next && slot <= end; next = cron.next(slot, zone)) {
    seen.take(*next - slot);
    slot = *next;
    if (day.one_time() && !every_day) continue;
    const auto last = end_of_even_day(slot, day, zone);
    if (!last || *last > end) continue;
    slot = *last;
    if (!day.one_time()) {
      seen.take(day.inside.gaps().shortest);
      seen.take(day.inside.gaps().longest);
    }
    if (const days alike = every_day ? even_days_behind(slot, end, zone) : days(0); alike > days(0)) {
      seen.take(days(1) - (day.last - day.first));
      slot += alike;
    }
  }
  return seen.gaps();
}

}  // namespace prewarm::schedule
