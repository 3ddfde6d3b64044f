// SPDX-License-Identifier: Apache-2.0
// A fan-out stepped through the stages: batches first, the flight last.
#include <catch2/catch_test_macros.hpp>

#include "pipeline/fake_store.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/pipeline/flow.hpp"
#include "prewarm/report/record.hpp"
#include "support/fake_clock.hpp"

using namespace prewarm;
using namespace prewarm::pipeline;
using namespace std::chrono_literals;
using test::FakeStore;

namespace {

schedule::KeyTemplate key(const char* text) {
  return std::get<schedule::KeyTemplate>(schedule::KeyTemplate::parse(text));
}

std::shared_ptr<const IdList> list(std::initializer_list<const char*> ids) {
  auto made = std::make_shared<IdList>();
  for (const char* id : ids) made->add(id);
  return made;
}

std::shared_ptr<schedule::Schedule> users() {
  auto schedule = std::make_shared<schedule::Schedule>();
  schedule->name = "users";
  schedule->env = "test";
  schedule->cron = std::get<schedule::Cron>(schedule::Cron::parse("*/5 * * * *"));
  schedule->zone = schedule::Zone::utc();
  schedule->timeout = 30s;
  schedule->stale_after = 10min;
  schedule->store.version = 2;
  schedule->store.ttl = 15min;
  schedule->store.keys = {key("{name}:{env}:{id}:v{version}"), key("{name}:{env}:by:{/name}:v{version}")};
  schedule->fanout.emplace();
  schedule->fanout->ids = list({"a", "b", "c"});
  schedule->fanout->batch = 100;
  schedule->fanout->param = "id";
  schedule->fanout->id = schedule::Pointer::parse("/id").value();
  return schedule;
}

struct World {
  testkit::FakeClock clock{parse_rfc3339("2026-05-01T13:00:00Z").value(), 1,
                           testkit::FakeClock::Waits::advance};
  FakeStore store{clock};
  shape::Shaper shaper;
  std::shared_ptr<schedule::Schedule> schedule = users();

  Flight prepared() {
    clock.advance(1s);
    Flight flight;
    flight.run.schedule = schedule;
    flight.run.slot = std::chrono::floor<std::chrono::seconds>(clock.wall_now());
    flight.run.started = clock.boot_now();
    flight.run.started_wall = flight.run.planned = clock.wall_now();
    flight.run.deadline = flight.run.started + schedule->timeout;
    prepare(flight, store, clock);
    return flight;
  }
  void step(Flight& flight, Answer answer) {
    Batch batch;
    batch.fan = flight.fan;
    batch.answers.push_back(std::move(answer));
    pipeline::shape(batch, shaper, clock);
    commit(batch, store, clock);
    flight.tally.add(std::move(batch.tally));
    sighted.insert(sighted.end(), batch.sightings.begin(), batch.sightings.end());
  }
  run::RunReport end(Flight flight) {
    flight.facts.attempts = flight.facts.requests = 1;
    commit(flight, store, clock);
    return conclude(std::move(flight), clock);
  }
  run::RunReport run(const std::string& body) {
    Flight flight = prepared();
    run::Body answer;
    answer.bytes = body;
    step(flight, {{0, flight.fan->ids->size()}, std::move(answer), 200});
    return end(std::move(flight));
  }
  run::RunReport run(Error error, int status) {
    Flight flight = prepared();
    step(flight, {{0, flight.fan->ids->size()}, std::move(error), status});
    return end(std::move(flight));
  }
  std::vector<run::Sighting> sighted;
};

const std::string kAll = R"([{"id":"a","name":"ann"},{"id":"b","name":"bob"},{"id":"c","name":null}])";

std::string envelope_of(const char* instant, const char* payload, int version = 2) {
  return envelope::seal(version, parse_rfc3339(instant).value(), payload);
}

}  // namespace

TEST_CASE("every id that came back gets its key and the aliases that can be filled") {
  World world;
  const auto report = world.run(kAll);
  CHECK(report.outcome == run::Outcome::verified);
  CHECK(report.all_verified());
  CHECK(report.keys_written == 5);
  CHECK(report.aliases_skipped == 1);
  CHECK(report.fanout->returned == 3);
  CHECK(world.store.values["users:test:a:v2"] ==
        envelope_of("2026-05-01T13:00:01Z", R"({"id":"a","name":"ann"})"));
  CHECK(world.store.values["users:test:by:bob:v2"] == world.store.values["users:test:b:v2"]);
}

TEST_CASE("records are matched by id whatever their order, and strangers are passed over") {
  World world;
  const auto report = world.run(R"([{"id":"c"},{"id":"x"},{"id":"a"},{"id":"b"}])");
  CHECK(report.outcome == run::Outcome::verified);
  CHECK(world.store.values["users:test:c:v2"] == envelope_of("2026-05-01T13:00:01Z", R"({"id":"c"})"));
  CHECK(world.store.values.count("users:test:x:v2") == 0);
}

TEST_CASE("an id that did not come back keeps its value; the floor decides what that means") {
  World world;
  world.run(kAll);
  const std::string old = world.store.values["users:test:b:v2"];
  SECTION("at or above the floor: verified, and it is named") {
    world.schedule->fanout->floor = 2.0 / 3;
    const auto report = world.run(R"([{"id":"a"},{"id":"c"}])");
    CHECK(report.outcome == run::Outcome::verified);
    CHECK(report.fanout->missing == std::vector<std::string>{"b"});
  }
  SECTION("below: partial") {
    const auto report = world.run(R"([{"id":"a"},{"id":"c"}])");
    CHECK(report.outcome == run::Outcome::partial);
    CHECK(report.error->kind == ErrorKind::ids_missing);
    CHECK(report.keys_written == 2);
    CHECK_FALSE(world.store.values["users:test:a:v2"].empty());
  }
  SECTION("none at all: nothing is written") {
    const int before = world.store.writes;
    const auto report = world.run("[]");
    CHECK(report.outcome == run::Outcome::upstream_failed);
    CHECK(report.error->kind == ErrorKind::no_ids_back);
    CHECK(world.store.writes == before);
  }
  CHECK(world.store.values["users:test:b:v2"] == old);
}

TEST_CASE("one refused record costs that id alone") {
  World world;
  world.schedule->guard.required = {schedule::Pointer::parse("/name").value()};
  const auto report = world.run(kAll);
  CHECK(report.outcome == run::Outcome::partial);
  CHECK(report.error->kind == ErrorKind::guard);
  CHECK(report.error->message.starts_with("c: guard.required"));
  CHECK(report.keys_written == 4);
  CHECK(world.store.values.count("users:test:c:v2") == 0);
}

TEST_CASE("when every record is refused the run is rejected") {
  World world;
  world.schedule->guard.required = {schedule::Pointer::parse("/nothing").value()};
  const auto report = world.run(kAll);
  CHECK(report.outcome == run::Outcome::rejected);
  CHECK(world.store.writes == 0);
}

TEST_CASE("two records with one id are both refused, a record without id is told") {
  World world;
  auto report = world.run(R"([{"id":"a"},{"id":"b"},{"id":"a"},{"id":"c"}])");
  CHECK(report.outcome == run::Outcome::partial);
  CHECK(report.error->kind == ErrorKind::key_twice);
  CHECK(world.store.values.count("users:test:a:v2") == 0);
  report = world.run(R"([{"id":"a"},{"id":"b"},{"id":"c"},{"name":"nobody"}])");
  CHECK(report.outcome == run::Outcome::partial);
  CHECK(report.error->kind == ErrorKind::record_id);
}

TEST_CASE("a failed request keeps all its ids") {
  World world;
  world.run(kAll);
  const auto before = world.store.values;
  const auto report = world.run(Error{ErrorKind::http_5xx, "503 on 3 attempts"}, 503);
  CHECK(report.outcome == run::Outcome::upstream_failed);
  CHECK(report.fanout->failed == 3);
  CHECK(world.store.values == before);
  CHECK(report.old_age == 1s);  // by the ledger
}

TEST_CASE("asked for alone, an id that is not found is missing") {
  World world;
  world.schedule->fanout->batch = 1;
  world.schedule->fanout->floor = 0.5;
  world.schedule->fanout->ids = list({"a", "b"});
  Flight flight = world.prepared();
  run::Body body;
  body.bytes = R"({"name":"ann"})";
  world.step(flight, {{0, 1}, std::move(body), 200});
  world.step(flight, {{1, 1}, Error{ErrorKind::http_4xx, "404"}, 404});
  const auto report = world.end(std::move(flight));
  CHECK(report.outcome == run::Outcome::verified);
  CHECK(report.fanout->missing_count == 1);
}

TEST_CASE("a newer version at one key ends the run and is left alone") {
  World world;
  world.store.values["users:test:b:v2"] = envelope_of("2026-05-01T12:00:00Z", "{}", 3);
  const auto report = world.run(kAll);
  CHECK(report.outcome == run::Outcome::superseded);
  CHECK(report.error->kind == ErrorKind::newer_version);
  CHECK(world.store.values["users:test:b:v2"] == envelope_of("2026-05-01T12:00:00Z", "{}", 3));
  CHECK(world.sighted.size() == 1);
}

TEST_CASE("an id whose key holds a later value needs nothing from us") {
  World world;
  world.store.values["users:test:b:v2"] = envelope_of("2026-05-01T13:00:30Z", "{}");
  CHECK(world.run(kAll).outcome == run::Outcome::verified);
}

TEST_CASE("the ids of a set are read when the run begins; an empty one fails the run") {
  World world;
  world.schedule->fanout->ids = schedule::SetIds{"experts:test:ids"};
  CHECK(world.prepared().error->kind == ErrorKind::id_source);
  world.store.sets["experts:test:ids"] = {"b", "a"};
  const Flight flight = world.prepared();
  REQUIRE(flight.fan);
  CHECK(flight.fan->ids->size() == 2);
}

TEST_CASE("the ids of a url come out of its body") {
  World world;
  world.schedule->fanout->ids = schedule::UrlIds{
      {}, "", "", schedule::Pointer::parse("/users").value(), schedule::Pointer::parse("/id").value(), {}};
  Flight flight = world.prepared();
  REQUIRE(flight.wants_ids());
  flight.body.bytes = R"({"users":[{"id":"a"},{"id":7},{"id":"a"}]})";
  pipeline::shape(flight, world.shaper, world.clock);
  REQUIRE(flight.fan);
  CHECK(flight.fan->ids->size() == 2);
  CHECK((*flight.fan->ids)[1] == "7");
}

TEST_CASE("a dry run of a fan-out writes nothing") {
  World world;
  Flight flight = world.prepared();
  flight.fan->run.dry_run = flight.run.dry_run = true;
  run::Body body;
  body.bytes = kAll;
  world.step(flight, {{0, 3}, std::move(body), 200});
  const auto report = world.end(std::move(flight));
  CHECK(report.outcome == run::Outcome::verified);
  CHECK(world.store.writes == 0);
  CHECK(report.proofs.empty());
}
