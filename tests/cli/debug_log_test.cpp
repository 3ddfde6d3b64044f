// SPDX-License-Identifier: Apache-2.0
// What --log-level debug adds: each attempt, each connection, each ping; and no secret with it.
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <memory>

#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using Strings = std::vector<std::string>;

namespace {

// A schedule whose query, path, header and heartbeat hold canaries.
void secret_schedule(World& world) {
  world.env["PATH_SECRET"] = "canary-path";
  world.env["QUERY_SECRET"] = "canary-query";
  world.env["HEADER_SECRET"] = "canary-header";
  world.env["PING_URL"] = world.sink.url("/canary-ping");
  world.schedule(
      "news",
      R"({"schedule":"*/5 * * * *","fetch":{"retries":1,"url":")" + world.upstream.url("/a/") +
          R"(${PATH_SECRET}","query":{"key":"${QUERY_SECRET}"},"headers":{"x-key":"${HEADER_SECRET}"}},)" +
          R"("store":{"version":1},"heartbeat":"${PING_URL}"})");
}

}  // namespace

TEST_CASE("debug lines tell of each attempt, connection and ping") {
  World world;
  testkit::RedisSettings settings;
  settings.password = "canary-password";
  const testkit::RedisServer redis(settings);
  world.use(redis);
  world.env["PREWARM_STORE_PASSWORD"] = "canary-password";
  secret_schedule(world);
  world.upstream.otherwise([served = std::make_shared<std::atomic<int>>(0)](const testkit::UpstreamRequest&) {
    return ++*served == 1 ? Answer::of(503) : Answer::json("[1]");
  });
  const auto outcome = world.prewarm({"once", "news", "--log-level", "debug", "--log-format", "json"});
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  CHECK(members(outcome.err, "fetch.attempt", "attempt") == Strings{"1", "2"});
  CHECK(members(outcome.err, "fetch.attempt", "status") == Strings{"503", "200"});
  CHECK(members(outcome.err, "fetch.attempt", "schedule") == Strings{"news", "news"});
  CHECK(members(outcome.err, "fetch.attempt", "duration_ms").size() == 2);
  CHECK(members(outcome.err, "fetch.attempt", "retry_in_ms").size() == 1);
  const std::string shown = world.upstream.url("/a/") + "${PATH_SECRET}";
  CHECK(members(outcome.err, "fetch.attempt", "url") == Strings{shown, shown});
  CHECK(members(outcome.err, "fetch.attempt", "level") == Strings{"debug", "debug"});
  CHECK(members(outcome.err, "store.connected", "store") == Strings{redis.unix_url() + "?db=0"});
  CHECK(members(outcome.err, "heartbeat.sent", "kind") == Strings{"start", "success"});
  CHECK(members(outcome.err, "heartbeat.sent", "status") == Strings{"200", "200"});
  CHECK((outcome.err + outcome.out).find("canary") == std::string::npos);
}

TEST_CASE("an attempt that got no answer has the code of what went wrong") {
  World world;
  secret_schedule(world);
  world.upstream.otherwise([](const testkit::UpstreamRequest&) {
    return Answer::json("[1,2,3]").cut_body(3, testkit::Ending::reset);
  });
  const auto outcome = world.prewarm({"once", "news", "--log-level", "debug", "--log-format", "json"});
  INFO(outcome.err);
  CHECK(members(outcome.err, "fetch.attempt", "code") == Strings{"PW521", "PW521"});
  CHECK(members(outcome.err, "fetch.attempt", "status").empty());
  CHECK((outcome.err + outcome.out).find("canary") == std::string::npos);
}

TEST_CASE("without debug there are no such lines") {
  World world;
  secret_schedule(world);
  world.upstream.otherwise([](const testkit::UpstreamRequest&) { return Answer::json("[1]"); });
  const auto outcome = world.prewarm({"once", "news", "--log-format", "json"});
  CHECK(outcome.exit_code == 0);
  for (const char* event : {"fetch.attempt", "store.connected", "heartbeat.sent"})
    CHECK(members(outcome.err, event, "msg").empty());
}
