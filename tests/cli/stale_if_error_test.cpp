// SPDX-License-Identifier: Apache-2.0
// store.staleIfError: a failed run lets the last good value live longer, and changes nothing else of it.
#include <catch2/catch_test_macros.hpp>

#include "cli/world.hpp"
#include "prewarm/envelope/envelope.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using Strings = std::vector<std::string>;

namespace {

const std::string kKey = "news:production:v2";
constexpr std::int64_t kDay = 86'400'000;

struct Failing : World {
  testkit::RedisServer redis;

  explicit Failing(const std::string& limit = R"("staleIfError":"1d",)") {
    use(redis);
    schedule("news", R"({"schedule":"*/5 * * * *","fetch":{"url":")" + upstream.url("/news") +
                         R"(","retries":0},"store":{)" + limit + R"("ttl":"1h","version":2}})");
    upstream.on("/news", Answer::json("[1]"));
  }
  int once() const { return prewarm({"once", "news"}).exit_code.value_or(-1); }
  void fail() { upstream.on("/news", Answer::of(503)); }
};

}  // namespace

TEST_CASE("a failed run lets the value live until it is as old as staleIfError") {
  Failing world;
  REQUIRE(world.once() == 0);
  const auto value = world.redis.value(kKey);
  CHECK(world.redis.ttl_ms(kKey) <= 3'600'000);
  world.fail();
  CHECK(world.once() == 1);
  CHECK(world.redis.value(kKey) == value);
  CHECK(world.redis.ttl_ms(kKey) > kDay - 60'000);
  CHECK(world.redis.ttl_ms(kKey) <= kDay);
  CHECK(world.once() == 1);  // not a day from now each time
  CHECK(world.redis.ttl_ms(kKey) <= kDay);
  const auto report = world.prewarm({"once", "news", "--json"});
  CHECK(std::stoll(members(report.out, "run", "cold_in_s").at(0)) > kDay / 1000 - 60);
}

TEST_CASE("a refused answer lets the value live longer too; a good one sets its life anew") {
  Failing world;
  REQUIRE(world.once() == 0);
  world.upstream.on("/news", Answer::json("[]"));
  CHECK(world.once() == 7);
  CHECK(world.redis.ttl_ms(kKey) > kDay - 60'000);
  world.upstream.on("/news", Answer::json("[2]"));
  REQUIRE(world.once() == 0);
  CHECK(world.redis.ttl_ms(kKey) <= 3'600'000);
}

TEST_CASE("no life is shortened, none without an end gets one, and nothing foreign is touched") {
  Failing world;
  REQUIRE(world.once() == 0);
  const std::string ours = *world.redis.value(kKey);
  world.fail();
  world.redis.command({"PEXPIRE", kKey, std::to_string(3 * kDay)});
  CHECK(world.once() == 1);
  CHECK(world.redis.ttl_ms(kKey) > 2 * kDay);
  world.redis.command({"PERSIST", kKey});
  CHECK(world.once() == 1);
  CHECK(world.redis.ttl_ms(kKey) == -1);
  world.redis.command({"SET", kKey, "[]", "PX", "60000"});
  CHECK(world.once() == 1);
  CHECK(world.redis.ttl_ms(kKey) <= 60'000);
  CHECK(world.redis.value(kKey) == "[]");
  world.redis.command({"DEL", kKey});
  CHECK(world.once() == 1);
  CHECK(world.redis.ttl_ms(kKey) == -2);
}

TEST_CASE("a value that is older than staleIfError gets no longer life") {
  Failing world;
  const std::string old = envelope::seal(2, make_system_clock()->wall_now() - Millis(2 * kDay), "[1]");
  world.redis.command({"SET", kKey, old, "PX", "60000"});
  world.fail();
  CHECK(world.once() == 1);
  CHECK(world.redis.ttl_ms(kKey) <= 60'000);
  CHECK(world.redis.value(kKey) == old);
}

TEST_CASE("without staleIfError, and in a dry run, a failure lengthens nothing") {
  Failing world("");
  REQUIRE(world.once() == 0);
  world.fail();
  CHECK(world.once() == 1);
  CHECK(world.redis.ttl_ms(kKey) <= 3'600'000);
  Failing dry;
  REQUIRE(dry.once() == 0);
  dry.fail();
  CHECK(dry.prewarm({"once", "news", "--dry-run"}).exit_code == 1);
  CHECK(dry.redis.ttl_ms(kKey) <= 3'600'000);
}

TEST_CASE("SQLite lengthens a life too") {
  Failing world;
  world.env["PREWARM_STORE"] = "sqlite:" + (world.dir / "prewarm.db").string();
  REQUIRE(world.once() == 0);
  world.fail();
  const auto report = world.prewarm({"once", "news", "--json"});
  CHECK(std::stoll(members(report.out, "run", "cold_in_s").at(0)) > kDay / 1000 - 60);
}

TEST_CASE("a key that is filled from the record is found again by what was written last") {
  Failing world;
  world.schedule("news", R"({"schedule":"*/5 * * * *","fetch":{"url":")" + world.upstream.url("/news") +
                             R"(","retries":0},"store":{"staleIfError":"1d","ttl":"1h","version":2,)"
                             R"("keys":["news:{env}:{/name}:v{version}","also:{env}:{/name}:v{version}"]}})");
  world.upstream.on("/news", Answer::json(R"({"name":"ann"})"));
  REQUIRE(world.once() == 0);
  world.fail();
  CHECK(world.once() == 1);
  for (const char* key : {"news:production:ann:v2", "also:production:ann:v2"})
    CHECK(world.redis.ttl_ms(key) > kDay - 60'000);
}
