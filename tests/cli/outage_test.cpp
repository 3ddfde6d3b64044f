// SPDX-License-Identifier: Apache-2.0
// What the built program says while the upstream or the store is away: at once, and nothing it has not seen.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>

#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using Strings = std::vector<std::string>;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("an upstream that fails over an empty key: the run says that nothing is stored, and since when") {
  World world;
  const testkit::RedisServer redis;
  const bool in_redis = GENERATE(true, false);
  if (in_redis) world.use(redis);
  world.simple("news", 1);
  world.upstream.on("/news", Answer::of(503));
  const auto never = world.prewarm({"once", "news"});
  CHECK(holds(never.out, "PW530 http_5xx: 503 from 127.0.0.1; nothing is stored\n"));
  CHECK(members(world.prewarm({"once", "news", "--json"}).out, "run", "found") == Strings{"absent"});
  if (!in_redis) return;
  world.upstream.on("/news", Answer::json("[1]"));
  REQUIRE(world.prewarm({"once", "news"}).exit_code == 0);
  world.upstream.on("/news", Answer::of(503));
  // As if its TTL had ended in the winter: the value gone, the ledger's record still there.
  const std::string key = "prewarm:production:schedule:news:v1", member = R"("expires_at":")";
  std::string record = redis.value(key).value();
  record.replace(record.find(member) + member.size(), 24, "2026-01-01T06:24:00.000Z");
  redis.command({"SET", key, record});
  redis.command({"DEL", "news:production:v1"});
  const auto cold = world.prewarm({"once", "news", "--json", "--log-format", "json"});
  INFO(cold.err);
  CHECK(members(cold.out, "run", "found") == Strings{"absent"});
  CHECK(members(cold.out, "run", "cold_in_s") == Strings{"0"});
  CHECK(members(cold.out, "run", "cold_since") == Strings{"2026-01-01T06:24:00.000Z"});
  CHECK(holds(members(cold.err, "run.ended", "msg").at(0),
              "; readers find nothing since 2026-01-01T06:24:00Z"));
  CHECK(
      world.sink.requests().back().body ==
      "upstream_failed http_5xx PW530: 503 from 127.0.0.1; readers find nothing since 2026-01-01T06:24:00Z");
}

TEST_CASE(
    "a file that cannot be opened fails the run before its fetch, and nothing is claimed of the value") {
  World world;
  world.simple("news", 1);
  world.upstream.on("/news", Answer::json("[1]"));
  const std::string file = (world.dir / "none" / "x.db").string();
  for (const Strings& more : {Strings{}, Strings{"--dry-run"}}) {
    Strings arguments{"once", "news", "--json", "--store", "sqlite:" + file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto outcome = world.prewarm(arguments);
    INFO(outcome.err);
    CHECK(outcome.exit_code == 5);
    CHECK(members(outcome.out, "run", "code") == Strings{"PW701"});
    CHECK(members(outcome.out, "run", "found").empty());
    CHECK_FALSE(holds(outcome.err, "nothing is stored"));
  }
  CHECK(world.upstream.requests("/news").empty());
  CHECK(world.pings() == Strings{"/news/fail"});
  const auto get = world.prewarm({"get", "news", "--store", "sqlite:" + file});
  CHECK(get.exit_code == 5);
  CHECK_FALSE(std::filesystem::exists(world.dir / "none"));
  const auto dry =
      world.prewarm({"once", "news", "--dry-run", "--store", "sqlite:" + (world.dir / "x.db").string()});
  CHECK(dry.exit_code == 0);
  CHECK_FALSE(std::filesystem::exists(world.dir / "x.db"));
}

TEST_CASE("a store that refuses connections is told at the first attempt, not when the run is given up") {
  World world;
  testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 1, R"(,"timeout":"20s")");
  world.upstream.on("/news", Answer::json("[1]"));
  redis.kill();
  const auto start = std::chrono::steady_clock::now();
  testkit::Process once(world.command({"once", "news", "--log-format", "json"}));
  REQUIRE(once.wait_for_line("store.down").has_value());
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
  redis.start();
  const auto outcome = once.wait();
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(members(outcome.err, "store.down", "code") == Strings{"PW701"});
  CHECK(members(outcome.err, "store.down", "reason") == Strings{"unreachable"});
  CHECK(members(outcome.err, "store.up", "down_s").size() == 1);
}

TEST_CASE("a store that is away when the worker starts is told once and at once, and told when it is back") {
  World world;
  testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 1);
  world.upstream.on("/news", Answer::json("[1]"));
  redis.kill();
  const auto start = std::chrono::steady_clock::now();
  testkit::Process worker(world.command({"run"}));
  REQUIRE(worker.wait_for_line("store.down").has_value());
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
  redis.start();
  REQUIRE(worker.wait_for_line("\"run.ended\"").has_value());
  worker.signal(SIGTERM);
  const auto outcome = worker.wait();
  INFO(outcome.err);
  CHECK(members(outcome.err, "run.ended", "outcome") == Strings{"verified"});
  CHECK(members(outcome.err, "store.down", "code") == Strings{"PW701"});
  CHECK(members(outcome.err, "store.up", "down_s").size() == 1);
}

TEST_CASE(
    "a store that is loading its data takes connections and is still down: told once, and once when it is "
    "back") {
  World world;
  testkit::RedisSettings settings;
  settings.config = {"enable-debug-command yes", "key-load-delay 1000",
                     "loading-process-events-interval-bytes 1024"};
  testkit::RedisServer redis(settings);
  world.use(redis);
  world.simple("news", 1, R"(,"timeout":"20s")");
  world.upstream.on("/news", Answer::json("[1]"));
  redis.command({"DEBUG", "POPULATE", "1500"});
  redis.command({"SAVE"});
  redis.kill();
  testkit::Process once(world.command({"once", "news", "--log-format", "json"}));
  REQUIRE(once.wait_for_line("store.down").has_value());
  redis.start();  // returns when all is loaded
  const auto outcome = once.wait();
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(members(outcome.err, "store.down", "code") == Strings{"PW701"});
  CHECK(members(outcome.err, "store.up", "down_s").size() == 1);
}

TEST_CASE("a store whose name nobody knows is tried until the run's deadline") {
  World world;
  world.schedule("news", R"({"schedule":"*/5 * * * *","timeout":"1s","fetch":{"timeout":"500ms","url":")" +
                             world.upstream.url("/news") + R"("},"store":{"version":1}})");
  const auto outcome = world.prewarm({"once", "news", "--json", "--store", "redis://a..b:6379/0"});
  INFO(outcome.err);
  CHECK(outcome.exit_code == 5);
  CHECK(members(outcome.out, "run", "code") == Strings{"PW701"});
  CHECK(std::stoi(members(outcome.out, "run", "duration_ms").at(0)) > 300);
  CHECK(holds(members(outcome.out, "run", "message").at(0), "Name or service not known"));
}

TEST_CASE("the last line of once carries the one failed run's cure, never the command that was run") {
  World world;
  world.simple("news", 1);
  world.simple("other", 1);
  world.upstream.on("/news", Answer::of(503));
  world.upstream.on("/other", Answer::json("[1]"));
  for (const Strings& arguments :
       {Strings{"once", "news"}, Strings{"once", "news", "--dry-run"}, Strings{"once", "other", "news"}}) {
    const auto outcome = world.prewarm(arguments);
    INFO(outcome.err);
    CHECK(holds(outcome.err, "failed.  do: see the upstream's status; the next run tries again\n"));
    CHECK_FALSE(holds(outcome.err, "do: prewarm once news --dry-run"));
  }
  CHECK(holds(world.prewarm({"once", "--all"}).err,
              "1 of 2 failed.  do: prewarm once --all --if-older-than 10m\n"));
}

TEST_CASE("a failed run's ping names owner and runbook") {
  World world;
  world.simple("news", 1, R"(,"owner":"web","runbook":"https://wiki.example.net/prewarm")");
  world.upstream.on("/news", Answer::of(503));
  CHECK(world.prewarm({"once", "news"}).exit_code == 1);
  const auto requests = world.sink.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[1].body ==
        "upstream_failed http_5xx PW530: 503 from 127.0.0.1; nothing is stored\nowner: web\nrunbook: "
        "https://wiki.example.net/prewarm");
}
