// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/explain.hpp"

#include <catch2/catch_test_macros.hpp>

#include "schedule/cron_of.hpp"

using namespace prewarm;
using namespace prewarm::schedule;

namespace {

std::string explained(const char* text, const char* zone, const char* from, int count) {
  return explain_text(cron_of(text), zone_of(zone), slot_at(from), count);
}
std::string note(const char* text, const char* zone, const char* slot) {
  return slot_note(cron_of(text), zone_of(zone), slot_at(slot));
}

}  // namespace

TEST_CASE("the documented explanation is as documented, to the byte") {
  CHECK(explained("30 2 * * *", "Europe/Berlin", "2027-03-27T12:00:00Z", 2) ==
        "at 02:30 every day, Europe/Berlin      (minute 30, hour 2, every day; fixed times)\n"
        "  Sun 2027-03-28 03:00 +02:00  01:00Z  there is no 02:30: clocks go from 02:00 to 03:00; runs once, "
        "at 03:00\n"
        "  Mon 2027-03-29 02:30 +02:00  00:30Z  gaps over a year: 23h 30m to 25h. On Sun 2027-10-31 02:30 "
        "comes "
        "twice; runs at the first (00:30Z)\n");
}

TEST_CASE("the documented slots are as documented") {
  const Zone zone = zone_of("America/New_York");
  const Explained some = explain(cron_of("30 2 * * *"), zone, slot_at("2026-03-07T00:00:00-05:00"), 2);
  REQUIRE(some.slots.size() == 2);
  CHECK(some.slots[0].local == "2026-03-07T02:30:00-05:00");
  CHECK(some.slots[1].local == "2026-03-08T03:00:00-04:00");
  CHECK(some.slots[0].note.empty());
  CHECK(some.expression == "30 2 * * *");
  CHECK(some.words == "at 02:30 every day");
  CHECK(some.timezone == "America/New_York");
}

TEST_CASE("an explanation without clock changes, one in seconds, and those without slots") {
  CHECK(explained("*/5 * * * *", "UTC", "2026-05-01T13:03:48Z", 2) ==
        "every 5 minutes, UTC                   (every 5th minute, every hour, every day; elapsed time)\n"
        "  Fri 2026-05-01 13:05 +00:00  13:05Z\n"
        "  Fri 2026-05-01 13:10 +00:00  13:10Z  gaps over a year: 5m\n");
  CHECK(explained("@every 90s", "Europe/Paris", "2026-05-01T13:03:48Z", 1) ==
        "every 90 seconds, UTC                        (UTC seconds divisible by 90; elapsed time)\n"
        "  Fri 2026-05-01 15:04:30 +02:00  13:04:30Z  gaps over a year: 1m 30s\n");
  CHECK(explained("0 0 31 2 *", "UTC", "2026-05-01T13:03:48Z", 5) ==
        "at 00:00 on day 31 of February, UTC    (minute 0, hour 0, day 31 of February; fixed times)\n"
        "  never: no month has such a day\n");
  CHECK(explained("0 0 29 2 *", "UTC", "2198-05-01T13:03:48Z", 5) ==
        "at 00:00 on day 29 of February, UTC    (minute 0, hour 0, day 29 of February; fixed times)\n"
        "  no slot before 2200\n");
  CHECK(explained("0 0 29 2 *", "UTC", "2196-02-01T13:03:48Z", 5) ==
        "at 00:00 on day 29 of February, UTC    (minute 0, hour 0, day 29 of February; fixed times)\n"
        "  Mon 2196-02-29 00:00 +00:00  00:00Z  gaps over a year: 1461d\n");
}

TEST_CASE("a clock change that touches no time is named as such") {
  const Explained some =
      explain(cron_of("0 8 * * *"), zone_of("Europe/Berlin"), slot_at("2027-03-27T12:00:00Z"), 2);
  CHECK(some.next_change ==
        "On Sun 2027-10-31 clocks go from 03:00 back to 02:00, which touches none of its times");
  CHECK(some.gaps == Gaps{std::chrono::hours(23), std::chrono::hours(25)});
  CHECK(explain(cron_of("0 8 * * *"), zone_of("Asia/Tokyo"), slot_at("2027-03-27T12:00:00Z"), 2)
            .next_change.empty());
}

TEST_CASE("the next clock change says what happens to the times it touches") {
  const auto change = [](const char* text, const char* from) {
    return explain(cron_of(text), zone_of("Europe/Berlin"), slot_at(from), 1).next_change;
  };
  CHECK(change("30 * * * *", "2027-07-01T00:00:00Z") ==
        "On Sun 2027-10-31 02:30 comes twice; runs at both (00:30Z and 01:30Z)");
  CHECK(change("*/15 * * * *", "2027-07-01T00:00:00Z") ==
        "On Sun 2027-10-31 02:00 to 02:45 come twice; runs in both passes");
  CHECK(change("*/15 2 * * *", "2027-07-01T00:00:00Z") ==
        "On Sun 2027-10-31 02:00 to 02:45 come twice; runs in the first pass");
  CHECK(change("0,30 2 * * *", "2027-11-01T00:00:00Z") ==
        "On Sun 2028-03-26 there is no 02:00 or 02:30: clocks go from 02:00 to 03:00; runs once, at 03:00");
  CHECK(change("@hourly", "2027-11-01T00:00:00Z") ==
        "On Sun 2028-03-26 there is no 02:00: clocks go from 02:00 to 03:00; nothing runs for it");
}

TEST_CASE("a slot is noted where the clock jumps") {
  constexpr const char* kBerlin = "Europe/Berlin";
  CHECK(note("0,30 2 * * *", kBerlin, "2027-03-28T01:00:00Z") ==
        "there is no 02:00 or 02:30: clocks go from 02:00 to 03:00; runs once, at 03:00");
  CHECK(note("*/5 1-3 * * *", kBerlin, "2027-03-28T01:00:00Z") ==
        "there is no 02:00 to 02:55: clocks go from 02:00 to 03:00; runs once, at 03:00");
  CHECK(note("*/20 * * * *", kBerlin, "2027-03-28T01:00:00Z") ==
        "there is no 02:00, 02:20 or 02:40: clocks go from 02:00 to 03:00; nothing runs for them");
  CHECK(note("30 */2 * * *", kBerlin, "2027-03-28T02:30:00Z") ==
        "there is no 02:30: clocks go from 02:00 to 03:00; nothing runs for it");
  CHECK(note("30 2 * * *", kBerlin, "2027-10-31T00:30:00Z") ==
        "02:30 comes twice: clocks go from 03:00 back to 02:00; runs once, at the first");
  CHECK(note("*/30 * * * *", kBerlin, "2027-10-31T00:00:00Z") ==
        "02:00 comes twice: clocks go from 03:00 back to 02:00; the first of two");
  CHECK(note("*/30 * * * *", kBerlin, "2027-10-31T01:30:00Z") ==
        "02:30 comes twice: clocks go from 03:00 back to 02:00; the second of two");
  CHECK(note("0 0 * * *", "Pacific/Apia", "2011-12-30T10:00:00Z") ==
        "there is no 00:00 on Fri 2011-12-30: clocks go from Fri 2011-12-30 00:00 to Sat 2011-12-31 00:00; "
        "nothing "
        "runs for it");
  for (const char* slot : {"2027-03-28T00:30:00Z", "2027-03-28T01:30:00Z", "2027-10-30T23:30:00Z",
                           "2027-10-31T02:00:00Z", "2027-07-01T00:00:00Z"})
    CHECK(note("*/30 * * * *", kBerlin, slot).empty());
  CHECK(note("@every 30m", kBerlin, "2027-03-28T01:00:00Z").empty());
  CHECK(note("0 3 * * *", kBerlin, "2027-03-28T01:00:00Z").empty());
}
