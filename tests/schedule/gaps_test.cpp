// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/gaps.hpp"

#include <catch2/catch_test_macros.hpp>

#include "schedule/cron_of.hpp"

using namespace prewarm;
using namespace prewarm::schedule;
using namespace std::chrono_literals;
using std::chrono::days;

namespace {

// Slot by slot, over exactly the span that gaps_over_year() promises.
std::optional<Gaps> slow_gaps(const Cron& cron, const Zone& zone, Slot from) {
  auto slot = cron.latest(from, zone);
  if (!slot) slot = cron.next(from, zone);
  std::optional<Gaps> gaps;
  while (slot && (!gaps || *slot <= from + days(53 * 7))) {
    const auto next = cron.next(*slot, zone);
    if (!next) break;
    const auto gap = *next - *slot;
    gaps = gaps ? Gaps{std::min(gaps->shortest, gap), std::max(gaps->longest, gap)} : Gaps{gap, gap};
    slot = next;
  }
  return gaps;
}

}  // namespace

TEST_CASE("the gaps of the documented schedules are as documented, whenever one asks") {
  struct Row {
    const char* text;
    const char* zone;
    std::chrono::seconds shortest;
    std::chrono::seconds longest;
  };
  for (const Row& row :
       {Row{"*/5 * * * *", "UTC", 5min, 5min}, Row{"*/10 * * * *", "UTC", 10min, 10min},
        Row{"10 4 * * *", "Europe/Paris", 23h, 25h}, Row{"30 2 * * *", "Europe/Berlin", 23h + 30min, 25h},
        Row{"0 9 * * 1-5", "UTC", 24h, 72h}, Row{"@hourly", "UTC", 1h, 1h},
        Row{"@every 90s", "Europe/Berlin", 90s, 90s}})
    for (int day = 0; day < 4 * 366; day += 13) {
      const Slot from = slot_at("2026-01-01T02:30:00Z") + days(day);
      INFO(row.text << " from " << slot_text(from));
      CHECK(gaps_over_year(cron_of(row.text), zone_of(row.zone), from) == Gaps{row.shortest, row.longest});
    }
}

TEST_CASE("the gap of a rare date reaches over years, and an impossible one has none") {
  const Zone utc = Zone::utc();
  const auto leap_day = cron_of("0 0 29 2 *");
  CHECK(gaps_over_year(leap_day, utc, slot_at("2026-05-01T00:00:00Z")) == Gaps{days(1461), days(1461)});
  CHECK(gaps_over_year(leap_day, utc, slot_at("2098-05-01T00:00:00Z")) == Gaps{days(2921), days(2921)});
  CHECK(gaps_over_year(leap_day, utc, slot_at("1970-01-01T00:00:00Z")) == Gaps{days(1461), days(1461)});
  CHECK_FALSE(gaps_over_year(leap_day, utc, slot_at("2199-01-01T00:00:00Z")));
  CHECK_FALSE(gaps_over_year(cron_of("0 0 31 2 *"), utc, slot_at("2026-05-01T00:00:00Z")));
  CHECK_FALSE(gaps_over_year(cron_of("0 0 31 12 +5#5"), utc, slot_at("2199-12-31T00:00:00Z")));
}

TEST_CASE("gaps found by leaping over even days are those found slot by slot") {
  for (const char* zone : {"UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia",
                           "Africa/Casablanca", "Africa/Cairo", "Antarctica/Troll"})
    for (const char* text :
         {"*/20 * * * *", "7,11 1-3,22 * * *", "30 0-3 * * *", "0 0,12 * * 1-5", "*/50 2 * * *", "@hourly",
          "59 23 L * *", "0 */5 1,15 * FRI", "15 0 * 3,10 SUN", "0 0 1 */6 *", "0 22-23 31 * *", "0 0 * * *",
          "30 2 * * *", "45 23 * * *", "15 0,23 * * *", "5 */6 * * *", "@daily"})
      for (const char* from : {"2026-02-13T10:10:00Z", "2010-12-30T12:00:00Z", "2199-12-28T12:00:00Z"}) {
        INFO(text << " in " << zone << " from " << from);
        const Cron cron = cron_of(text);
        CHECK(gaps_over_year(cron, zone_of(zone), slot_at(from)) ==
              slow_gaps(cron, zone_of(zone), slot_at(from)));
      }
}
