// SPDX-License-Identifier: Apache-2.0
// What stalls outside holds up nothing that does not need it: a heartbeat sink, an upstream, a store.
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <csignal>

#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using Strings = std::vector<std::string>;

TEST_CASE("pings that a stalled sink does not take are dropped and told within the drain") {
  World world;
  world.simple("news", 1);
  world.upstream.on("/news", Answer::json("[1]"));
  world.sink.otherwise(
      [](const testkit::UpstreamRequest&) { return Answer::json("ok").cut_body(0, testkit::Ending::stall); });
  testkit::Process worker(world.command({"run", "--drain", "2s"}));
  REQUIRE(worker.wait_for_line("\"run.ended\"").has_value());
  const auto start = std::chrono::steady_clock::now();
  worker.signal(SIGTERM);
  const auto outcome = worker.wait();
  INFO(outcome.err);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::milliseconds(2500));
  CHECK(outcome.exit_code == 0);
  const auto codes = members(outcome.err, "heartbeat.failed", "code");
  CHECK_FALSE(codes.empty());
  for (const std::string& code : codes) CHECK(code == "PW802");
  CHECK(members(outcome.err, "worker.stopped", "msg") == Strings{"stopped"});
}

TEST_CASE("two stalled answers of the greatest size leave room for a small schedule") {
  World world;
  world.schedule("small", R"({"schedule":"*/5 * * * *","fetch":{"url":")" + world.upstream.url("/small") +
                              R"("},"store":{"version":1}})");
  for (const std::string name : {"big1", "big2"})
    world.schedule(name, R"({"schedule":"*/5 * * * *","timeout":"2m","fetch":{"timeout":"100s","url":")" +
                             world.upstream.url("/big") + R"(","maxBytes":"64MiB"},"store":{"version":1}})");
  world.upstream.on("/big", Answer::json("[1]").cut_body(0, testkit::Ending::stall));
  world.upstream.on("/small", Answer::json("[1]"));
  testkit::Process once(world.command({"once", "big1", "big2", "small", "--log-format", "json", "-v"}));
  CHECK(once.wait_for_line("\"outcome\":\"verified\"").has_value());
  once.signal(SIGTERM);
  CHECK(once.wait().exit_code == 143);
}

TEST_CASE("a run that gives the store up does not end the tries of the others") {
  World world;
  testkit::RedisServer redis;
  world.use(redis);
  redis.kill();
  for (const auto& [name, timeout] : {std::pair("brief", "2s"), std::pair("patient", "60s")})
    world.schedule(name, std::string(R"({"schedule":"*/5 * * * *","timeout":")") + timeout +
                             R"(","fetch":{"timeout":"1s","url":")" + world.upstream.url("/news") +
                             R"("},"store":{"version":1}})");
  world.upstream.on("/news", Answer::json("[1]"));
  testkit::Process worker(world.command({"run", "--warm-on-start", "all"}));
  REQUIRE(worker.wait_for_line("store_failed", testkit::Process::Stream::err, std::chrono::seconds(20)));
  redis.start();
  REQUIRE(worker.wait_for_line("\"outcome\":\"verified\"", testkit::Process::Stream::err,
                               std::chrono::seconds(20)));
  worker.signal(SIGTERM);
  const auto outcome = worker.wait();
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(members(outcome.err, "run.ended", "schedule") == Strings{"brief", "patient"});
}
