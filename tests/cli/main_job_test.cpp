// SPDX-License-Identifier: Apache-2.0
// The main job on the built program: a real upstream, a real Redis or SQLite file, a real heartbeat sink.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <nlohmann/json.hpp>

#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using Strings = std::vector<std::string>;

TEST_CASE("once replaces a bare [] of a stale worker by a verified envelope and says so once") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("user-listens", 2);
  world.upstream.on("/user-listens", Answer::json(R"([{"title":"Jóga"}])"));
  redis.command({"SET", "user-listens:production:v2", "[]"});

  const auto outcome = world.prewarm({"once", "user-listens"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 0);
  const auto value = redis.value("user-listens:production:v2");
  REQUIRE(value.has_value());
  const auto envelope = nlohmann::json::parse(*value);
  CHECK(envelope.at("version") == 2);
  CHECK(envelope.at("payload").dump() == R"([{"title":"Jóga"}])");
  const auto ttl = redis.ttl_ms("user-listens:production:v2");
  CHECK(ttl > 890'000);
  CHECK(ttl <= 900'000);
  CHECK(members(outcome.err, "value.sighted", "class") == Strings{"legacy"});
  CHECK(members(outcome.err, "value.sighted", "code") == Strings{"PW720"});
  CHECK(members(outcome.err, "run.ended", "outcome") == Strings{"verified"});
  CHECK(members(outcome.err, "run.ended", "found") == Strings{"legacy"});
  CHECK(world.pings() == Strings{"/user-listens/start", "/user-listens"});
  const auto stats = redis.command({"INFO", "commandstats"}).text;
  for (const char* other : {"cmdstat_expire:", "cmdstat_pexpire:", "cmdstat_del:", "cmdstat_unlink:"})
    CHECK(stats.find(other) == std::string::npos);
}

TEST_CASE("a second run meets its own value and warns of nothing") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 1);
  world.upstream.on("/news", Answer::json("[1]"));
  REQUIRE(world.prewarm({"once", "news"}).exit_code == 0);
  const auto outcome = world.prewarm({"once", "news"});
  CHECK(outcome.exit_code == 0);
  CHECK(members(outcome.err, "value.sighted", "class").empty());
  CHECK(members(outcome.err, "run.ended", "found") == Strings{"current"});
}

TEST_CASE("the time since our own last write stands in the warning about a stranger") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 1);
  world.upstream.on("/news", Answer::json("[1]"));
  REQUIRE(world.prewarm({"once", "news"}).exit_code == 0);
  redis.command({"SET", "news:production:v1", "[]"});
  const auto outcome = world.prewarm({"once", "news"});
  CHECK(outcome.exit_code == 0);
  const auto since = members(outcome.err, "value.sighted", "since_write_ms");
  REQUIRE(since.size() == 1);
  CHECK(std::stoll(since[0]) >= 0);
  CHECK(std::stoll(since[0]) < 60'000);
}

TEST_CASE("the value is stored on SQLite and shown by get") {
  World world;
  world.simple("news", 1);
  world.upstream.on("/news", Answer::json(" {\"big\": 123456789012345678901234567890, \"a\": 1.0} \n"));
  const auto outcome = world.prewarm({"once", "news"});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.exit_code == 0);
  CHECK(outcome.err.find("target: production on sqlite:") != std::string::npos);
  const auto payload = world.prewarm({"get", "news", "--payload"});
  CHECK(payload.out == "{\"big\": 123456789012345678901234567890, \"a\": 1.0}");
  const auto value = world.prewarm({"get", "news"});
  CHECK(world.prewarm({"classify", "--expect-version", "1"}, value.out).out == "current\n");
  CHECK(world.prewarm({"get", "news", "--pointer", "/a"}).out == "1.0");
}

TEST_CASE("a newer version at the key stops the run, touches nothing and alarms") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 2);
  world.upstream.on("/news", Answer::json("[1]"));
  const std::string newer = R"({"version":3,"lastUpdated":"2026-01-01T00:00:00.000Z","payload":[9]})";
  redis.command({"SET", "news:production:v2", newer, "PX", "500000"});
  const auto outcome = world.prewarm({"once", "news"});
  CHECK(outcome.exit_code == 12);
  CHECK(redis.value("news:production:v2") == newer);
  CHECK(members(outcome.err, "run.ended", "code") == Strings{"PW711"});
  CHECK(world.pings() == Strings{"/news/start", "/news/fail"});
}

TEST_CASE("a missing secret stops the start, is named, and alarms before anything is fetched") {
  World world;
  world.schedule(
      "news",
      R"({"schedule":"@hourly","fetch":{"url":")" + world.upstream.url("/news") +
          R"(","headers":{"authorization":"Bearer ${NEWS_TOKEN}"}},"store":{"version":1},"heartbeat":")" +
          world.sink.url("/news") + R"("})");
  const auto outcome = world.prewarm({"once", "news"});
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err.find("PW301") != std::string::npos);
  CHECK(outcome.err.find("NEWS_TOKEN") != std::string::npos);
  CHECK(world.upstream.requests().empty());
  CHECK(world.pings() == Strings{"/news/fail"});
}

TEST_CASE("a worker that does not know its environment does not start") {
  World world;
  world.simple("recent-listens", 3);
  world.env.erase("PREWARM_ENV");
  for (const char* command : {"run", "check"}) {
    const auto outcome = world.prewarm({command});
    INFO(outcome.out << outcome.err);
    CHECK(outcome.exit_code == 2);
    CHECK((outcome.err + outcome.out).find("PW310") != std::string::npos);
  }
  CHECK(world.prewarm({"run"}).err.find("(recent-listens:ENV:v3)") != std::string::npos);
}

TEST_CASE("two environments share one server and never meet") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 1);
  world.upstream.on("/news", {Answer::json("[\"production\"]"), Answer::json("[\"staging\"]")});
  REQUIRE(world.prewarm({"once", "news", "--env", "production"}).exit_code == 0);
  REQUIRE(world.prewarm({"once", "news", "--env", "staging"}).exit_code == 0);
  CHECK(world.prewarm({"get", "news", "--env", "production", "--payload"}).out == "[\"production\"]");
  CHECK(world.prewarm({"get", "news", "--env", "staging", "--payload"}).out == "[\"staging\"]");
}

TEST_CASE("a dry run writes nothing and pings nobody") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 1);
  world.upstream.on("/news", Answer::json("[1]"));
  const auto outcome = world.prewarm({"once", "news", "--dry-run"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK_FALSE(redis.value("news:production:v1").has_value());
  CHECK(world.pings().empty());
}

TEST_CASE("a secret of a schedule reaches the upstream and nothing else") {
  World world;
  const std::string canary = "canary-7f3d91";
  world.env["NEWS_TOKEN"] = canary;
  world.schedule("news",
                 R"({"schedule":"@hourly","fetch":{"retries":0,"url":")" +
                     world.upstream.url("/${NEWS_TOKEN}/news") +
                     R"(","query":{"api_key":"${NEWS_TOKEN}"},"headers":{"x-api-key":"${NEWS_TOKEN}"}},)"
                     R"("store":{"version":1},"heartbeat":")" +
                     world.sink.url("/${NEWS_TOKEN}") + R"("})");
  world.upstream.on("/" + canary + "/news",
                    {Answer::json("[1]"), Answer::of(503), Answer::of(401), Answer::of(302)});
  for (int round = 0; round < 4; ++round) {
    const auto outcome = world.prewarm({"once", "news", "-v", "--json"});
    INFO(outcome.out << outcome.err);
    CHECK((outcome.out + outcome.err).find(canary) == std::string::npos);
  }
  REQUIRE(world.upstream.requests().size() == 4);
  CHECK(world.upstream.requests()[0].header("x-api-key") == canary);
  CHECK(testkit::read_file(world.dir / "cache.db").find(canary) == std::string::npos);
}
