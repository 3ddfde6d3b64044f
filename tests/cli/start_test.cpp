// SPDX-License-Identifier: Apache-2.0
// How commands begin: which secrets they need, how a start that fails is told, and a stop while it still
// begins.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using Strings = std::vector<std::string>;

namespace {

void with_secret(const World& world, const std::string& name) {
  world.schedule(name, R"({"schedule":"@hourly","fetch":{"url":")" + world.upstream.url("/" + name) +
                           R"(","headers":{"x-token":"${TOKEN_OF_)" + std::string(1, char(name[0] - 32)) +
                           R"(}"}},"store":{"version":1},"heartbeat":")" + world.sink.url("/" + name) +
                           R"("})");
}

bool all_json(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (!nlohmann::json::parse(line, nullptr, false).is_object()) return false;
  return !text.empty();
}

}  // namespace

TEST_CASE("once needs the secrets of the schedules it names, run and --all those of all") {
  World world;
  with_secret(world, "alpha");
  with_secret(world, "beta");
  world.upstream.otherwise([](const testkit::UpstreamRequest&) { return Answer::json("[1]"); });
  world.env["TOKEN_OF_A"] = "a-secret";
  CHECK(world.prewarm({"once", "alpha"}).exit_code == 0);
  for (const auto& arguments : {Strings{"once", "beta"}, Strings{"once", "--all"}, Strings{"run"}}) {
    const auto refused = world.prewarm(arguments);
    INFO(refused.err);
    CHECK(refused.exit_code == 2);
    CHECK(refused.err.find("TOKEN_OF_B") != std::string::npos);
  }
}

TEST_CASE("reading a value and listing slots need no secret") {
  World world;
  with_secret(world, "alpha");
  world.upstream.otherwise([](const testkit::UpstreamRequest&) { return Answer::json("[1]"); });
  world.env["TOKEN_OF_A"] = "a-secret";
  REQUIRE(world.prewarm({"once", "alpha"}).exit_code == 0);
  world.env.erase("TOKEN_OF_A");
  CHECK(world.prewarm({"get", "alpha", "--payload"}).out == "[1]");
  CHECK(world.prewarm({"next", "alpha"}).exit_code == 0);
}

TEST_CASE("a refused start alarms with file, place and field") {
  World world;
  world.simple("news", 1);
  world.schedule("typo",
                 R"({"scheduel":"@hourly","fetch":{"url":"http://127.0.0.1/"},"store":{"version":1}})");
  CHECK(world.prewarm({"once", "news"}).exit_code == 2);
  const auto pings = world.sink.requests("/news/fail");
  REQUIRE(pings.size() == 1);
  CHECK(pings[0].body.find("typo.jsonc:1:2 /scheduel is not a field") != std::string::npos);
}

TEST_CASE("where JSON is asked for everything that run says is JSON, also when it does not start") {
  World world;
  with_secret(world, "alpha");
  CHECK(world.prewarm({"run"}).err.find(" error PW301 /fetch/headers/x-token needs") != std::string::npos);
  world.env["PREWARM_LOG_FORMAT"] = "json";
  const auto refused = world.prewarm({"run"});
  INFO(refused.err);
  CHECK(refused.exit_code == 2);
  CHECK(all_json(refused.err));
  const auto codes = members(refused.err, "config.finding", "code");
  CHECK(std::count(codes.begin(), codes.end(), "PW301") == 1);
  CHECK(members(refused.err, "config.refused", "errors") == Strings{"1"});

  world.env["TOKEN_OF_A"] = "a-secret";
  world.upstream.otherwise([](const testkit::UpstreamRequest&) { return Answer::json("[1]"); });
  testkit::Process worker(world.command({"run"}));
  REQUIRE(worker.wait_for_line("\"run.ended\"").has_value());
  worker.signal(SIGTERM);
  const auto outcome = worker.wait();
  INFO(outcome.err);
  CHECK(all_json(outcome.err));
  CHECK(members(outcome.err, "config.loaded", "added") == Strings{"1"});
}

TEST_CASE("a worker that still looks for its store stops at once on SIGTERM") {
  World world;
  world.simple("news", 1);
  const testkit::RedisServer redis;
  world.use(redis);
  redis.pause();
  testkit::Process worker(world.command({"run"}));
  REQUIRE(worker.wait_for_line("worker.started").has_value());
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const auto start = std::chrono::steady_clock::now();
  worker.signal(SIGTERM);
  const auto outcome = worker.wait();
  redis.resume();
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
  CHECK(members(outcome.err, "worker.stopped", "msg") == Strings{"stopped before the first run"});
}

TEST_CASE("for people the start table comes right behind the target, and the log behind the table") {
  World world;
  world.simple("news", 1);
  world.upstream.on("/news", Answer::json("[1]"));
  for (const bool store_is_up : {true, false}) {
    if (!store_is_up) world.env["PREWARM_STORE"] = "redis://127.0.0.1:1/0";
    testkit::Process worker(world.command({"run", "--log-format", "human", "--drain", "1s"}));
    REQUIRE(worker.wait_for_line("waiting for slots").has_value());
    worker.signal(SIGTERM);
    const std::string told = worker.wait().err;
    INFO(told);
    CHECK(told.rfind("target: production on ", 0) == 0);
    CHECK(told.find("prewarm 0.1.0  worker ") == told.find('\n') + 1);
    const auto table_end = told.find("1 schedule, 0 errors, 0 warnings\n");
    REQUIRE(table_end != std::string::npos);
    CHECK(told.find("prewarm 0.1.0 started") > table_end);
    CHECK(told.find("prewarm 0.1.0 started") != std::string::npos);
    if (!store_is_up) CHECK(told.find("store.down") != std::string::npos);
  }
}

TEST_CASE("a stop before the start table leaves out no line of the log") {
  World world;
  world.simple("news", 1);
  const testkit::RedisServer redis;
  world.use(redis);
  redis.pause();
  testkit::Process worker(world.command({"run", "--log-format", "human"}));
  REQUIRE(worker.wait_for_line("target: ").has_value());
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  worker.signal(SIGTERM);
  const auto outcome = worker.wait();
  redis.resume();
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  for (const char* part :
       {"prewarm 0.1.0 started", "the schedules are loaded", "stopped before the first run"})
    CHECK(outcome.err.find(part) != std::string::npos);
}
