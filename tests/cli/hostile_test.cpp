// SPDX-License-Identifier: Apache-2.0
// What a hostile or unlucky world does to the main job: values too large to compare, bodies that grow, a
// store that hangs or is emptied.
#include <catch2/catch_test_macros.hpp>
#include <csignal>

#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using Strings = std::vector<std::string>;

namespace {

std::string array_of(std::size_t elements) {
  std::string text = "[0";
  for (std::size_t i = 1; i < elements; ++i) text += ",0";
  return text + "]";
}

void schedule(const World& world, const std::string& fetch, const std::string& more = "") {
  world.schedule("news", R"({"schedule":"@hourly","timeout":"5s","fetch":{"retries":0,"url":")" +
                             world.upstream.url("/news") + "\"" + fetch + R"(},"store":{"version":1})" +
                             more + "}");
}

}  // namespace

TEST_CASE("an empty answer replaces no value, however large that is beside today's maxBytes") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  schedule(world, R"(,"maxBytes":"4MiB")");
  world.upstream.on("/news", Answer::json(array_of(1'500'000)));
  REQUIRE(world.prewarm({"once", "news"}).exit_code == 0);
  const auto before = redis.value("news:production:v1");
  schedule(world, R"(,"maxBytes":"1KiB")");
  world.upstream.on("/news", Answer::json("[]"));
  const auto outcome = world.prewarm({"once", "news"});
  INFO(outcome.err << outcome.out);
  CHECK(outcome.exit_code == 7);
  CHECK(redis.value("news:production:v1") == before);
}

TEST_CASE("picking cannot make a value of any size out of a small body") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  schedule(world, R"(,"maxBytes":"64KiB")",
           R"(,"shape":{"pick":{"a":"/a","b":"/b","c":"/c","d":"/d","e":"/e"}})");
  world.upstream.on("/news", Answer::json(array_of(30'000)));
  const auto outcome = world.prewarm({"once", "news"});
  INFO(outcome.err << outcome.out);
  CHECK(outcome.exit_code == 7);
  CHECK(outcome.err.find("the shaped value would have more than") != std::string::npos);
  CHECK_FALSE(redis.value("news:production:v1").has_value());
}

TEST_CASE("a store that hangs fails every run that waits for it, as the store's fault") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  for (const char* name : {"one", "two"})
    world.schedule(name, R"({"schedule":"@hourly","timeout":"1s","fetch":{"url":")" +
                             world.upstream.url("/x") + R"(","timeout":"500ms"},"store":{"version":1}})");
  world.upstream.on("/x", Answer::json("[1]"));
  redis.pause();
  const auto outcome = world.prewarm({"once", "--all", "--json"});
  redis.resume();
  INFO(outcome.out);
  CHECK(outcome.exit_code == 5);
  CHECK(members(outcome.out, "run", "outcome") == Strings{"store_failed", "store_failed"});
  CHECK(world.upstream.requests("/x").empty());
}

TEST_CASE("a store that was emptied between two runs is noticed, although it held the ledger too") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.schedule("news", R"({"schedule":"@every 1s","timeout":"1s","fetch":{"retries":0,"url":")" +
                             world.upstream.url("/news") +
                             R"("},"store":{"version":1,"ttl":"1h"},"allow":["PW226"]})");
  world.upstream.on("/news", Answer::json("[1]"));
  testkit::Process worker(world.command({"run"}));
  REQUIRE(worker.wait_for_line("\"run.ended\"").has_value());
  redis.command({"FLUSHALL"});
  const auto lost = worker.wait_for_line("value.lost");
  CHECK(lost.has_value());
  worker.signal(SIGTERM);
  CHECK(worker.wait().exit_code == 0);
}
