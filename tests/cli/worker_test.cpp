// SPDX-License-Identifier: Apache-2.0
// `prewarm run` as a process: slots, warming at start, shutdown.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <set>
#include <thread>

#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using Strings = std::vector<std::string>;

namespace {

void every_second(const World& world, const std::string& name, const std::string& timeout = "1s",
                  const std::string& overlap = "skip") {
  world.schedule(name, R"({"schedule":"@every 1s","overlap":")" + overlap + R"(","timeout":")" + timeout +
                           R"(","fetch":{"retries":0,"url":")" + world.upstream.url("/" + name) +
                           R"("},"store":{"version":1,"ttl":"1h"},"heartbeat":")" +
                           world.sink.url("/" + name) + R"(","allow":["PW226","PW233"]})");
}

}  // namespace

TEST_CASE("the worker runs each slot once, on time, and stops with exit 0 on SIGTERM") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  every_second(world, "news");
  world.upstream.on("/news", Answer::json("[1]"));
  testkit::Process worker(world.command({"run", "--warm-on-start", "none"}));
  world.upstream.wait_for_request(4, "/news");
  worker.signal(SIGTERM);
  const auto outcome = worker.wait();
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  const auto slots = members(outcome.err, "run.ended", "slot");
  CHECK(slots.size() >= 4);
  CHECK(std::set<std::string>(slots.begin(), slots.end()).size() == slots.size());
  for (const auto& lag : members(outcome.err, "run.ended", "lag_ms")) CHECK(std::stoll(lag) <= 250);
  CHECK(members(outcome.err, "worker.stopped", "msg").size() == 1);
  CHECK(redis.value("news:production:v1").has_value());
}

TEST_CASE("the worker warms at start what is missing, and leaves alone what is fresh") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("fresh", 1);
  world.simple("missing", 1);
  world.upstream.otherwise([](const testkit::UpstreamRequest&) { return Answer::json("[1]"); });
  REQUIRE(world.prewarm({"once", "fresh"}).exit_code == 0);
  testkit::Process worker(world.command({"run"}));
  world.upstream.wait_for_request(1, "/missing");
  CHECK(worker.wait_for_line("\"run.ended\"").has_value());
  worker.signal(SIGINT);
  const auto outcome = worker.wait();
  CHECK(outcome.exit_code == 0);
  CHECK(members(outcome.err, "run.ended", "trigger") == Strings{"start"});
  CHECK(world.upstream.requests("/fresh").size() == 1);
}

TEST_CASE("SIGTERM in a run lets it end within the drain time and its ping still goes out") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 1);
  world.upstream.on("/news", Answer::json("[1]").delay(std::chrono::milliseconds(500)));
  testkit::Process worker(world.command({"run"}));
  world.upstream.wait_for_request(1, "/news");
  worker.signal(SIGTERM);
  const auto outcome = worker.wait();
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(members(outcome.err, "run.ended", "outcome") == Strings{"verified"});
  CHECK(world.pings() == Strings{"/news/start", "/news"});
}

TEST_CASE("a run that outlives the drain time is abandoned, reported and alarmed") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 1);
  world.upstream.on("/news", Answer::json("[1]").cut_body(0, testkit::Ending::stall));
  testkit::Process worker(world.command({"run", "--drain", "300ms"}));
  world.upstream.wait_for_request(1, "/news");
  worker.signal(SIGTERM);
  const auto outcome = worker.wait();
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(members(outcome.err, "run.ended", "outcome") == Strings{"cancelled"});
  CHECK(world.pings() == Strings{"/news/start", "/news/fail"});
  CHECK_FALSE(redis.value("news:production:v1").has_value());
}

TEST_CASE("a slot that waits for its schedule's run is reported as cancelled when the worker stops") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  every_second(world, "news", "30s", "queue-one");
  world.upstream.on("/news", Answer::json("[1]").cut_body(0, testkit::Ending::stall));
  testkit::Process worker(world.command({"run", "--warm-on-start", "none", "--drain", "300ms"}));
  REQUIRE(worker.wait_for_line("\"overlapped\"").has_value());  // one runs, one waits, one is too many
  worker.signal(SIGTERM);
  const auto outcome = worker.wait();
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  auto outcomes = members(outcome.err, "run.ended", "outcome");
  CHECK(std::count(outcomes.begin(), outcomes.end(), "cancelled") == 2);
  const auto told = members(outcome.err, "run.ended", "slot");
  const std::set<std::string> slots(told.begin(), told.end());
  CHECK(slots.size() == told.size());
  CHECK(world.pings() == Strings{"/news/start", "/news/fail"});
}

TEST_CASE(
    "a store that hangs is left behind when the drain time is over, and the run is reported and alarmed") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 1);
  world.upstream.on("/news", Answer::json("[1]").delay(std::chrono::milliseconds(300)));
  testkit::Process worker(world.command({"run", "--drain", "2s"}));
  world.upstream.wait_for_request(1, "/news");
  redis.pause();
  const auto start = std::chrono::steady_clock::now();
  worker.signal(SIGTERM);
  const auto outcome = worker.wait();
  const auto took = std::chrono::steady_clock::now() - start;
  redis.resume();
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(took < std::chrono::seconds(4));  // the drain time, and a slow machine
  CHECK(members(outcome.err, "run.ended", "outcome") == Strings{"cancelled"});
  CHECK(members(outcome.err, "worker.stopped", "msg").size() == 1);
  CHECK(world.pings() == Strings{"/news/start", "/news/fail"});
}

TEST_CASE("a run that hangs before its start was told is given up without an alarm") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  every_second(world, "news", "30s");
  world.upstream.on("/news", Answer::json("[1]"));
  testkit::Process worker(world.command({"run", "--drain", "1s"}));
  REQUIRE(worker.wait_for_line("\"run.ended\"").has_value());
  redis.pause();
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  worker.signal(SIGTERM);
  const auto outcome = worker.wait();
  redis.resume();
  INFO(outcome.err);
  const auto outcomes = members(outcome.err, "run.ended", "outcome");
  REQUIRE(!outcomes.empty());
  CHECK(outcomes.back() == "cancelled");
  for (const auto& ping : world.pings()) CHECK(ping != "/news/fail");
}

TEST_CASE("a second signal ends the worker at once") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 1);
  world.upstream.on("/news", Answer::json("[1]").cut_body(0, testkit::Ending::stall));
  testkit::Process worker(world.command({"run"}));
  world.upstream.wait_for_request(1, "/news");
  worker.signal(SIGTERM);
  REQUIRE(worker.wait_for_line("worker.stopping").has_value());
  worker.signal(SIGTERM);
  CHECK(worker.wait().exit_code == 143);
}

TEST_CASE("once stops on SIGINT with 130 and says what was cancelled") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 1);
  world.upstream.on("/news", Answer::json("[1]").cut_body(0, testkit::Ending::stall));
  testkit::Process once(world.command({"once", "news"}));
  world.upstream.wait_for_request(1, "/news");
  once.signal(SIGINT);
  const auto outcome = once.wait();
  CHECK(outcome.exit_code == 130);
  CHECK(members(outcome.err, "run.ended", "outcome") == Strings{"cancelled"});
  CHECK(world.pings() == Strings{"/news/start", "/news/fail"});
}

TEST_CASE("a store that is down fails the runs with its own reason, and they recover with it") {
  World world;
  testkit::RedisServer redis;
  world.use(redis);
  every_second(world, "news");
  world.upstream.on("/news", Answer::json("[1]"));
  redis.kill();
  testkit::Process worker(world.command({"run", "--warm-on-start", "none"}));
  CHECK(worker.wait_for_line("store.down").has_value());
  CHECK(worker.wait_for_line("store_failed").has_value());
  redis.start();
  CHECK(worker.wait_for_line("\"outcome\":\"verified\"").has_value());
  CHECK(worker.wait_for_line("store.up").has_value());
  worker.signal(SIGTERM);
  CHECK(worker.wait().exit_code == 0);
}

TEST_CASE("a store that refuses the login ends the worker with 4 and alarms") {
  World world;
  testkit::RedisSettings settings;
  settings.password = "right";
  const testkit::RedisServer redis(settings);
  world.use(redis);
  world.env["PREWARM_STORE_PASSWORD"] = "wrong";
  world.simple("news", 1);
  const auto outcome = world.prewarm({"run"});
  INFO(outcome.err);
  CHECK(outcome.exit_code == 4);
  CHECK(outcome.err.find("PW702") != std::string::npos);
  CHECK(outcome.err.find("wrong") == std::string::npos);
  CHECK(world.pings() == Strings{"/news/fail"});
}

TEST_CASE(
    "a store that lets the worker in but refuses it the keys of its schedules ends it with 4 and alarms") {
  World world;
  testkit::RedisSettings settings;
  settings.users = {"bob on >pw ~prewarm:* +@all"};
  const testkit::RedisServer redis(settings);
  world.use(redis);
  world.env["PREWARM_STORE_USER"] = "bob";
  world.env["PREWARM_STORE_PASSWORD"] = "pw";
  world.simple("news", 1);
  const auto outcome = testkit::run(world.command({"run"}), std::chrono::seconds(15));
  INFO(outcome.err);
  CHECK(outcome.exit_code == 4);
  CHECK(outcome.err.find("PW702") != std::string::npos);
  CHECK(world.pings() == Strings{"/news/fail"});
  CHECK(world.upstream.requests("/news").empty());
}
