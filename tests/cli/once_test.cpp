// SPDX-License-Identifier: Apache-2.0
// `once`: which slot a run is for, how late it is, and what a dry run says of a value it would not replace.
#include <catch2/catch_test_macros.hpp>

#include "cli/world.hpp"
#include "prewarm/base/clock.hpp"
#include "prewarm/base/time_text.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using Strings = std::vector<std::string>;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// lag_ms is what a start between `before` and now has, `jitter` behind the slot.
void check_lag(const std::string& slot, const std::string& lag_ms, WallTime before, Millis jitter) {
  const Millis lag{std::stoll(lag_ms)};
  const WallTime planned = parse_rfc3339(slot).value() + jitter;
  INFO(slot << " + " << jitter.count() << " ms, lag " << lag_ms << " ms");
  CHECK(planned + lag >= before);
  CHECK(planned + lag <= make_system_clock()->wall_now());
}

}  // namespace

TEST_CASE("lag_ms of a slot that is named counts from that slot and its jitter") {
  World world;
  world.upstream.otherwise([](const testkit::UpstreamRequest&) { return Answer::json("[1]"); });
  world.simple("plain", 1);
  world.simple("apart", 1, R"(,"jitter":"20s")");
  const std::string past = "2026-05-01T13:00:00Z";
  const auto run = [&](const std::string& name, const std::string& slot, Millis jitter) {
    const WallTime before = make_system_clock()->wall_now();
    const auto outcome = world.prewarm({"once", name, "--slot", slot, "--json"});
    INFO(outcome.out << outcome.err);
    REQUIRE(outcome.exit_code == 0);
    check_lag(members(outcome.out, "run", "slot").at(0), members(outcome.out, "run", "lag_ms").at(0), before,
              jitter);
  };
  run("plain", past, Millis(0));
  run("plain", "latest", Millis(0));
  run("plain", "now", Millis(0));
  run("apart", "now", Millis(0));
  const auto next = world.prewarm({"next", "apart", "--from", "2026-05-01T12:59:59Z", "--json"});
  run("apart", past, Millis(std::stoll(members(next.out, "slot", "jitter_ms").at(0))));
}

TEST_CASE("lag_ms of a run at start counts from the slot that it makes up for") {
  World world;
  world.simple("news", 1);
  world.upstream.on("/news", Answer::json("[1]"));
  const WallTime before = make_system_clock()->wall_now();
  testkit::Process worker(world.command({"run"}));
  REQUIRE(worker.wait_for_line("\"run.ended\"").has_value());
  const std::string told = worker.text(testkit::Process::Stream::err);
  REQUIRE(members(told, "run.ended", "trigger") == Strings{"start"});
  check_lag(members(told, "run.ended", "slot").at(0), members(told, "run.ended", "lag_ms").at(0), before,
            Millis(0));
}

TEST_CASE("a dry run where a newer version is stored says so, and that nothing would be written") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 2);
  world.upstream.on("/news", Answer::json("[1]"));
  redis.command(
      {"SET", "news:production:v2", R"({"version":3,"lastUpdated":"2026-01-01T00:00:00.000Z","payload":1})"});
  const auto dry = world.prewarm({"once", "news", "--dry-run"});
  INFO(dry.out);
  CHECK(dry.exit_code == 12);
  CHECK_FALSE(has(dry.out, "would write"));
  CHECK(has(dry.out, "superseded"));
  CHECK(has(dry.out, "PW711 newer_version: news:production:v2 holds version 3"));
  CHECK(has(dry.out, "nothing was written"));
  CHECK(world.pings().empty());
  CHECK(world.prewarm({"once", "news"}).exit_code == 12);
  redis.command(
      {"SET", "news:production:v2", R"({"version":3,"lastUpdated":"2099-01-01T00:00:00.000Z","payload":1})"});
  CHECK(world.prewarm({"once", "news", "--dry-run"}).exit_code == 0);  // a wrong clock's: would be replaced
}

TEST_CASE("the target is the first that once says, before what is not due") {
  World world;
  world.schedule("yearly", R"({"schedule":"@yearly","fetch":{"url":")" + world.upstream.url("/yearly") +
                               R"("},"store":{"version":1}})");
  const auto outcome = world.prewarm({"once", "yearly", "--due-within", "0s"});
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err.rfind("target: production on ", 0) == 0);
  CHECK(has(outcome.err, "\nyearly  not due: "));
}
