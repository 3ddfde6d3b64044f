// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/agenda.hpp"

#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

#include "prewarm/base/time_text.hpp"

using namespace prewarm;
using namespace prewarm::schedule;
using namespace std::chrono_literals;

namespace {

WallTime at(const char* text) { return parse_rfc3339(text).value(); }

struct Setting {
  const char* cron = "*/5 * * * *";
  Millis jitter{};
  Overlap overlap = Overlap::skip;
  Missed missed = Missed::run_latest;
  const char* zone = "UTC";
};

SchedulePtr make(const std::string& name, const Setting& setting) {
  auto schedule = std::make_shared<Schedule>();
  schedule->name = name;
  schedule->env = "test";
  schedule->cron = std::get<Cron>(Cron::parse(setting.cron));
  schedule->zone = Zone::load(setting.zone).value();
  schedule->jitter = setting.jitter;
  schedule->overlap = setting.overlap;
  schedule->missed = setting.missed;
  return schedule;
}

// An agenda with a wall clock and a boot clock that move together unless told otherwise.
struct World {
  WallTime wall;
  BootTime boot{1h};
  Agenda agenda;

  explicit World(const char* start, const Setting& setting = Setting())
      : World(start, std::vector<SchedulePtr>{make("a", setting)}) {}
  World(const char* start, std::vector<SchedulePtr> schedules)
      : wall(at(start)), agenda(Catalog{std::move(schedules)}, wall, boot) {}

  Turn pass(Millis time) {
    wall += time;
    boot += time;
    return agenda.turn(wall, boot);
  }
  Turn set_wall(Millis by) {
    wall += by;
    return agenda.turn(wall, boot);
  }
  // Sleeps as the worker does and runs whatever is due at once.
  Turn next() {
    const WallTime wake = agenda.next_wake();
    Turn turn = pass(wake > wall ? wake - wall : Millis(0));
    for (const Due& due : turn.due) agenda.ended(due.schedule->name);
    return turn;
  }
};

std::string slots(const Turn& turn) {
  std::string text;
  for (const Due& due : turn.due)
    text += slot_text(due.slot) + " " + std::string(trigger_text(due.trigger)) + ";";
  return text;
}

}  // namespace

TEST_CASE("a run falls due at its slot and not before") {
  World world("2026-05-01T13:03:48Z");
  CHECK(world.agenda.next_wake() == at("2026-05-01T13:05:00Z"));
  CHECK(world.pass(71s).due.empty());
  CHECK(slots(world.pass(1s)) == "2026-05-01T13:05:00Z cron;");
  CHECK(world.agenda.next_wake() == at("2026-05-01T13:10:00Z"));
  CHECK(world.pass(0s).due.empty());
}

TEST_CASE("jitter delays the start by the same time everywhere and leaves the slot alone") {
  Setting setting;
  setting.jitter = 20s;
  World world("2026-05-01T12:59:00Z", {make("recent-listens", setting)});
  CHECK(world.agenda.next_wake() == at("2026-05-01T13:00:19.183Z"));
  const Turn turn = world.next();
  REQUIRE(turn.due.size() == 1);
  CHECK(turn.due[0].slot == at("2026-05-01T13:00:00Z"));
  CHECK(turn.due[0].planned == at("2026-05-01T13:00:19.183Z"));
}

TEST_CASE("a pause gives one catch-up run and one count") {
  World world("2026-05-01T13:00:01Z");
  const Turn turn = world.pass(31min);  // stopped: boot time ran on
  CHECK(slots(turn) == "2026-05-01T13:30:00Z catchup;");
  REQUIRE(turn.missed.size() == 1);
  CHECK(turn.missed[0].count == 5);
  CHECK(turn.missed[0].newest == at("2026-05-01T13:25:00Z"));  // 13:30 has an outcome of its own
  CHECK(turn.missed[0].reason == MissedReason::paused);
  CHECK_FALSE(turn.jump.has_value());
}

TEST_CASE("a month asleep gives one catch-up run and the count") {
  World world("2026-05-01T13:00:01Z");
  const Turn turn = world.pass(31 * 24h);
  CHECK(turn.due.size() == 1);
  REQUIRE(turn.missed.size() == 1);
  CHECK(turn.missed[0].count == 31 * 24 * 12 - 1);
  CHECK_FALSE(turn.correction);
}

TEST_CASE("missed skip counts every slot and runs none") {
  Setting setting;
  setting.missed = Missed::skip;
  World world("2026-05-01T13:00:01Z", setting);
  const Turn turn = world.pass(31min);
  CHECK(turn.due.empty());
  REQUIRE(turn.missed.size() == 1);
  CHECK(turn.missed[0].count == 6);
  CHECK(turn.missed[0].newest == at("2026-05-01T13:30:00Z"));
}

TEST_CASE("a start up to ten seconds late is still the slot's own run") {
  World world("2026-05-01T13:04:00Z");
  CHECK(slots(world.pass(70s)) == "2026-05-01T13:05:00Z cron;");
  World later("2026-05-01T13:04:00Z");
  CHECK(slots(later.pass(71s)) == "2026-05-01T13:05:00Z catchup;");
}

TEST_CASE("a forward jump of up to three hours makes missed slots of what it skipped") {
  World world("2026-05-01T13:00:01Z");
  const Turn turn = world.set_wall(2h);
  CHECK(turn.jump == Millis(2h));
  CHECK_FALSE(turn.correction);
  CHECK(slots(turn) == "2026-05-01T15:00:00Z cron;");
  REQUIRE(turn.missed.size() == 1);
  CHECK(turn.missed[0].count == 23);
  CHECK(turn.missed[0].reason == MissedReason::jump);
}

TEST_CASE("a backward jump of up to three hours repeats no slot") {
  World world("2026-05-01T13:00:01Z");
  CHECK(slots(world.pass(5min)) == "2026-05-01T13:05:00Z cron;");
  world.agenda.ended("a");
  CHECK(world.set_wall(-2h).due.empty());
  CHECK(world.agenda.next_wake() == at("2026-05-01T13:10:00Z"));
  CHECK(world.pass(1h + 59min).due.empty());
  CHECK(slots(world.pass(6min)) == "2026-05-01T13:10:00Z cron;");
}

TEST_CASE("a jump beyond three hours is a correction: the new time is taken and nothing is made up") {
  for (const Millis by : {Millis(4h), Millis(-4h), Millis(24h * 365), Millis(-24h * 365)}) {
    World world("2026-05-01T13:00:01Z");
    const Turn turn = world.set_wall(by);
    CHECK(turn.correction);
    CHECK(turn.due.empty());
    CHECK(turn.missed.empty());
    CHECK(world.agenda.next_wake() > world.wall);
    CHECK(world.agenda.next_wake() <= world.wall + 5min);
  }
}

TEST_CASE("slewing and rounding are no jump") {
  World world("2026-05-01T13:00:01Z");
  world.wall += 300ms;
  CHECK_FALSE(world.pass(4min).jump.has_value());
  world.wall -= 1s;
  CHECK_FALSE(world.pass(4min).jump.has_value());
}

TEST_CASE("a run that overlaps is reported once and skipped") {
  World world("2026-05-01T13:04:00Z");
  CHECK(world.pass(1min).due.size() == 1);
  const Turn turn = world.pass(5min);
  CHECK(turn.due.empty());
  REQUIRE(turn.overlapped.size() == 1);
  CHECK(turn.overlapped[0].slot == at("2026-05-01T13:10:00Z"));
  CHECK(world.agenda.is_running("a"));
  world.agenda.ended("a");
  CHECK_FALSE(world.agenda.is_running("a"));
  CHECK(slots(world.pass(5min)) == "2026-05-01T13:15:00Z cron;");
}

TEST_CASE("queue-one lets one run wait and reports further ones") {
  Setting setting;
  setting.overlap = Overlap::queue_one;
  World world("2026-05-01T13:04:00Z", setting);
  CHECK(world.pass(1min).due.size() == 1);
  CHECK(world.pass(5min).overlapped.empty());
  CHECK(world.pass(5min).overlapped.size() == 1);
  world.agenda.ended("a");
  CHECK(world.agenda.next_wake() <= world.wall);
  CHECK(slots(world.pass(1s)) == "2026-05-01T13:10:00Z cron;");
}

TEST_CASE("what waits leaves once, for an agenda that stops") {
  Setting setting;
  setting.overlap = Overlap::queue_one;
  World world("2026-05-01T13:04:00Z", setting);
  CHECK(world.agenda.take_waiting().empty());
  world.pass(1min);
  world.pass(5min);
  const auto waiting = world.agenda.take_waiting();
  REQUIRE(waiting.size() == 1);
  CHECK(waiting[0].slot == at("2026-05-01T13:10:00Z"));
  CHECK(world.agenda.take_waiting().empty());
  world.agenda.ended("a");
  CHECK(world.pass(1s).due.empty());
}

TEST_CASE("what falls due together leaves by name, in whatever order it was planned") {
  Setting jittered;
  jittered.jitter = 60s;
  std::vector<SchedulePtr> schedules;
  for (const char* name : {"d", "b", "a", "e", "c"}) schedules.push_back(make(name, jittered));
  World world("2026-05-01T13:04:00Z", std::move(schedules));
  std::string names;
  std::set<WallTime> starts;
  const Turn turn = world.pass(2min);
  for (const Due& due : turn.due) {
    names += due.schedule->name;
    starts.insert(due.planned);
  }
  CHECK(names == "abcde");
  CHECK(starts.size() == 5);
  CHECK(*starts.begin() != turn.due.front().planned);
}

TEST_CASE("each schedule wakes the agenda for its own slots") {
  Setting hourly;
  hourly.cron = "30 * * * *";
  World world("2026-05-01T13:21:00Z", {make("a", hourly), make("b", Setting())});
  std::string seen;
  for (int turn = 0; turn < 5; ++turn)
    for (const Due& due : world.next().due)
      seen += due.schedule->name + slot_text(due.slot).substr(13, 3) + " ";
  CHECK(seen == "b:25 a:30 b:30 b:35 b:40 b:45 ");
}

TEST_CASE("a queued run waits on while another of its schedule was started by hand") {
  Setting setting;
  setting.overlap = Overlap::queue_one;
  World world("2026-05-01T13:04:00Z", setting);
  world.pass(1min);
  world.pass(5min);
  world.agenda.ended("a");
  world.agenda.started("a");
  CHECK(world.agenda.next_wake() == at("2026-05-01T13:15:00Z"));
  CHECK(world.pass(1s).due.empty());
  world.agenda.ended("a");
  world.agenda.ended("a");
  CHECK(slots(world.pass(1s)) == "2026-05-01T13:10:00Z cron;");
}

TEST_CASE("after a correction nothing is left of the slots that were planned before") {
  for (const Millis by : {Millis(4h), Millis(-4h)}) {
    World world("2026-05-01T13:00:01Z", {make("a", Setting()), make("b", Setting())});
    CHECK(world.set_wall(by).correction);
    for (int turn = 0; turn < 60; ++turn) CHECK(world.next().due.size() == 2);
    CHECK(world.wall < at("2026-05-01T13:00:01Z") + by + 60 * 5min);
  }
}

TEST_CASE("over a year with both clock changes every slot leaves exactly once") {
  Setting setting;
  setting.cron = "30 0-3 * * *";
  setting.zone = "America/New_York";
  World world("2026-01-01T00:00:00Z", setting);
  std::set<Slot> seen;
  while (world.wall < at("2027-01-01T05:00:00Z"))
    for (const Due& due : world.next().due) CHECK(seen.insert(due.slot).second);
  std::set<Slot> expected;
  const Cron cron = std::get<Cron>(Cron::parse(setting.cron));
  const Zone zone = Zone::load(setting.zone).value();
  const Slot end = std::chrono::floor<std::chrono::seconds>(world.wall);
  for (Slot slot = std::chrono::floor<std::chrono::seconds>(at("2026-01-01T00:00:00Z"));;) {
    slot = cron.next(slot, zone).value();
    if (slot > end) break;
    expected.insert(slot);
  }
  CHECK(seen == expected);
}

TEST_CASE("clock jumps at random never run a slot twice") {
  std::uint64_t state = 20260501;
  const auto random = [&state](std::uint64_t below) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state >> 33U) % below;
  };
  for (int round = 0; round < 200; ++round) {
    World world("2026-05-01T00:00:30Z");
    std::map<Slot, int> seen;
    for (int step = 0; step < 60; ++step) {
      Turn turn;
      switch (random(3)) {
        case 0:
          turn = world.pass(std::chrono::seconds(random(1200)));
          break;
        case 1:
          turn = world.set_wall(std::chrono::seconds(random(7200)));
          break;
        default:
          turn = world.set_wall(-std::chrono::seconds(random(7200)));
          break;
      }
      for (const Due& due : turn.due) {
        CHECK(++seen[due.slot] == 1);
        world.agenda.ended(due.schedule->name);
      }
    }
  }
}
