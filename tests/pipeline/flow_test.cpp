// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/flow.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "pipeline/fake_store.hpp"
#include "prewarm/base/time_text.hpp"
#include "support/fake_clock.hpp"

using namespace prewarm;
using namespace prewarm::pipeline;
using namespace std::chrono_literals;
using test::FakeStore;
using Fault = FakeStore::Fault;

namespace {

const std::string kKey = "news:test:v2";

std::shared_ptr<schedule::Schedule> news() {
  auto schedule = std::make_shared<schedule::Schedule>();
  schedule->name = "news";
  schedule->env = "test";
  schedule->cron = std::get<schedule::Cron>(schedule::Cron::parse("*/5 * * * *"));
  schedule->zone = schedule::Zone::utc();
  schedule->timeout = 30s;
  schedule->stale_after = 10min;
  schedule->store.version = 2;
  schedule->store.ttl = 15min;
  schedule->store.keys.push_back(
      std::get<schedule::KeyTemplate>(schedule::KeyTemplate::parse("{name}:{env}:v{version}")));
  return schedule;
}

// One flight stepped through the stages, on a fake clock and store.
struct World {
  testkit::FakeClock clock{parse_rfc3339("2026-05-01T13:00:00Z").value(), 1,
                           testkit::FakeClock::Waits::advance};
  FakeStore store{clock};
  shape::Shaper shaper;
  std::shared_ptr<schedule::Schedule> schedule = news();

  Flight prepared() {
    Flight flight;
    flight.run.schedule = schedule;
    flight.run.slot = std::chrono::floor<std::chrono::seconds>(clock.wall_now());
    flight.run.started = clock.boot_now();
    flight.run.started_wall = flight.run.planned = clock.wall_now();
    flight.run.deadline = flight.run.started + schedule->timeout;
    prepare(flight, store, clock);
    return flight;
  }
  run::RunReport finish(Flight flight, const std::string& body) {
    flight.body.bytes = body;
    flight.facts.attempts = 1;
    pipeline::shape(flight, shaper, clock);
    commit(flight, store, clock);
    return conclude(std::move(flight), clock);
  }
  run::RunReport run(const std::string& body) {
    clock.advance(1s);
    return finish(prepared(), body);
  }
};

int code(const run::RunReport& report) { return report.error ? code_of(report.error->kind) : 0; }
std::string envelope_of(const char* instant, const char* payload, int version = 2) {
  return envelope::seal(version, parse_rfc3339(instant).value(), payload);
}

}  // namespace

TEST_CASE("a good run ends verified with a proof for its key") {
  World world;
  const auto report = world.run("[1]");
  CHECK(report.outcome == run::Outcome::verified);
  CHECK(report.proofs.size() == 1);
  CHECK(report.all_verified());
  CHECK(world.store.values[kKey] == envelope_of("2026-05-01T13:00:01Z", "[1]"));
  CHECK(report.items == 1);
  CHECK(report.cold_in == 15min);
}

TEST_CASE("a link that dies after the write is settled by reading: verified, and not written twice") {
  World world;
  world.store.faults = {Fault::lost_after};
  const auto report = world.run("[1]");
  CHECK(report.outcome == run::Outcome::verified);
  CHECK(world.store.writes == 1);
}

TEST_CASE("a link that dies before the write is settled by sending the same bytes again") {
  World world;
  world.store.faults = {Fault::lost_before, Fault::lost_before};
  const auto report = world.run("[1]");
  CHECK(report.outcome == run::Outcome::verified);
  CHECK(world.store.writes == 3);
  CHECK(world.store.values[kKey] == envelope_of("2026-05-01T13:00:01Z", "[1]"));
}

TEST_CASE("a link that dies before every write is given up at the deadline") {
  World world;
  world.store.faults = std::deque<Fault>(1000, Fault::lost_before);
  world.store.before_write = [&world] { world.clock.advance(1s); };
  const auto report = world.run("[1]");
  CHECK(report.outcome == run::Outcome::store_failed);
  CHECK(world.store.writes <= 31);
  CHECK(world.store.values.empty());
}

TEST_CASE("a write of unknown outcome stays one when the store cannot be reached any more") {
  const Fault last = GENERATE(Fault::gone, Fault::late);
  World world;
  world.store.faults = std::deque<Fault>(1000, last);
  world.store.faults.front() = Fault::lost_before;
  world.store.before_write = [&world] { world.clock.advance(10s); };
  const auto report = world.run("[1]");
  CHECK(report.outcome == run::Outcome::store_failed);
  CHECK(code(report) == 704);
}

TEST_CASE(
    "two writers of one instant end as a read-back that differs, also if the deadline cuts the last try") {
  const Fault last = GENERATE(Fault::lost_before, Fault::late);  // the link, or the store, saw it first
  World world;
  world.store.after_write = [](FakeStore& store) {
    store.values[kKey] = envelope_of("2026-05-01T13:00:01Z", "[9]");
  };
  world.store.before_write = [&world, last] {
    if (world.store.writes != 2) return;
    world.store.faults = {last};
    world.store.unreadable = true;
    world.clock.advance(40s);
  };
  const auto report = world.run("[1]");
  CHECK(report.outcome == run::Outcome::verify_failed);
  CHECK(code(report) == 730);
  CHECK(report.proofs.empty());
  CHECK(world.store.writes == 2);
}

TEST_CASE("after an unknown outcome a later head at the key means superseded") {
  World world;
  world.store.faults = {Fault::lost_before};
  world.store.before_read = [](FakeStore& store) {
    store.values[kKey] = envelope_of("2026-05-01T13:00:30Z", "[9]");
  };
  const auto report = world.run("[1]");
  CHECK(report.outcome == run::Outcome::superseded);
  CHECK(code(report) == 710);
  CHECK(report.proofs.empty());
  CHECK(world.store.writes == 1);
}

TEST_CASE("an outcome that stays unknown is told as unknown, never guessed") {
  World world;
  auto flight = world.prepared();
  flight.body.bytes = "[1]";
  pipeline::shape(flight, world.shaper, world.clock);
  world.store.faults = {Fault::lost_after};
  world.store.before_read = [](FakeStore& store) { store.unreadable = true; };
  commit(flight, world.store, world.clock);
  const auto first = conclude(std::move(flight), world.clock);
  // The first read after the fault succeeded in striking; the value is there, so it is verified or unknown,
  // not failed.
  CHECK((first.outcome == run::Outcome::verified || code(first) == 704));
}

TEST_CASE("a store that is gone before the fetch ends the run without one") {
  World world;
  world.store.unreadable = true;
  const auto flight = world.prepared();
  REQUIRE(flight.error.has_value());
  CHECK(flight.error->kind == ErrorKind::unreachable);
}

TEST_CASE("a run whose deadline passed sends nothing") {
  World world;
  auto flight = world.prepared();
  world.clock.advance(31s);
  const auto report = world.finish(std::move(flight), "[1]");
  CHECK(code(report) == 644);
  CHECK(world.store.writes == 0);
  CHECK(world.store.values.empty());
}

TEST_CASE("an empty answer over a value that is not empty is refused and the old value described") {
  World world;
  REQUIRE(world.run("[1,2]").outcome == run::Outcome::verified);
  const std::string before = world.store.values[kKey];
  world.clock.advance(60s);
  const auto report = world.run("[]");
  CHECK(report.outcome == run::Outcome::rejected);
  CHECK(code(report) == 610);
  CHECK(world.store.values[kKey] == before);
  REQUIRE(report.old_age.has_value());
  CHECK(*report.old_age == 61s);
}

TEST_CASE("an ordinary answer costs no read of the stored value") {
  World world;
  REQUIRE(world.run("[1,2]").outcome == run::Outcome::verified);
  const int reads = world.store.reads;
  REQUIRE(world.run("[3,4]").outcome == run::Outcome::verified);
  CHECK(world.store.reads == reads);
}

TEST_CASE("after the confirmations asked for, the next refused answer is taken") {
  World world;
  world.schedule->guard.confirmations = 2;
  world.schedule->guard.max_shrink = 0.5;
  REQUIRE(world.run("[1,2,3,4]").outcome == run::Outcome::verified);
  CHECK(world.run("[1]").outcome == run::Outcome::rejected);
  CHECK(world.run("[1]").outcome == run::Outcome::rejected);
  CHECK(world.run("[1]").outcome == run::Outcome::verified);
  CHECK(world.run("[1]").outcome == run::Outcome::unchanged);
}

TEST_CASE("a good answer in between starts the confirmations anew") {
  World world;
  world.schedule->guard.confirmations = 1;
  world.schedule->guard.max_shrink = 0.5;
  REQUIRE(world.run("[1,2,3,4]").outcome == run::Outcome::verified);
  CHECK(world.run("[1]").outcome == run::Outcome::rejected);
  CHECK(world.run("[1,2,3]").outcome == run::Outcome::verified);
  CHECK(world.run("[1]").outcome == run::Outcome::rejected);
}

TEST_CASE("failures in a row are remembered by the ledger and forgotten after success") {
  World world;
  REQUIRE(world.run("[1]").outcome == run::Outcome::verified);
  CHECK(world.run("<html>").outcome == run::Outcome::upstream_failed);
  CHECK(world.run("<html>").outcome == run::Outcome::upstream_failed);
  CHECK(ledger::load(world.store, *world.schedule, BootTime::max()).value().failures == 2);
  CHECK(world.run("[1]").outcome == run::Outcome::unchanged);
  CHECK(ledger::load(world.store, *world.schedule, BootTime::max()).value().failures == 0);
}

TEST_CASE("a verified value that is gone before its time is told as lost") {
  World world;
  REQUIRE(world.run("[1]").outcome == run::Outcome::verified);
  world.store.values.clear();
  const auto report = world.run("[1]");
  CHECK(report.outcome == run::Outcome::verified);
  REQUIRE(report.lost.has_value());
  CHECK(report.lost->found == envelope::Class::absent);
  CHECK_FALSE(world.run("[1]").lost.has_value());
}

TEST_CASE("a value whose time had run out is not lost") {
  World world;
  REQUIRE(world.run("[1]").outcome == run::Outcome::verified);
  world.store.values.clear();
  world.clock.advance(16min);
  CHECK_FALSE(world.run("[1]").lost.has_value());
}

TEST_CASE("a dry run writes no value and no record") {
  World world;
  auto flight = world.prepared();
  flight.run.dry_run = true;
  const auto report = world.finish(std::move(flight), "[1]");
  CHECK(report.outcome == run::Outcome::verified);
  CHECK(world.store.values.empty());
  CHECK(world.store.records.empty());
}

TEST_CASE("a failed run over a key that ran out says so, and since when") {
  World world;
  REQUIRE(world.run("[1]").outcome == run::Outcome::verified);
  world.store.values.clear();  // its TTL of 15 minutes ended
  world.clock.advance(20min);
  const auto report = world.run("<html>");
  CHECK(report.outcome == run::Outcome::upstream_failed);
  CHECK(report.found == envelope::Class::absent);
  CHECK(report.cold_in == 0ms);
  CHECK(report.cold_since == parse_rfc3339("2026-05-01T13:15:01Z").value());
  CHECK_FALSE(report.old_age.has_value());
}

TEST_CASE("a failed run over a key that never held anything knows no instant") {
  World world;
  const auto report = world.run("<html>");
  CHECK(report.found == envelope::Class::absent);
  CHECK_FALSE(report.cold_since.has_value());
}

TEST_CASE("a store that goes away during the fetch leaves what the ledger and the TTL say") {
  World world;
  REQUIRE(world.run("[1]").outcome == run::Outcome::verified);
  const auto failing = [&] {
    world.store.unreadable = false;
    auto flight = world.prepared();
    world.store.unreadable = true;
    return world.finish(std::move(flight), "[1]");
  };
  const auto alive = failing();
  CHECK(code(alive) == 701);
  CHECK_FALSE(alive.cold_since.has_value());
  CHECK_FALSE(alive.cold_in.has_value());
  world.clock.advance(20min);
  const auto over = failing();
  CHECK(code(over) == 701);
  CHECK_FALSE(over.found.has_value());
  CHECK(over.cold_since == parse_rfc3339("2026-05-01T13:15:01Z").value());
}

TEST_CASE("what was not looked at is not called absent") {
  World world;
  world.store.faults = {Fault::gone};
  auto flight = world.prepared();
  flight.body.bytes = "[1]";
  pipeline::shape(flight, world.shaper, world.clock);
  commit(flight, world.store, world.clock);
  const auto report = conclude(std::move(flight), world.clock);
  CHECK(code(report) == 701);
  CHECK_FALSE(report.found.has_value());
}

TEST_CASE("a store is opened before the fetch, but not for a dry run") {
  World world;
  CHECK_FALSE(world.prepared().error.has_value());
  CHECK(world.store.opens == 1);
  Flight dry;
  dry.run.schedule = world.schedule;
  dry.run.dry_run = true;
  prepare(dry, world.store, world.clock);
  CHECK(world.store.opens == 1);
}

TEST_CASE("the next slot of a late run is still to come") {
  World world;
  auto flight = world.prepared();
  CHECK(world.finish(std::move(flight), "[1]").next == parse_rfc3339("2026-05-01T13:05:00Z").value());
  flight = world.prepared();
  flight.run.slot -= std::chrono::hours(24 * 200);
  CHECK(world.finish(std::move(flight), "[2]").next == parse_rfc3339("2026-05-01T13:05:00Z").value());
  const auto unstarted = conclude_unstarted(
      {world.schedule,
       std::chrono::floor<std::chrono::seconds>(parse_rfc3339("2025-01-01T00:00:00Z").value()),
       schedule::Trigger::start, Error{ErrorKind::shutdown, "stopped"}},
      world.clock);
  CHECK(unstarted.next == parse_rfc3339("2026-05-01T13:05:00Z").value());
}

TEST_CASE("an altered payload behind our own head is never given a new instant, not even for a moment") {
  World world;
  REQUIRE(world.run("[1]").outcome == run::Outcome::verified);
  std::string& stored = world.store.values[kKey];
  stored.replace(stored.size() - 3, 1, "9");
  const std::string altered = stored;
  world.clock.advance(1s);
  auto flight = world.prepared();
  flight.not_modified = true;
  pipeline::shape(flight, world.shaper, world.clock);
  commit(flight, world.store, world.clock);
  CHECK(flight.asks_whole);
  CHECK(world.store.renewed_keys == 0);
  CHECK(world.store.values[kKey] == altered);
}

TEST_CASE("a value that another writer changes right after its renewal is not called unchanged") {
  World world;
  REQUIRE(world.run("[1]").outcome == run::Outcome::verified);
  world.store.after_renewal = [](FakeStore& store) { store.values[kKey].replace(65, 1, "9"); };
  const auto report = world.run("[1]");
  CHECK(world.store.renewed_keys == 1);
  CHECK(report.outcome == run::Outcome::verified);
  CHECK(world.store.values[kKey] == envelope_of("2026-05-01T13:00:02Z", "[1]"));
}
