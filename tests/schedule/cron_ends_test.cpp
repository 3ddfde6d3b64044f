// SPDX-License-Identifier: Apache-2.0
// Cron where it begins and ends: slots lie from 1970 to the end of 2199, and an expression may have none
// there.
#include <catch2/catch_test_macros.hpp>

#include "schedule/cron_of.hpp"
#include "schedule/zone_files.hpp"

using namespace prewarm;
using namespace prewarm::schedule;

namespace {

// RFC 3339 in UTC, or "none".
std::string told(std::optional<Slot> slot) { return slot ? instant_text(*slot) : "none"; }
std::string next(const std::string& text, const std::string& after, const Zone& zone = Zone::utc()) {
  return told(cron_of(text).next(slot_at(after), zone));
}
std::string latest(const std::string& text, const std::string& at, const Zone& zone = Zone::utc()) {
  return told(cron_of(text).latest(slot_at(at), zone));
}

// A fixed one, an elapsed one and a grid.
constexpr const char* kKinds[] = {"0 0 * * *", "0 * * * *", "@every 90s"};

}  // namespace

TEST_CASE("the first slot there can be is that of 1970-01-01T00:00:00Z") {
  for (const char* text : kKinds) {
    INFO(text);
    CHECK(next(text, "1969-12-31T23:59:59Z") == "1970-01-01T00:00:00.000Z");
    CHECK(next(text, "1901-02-03T04:05:06Z") == "1970-01-01T00:00:00.000Z");
    CHECK(latest(text, "1970-01-01T00:00:00Z") == "1970-01-01T00:00:00.000Z");
    CHECK(latest(text, "1969-12-31T23:59:59Z") == "none");
    CHECK(latest(text, "1901-02-03T04:05:06Z") == "none");
  }
}

TEST_CASE("the last slots are those of 2199") {
  const char* const last[] = {"2199-12-31T00:00:00.000Z", "2199-12-31T23:00:00.000Z",
                              "2199-12-31T23:58:30.000Z"};
  for (std::size_t i = 0; i < std::size(kKinds); ++i) {
    INFO(kKinds[i]);
    CHECK(latest(kKinds[i], "2199-12-31T23:59:59Z") == last[i]);
    CHECK(latest(kKinds[i], "2200-01-01T00:00:00Z") == last[i]);
    CHECK(latest(kKinds[i], "2512-03-04T05:06:07Z") == last[i]);
    CHECK(next(kKinds[i], "2199-12-30T23:59:59Z") != "none");
    CHECK(next(kKinds[i], "2199-12-31T23:59:30Z") == "none");
    CHECK(next(kKinds[i], "2512-03-04T05:06:07Z") == "none");
  }
}

TEST_CASE("behind its last date an expression has no further slot, before its first none yet") {
  for (const Zone& zone : {Zone::utc(), zone_of("Europe/Berlin"), zone_of("America/New_York")})
    for (const char* hour : {"9", "*"}) {
      const std::string spring = "0 " + std::string(hour) + " 1 3 *";
      INFO(spring << " " << zone.name());
      CHECK(next(spring, "2198-03-05T00:00:00Z", zone).starts_with("2199-0"));
      CHECK(next(spring, "2199-03-05T00:00:00Z", zone) == "none");
      CHECK(latest(spring, "1970-03-05T00:00:00Z", zone).starts_with("1970-03-0"));
      CHECK(latest(spring, "1970-02-25T00:00:00Z", zone) == "none");
    }
}

TEST_CASE("a date that is in no month has no slot in either direction") {
  CHECK(next("0 0 31 2 *", "2026-05-01T13:03:48Z") == "none");
  CHECK(latest("0 0 31 2 *", "2026-05-01T13:03:48Z") == "none");
}

// Not in any zone of the system: the clock goes back by an hour at the very first slot.
TEST_CASE("a time that the clock showed first before 1970 is no slot when it comes again") {
  ZoneFolder folder;
  const std::string name = folder.add(zone_file({{-10 * 86'400, 3600}, {0, 0}}));
  const Zone zone = Zone::load_from(folder.path(), name).value();
  CHECK(latest("30 0 * * *", "1970-01-01T00:45:00Z", zone) == "none");
  CHECK(next("30 0 * * *", "1969-12-31T00:00:00Z", zone) == "1970-01-02T00:30:00.000Z");
  CHECK(latest("30 1 * * *", "1970-01-01T12:00:00Z", zone) == "1970-01-01T01:30:00.000Z");
  // What follows elapsed time runs in both passes, and the second one is in 1970.
  CHECK(latest("30 * * * *", "1970-01-01T00:45:00Z", zone) == "1970-01-01T00:30:00.000Z");
}

TEST_CASE("a clock that is off by seconds has its minutes at those seconds") {
  const Zone zone = zone_of("Africa/Monrovia");  // 44 min 30 s behind, until 1972-01-07T00:44:30Z
  CHECK(next("* * * * *", "1969-12-31T00:00:00Z", zone) == "1970-01-01T00:00:30.000Z");
  CHECK(latest("* * * * *", "1970-01-01T00:00:29Z", zone) == "none");
  CHECK(latest("16 23 * * *", "1970-01-01T00:00:29Z", zone) == "none");
  CHECK(latest("16 23 * * *", "1970-01-01T00:00:30Z", zone) == "1970-01-01T00:00:30.000Z");
  // It jumps from 23:59:59 to 00:44:30: what is meant in between runs then, or does not exist.
  CHECK(latest("44 0 * * *", "1972-01-07T00:44:40Z", zone) == "1972-01-07T00:44:30.000Z");
  CHECK(latest("* * * * *", "1972-01-07T00:44:40Z", zone) == "1972-01-07T00:43:30.000Z");
  CHECK(next("* * * * *", "1972-01-07T00:43:30Z", zone) == "1972-01-07T00:45:00.000Z");
}
