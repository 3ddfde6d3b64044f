// SPDX-License-Identifier: Apache-2.0
// `get` of what is at a key but not a current value: its class, its exit, and what to do about it.
#include <catch2/catch_test_macros.hpp>

#include "cli/world.hpp"
#include "prewarm/envelope/envelope.hpp"

using namespace prewarm;
using namespace prewarm::test;
using Strings = std::vector<std::string>;

namespace {

const std::string kKey = "news:production:v2";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string envelope_ahead(Millis ahead) {
  return envelope::seal(2, make_system_clock()->wall_now() + ahead, "[1]");
}

}  // namespace

TEST_CASE("get calls an envelope more than 60 s ahead of the store's clock foreign, as a worker does") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 2);
  redis.command({"SET", kKey, envelope_ahead(std::chrono::minutes(10))});
  const auto refused = world.prewarm({"get", "news", "--max-age", "1h"});
  INFO(refused.err);
  CHECK(refused.exit_code == 1);
  CHECK(refused.out.empty());
  CHECK(has(refused.err, kKey + " holds an envelope 9m 5"));
  CHECK(has(refused.err, "s ahead of the store's clock: foreign"));
  const auto meta = world.prewarm({"get", "news", "--meta"});
  CHECK(meta.exit_code == 1);
  CHECK(meta.out.rfind(kKey + "  foreign  ", 0) == 0);
  CHECK(has(meta.out, " ahead of the store's clock"));
  CHECK(members(world.prewarm({"get", "news", "--json"}).out, "value", "found") == Strings{"foreign"});
  CHECK(world.prewarm({"get", "news", "--raw"}).out == *redis.value(kKey));
  redis.command({"SET", kKey, envelope_ahead(std::chrono::seconds(30))});
  CHECK(world.prewarm({"get", "news", "--max-age", "1h"}).exit_code == 0);
}

TEST_CASE("get that refuses a value ends with what to do, with --meta too") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 2);
  const auto absent = world.prewarm({"get", "news", "--meta"});
  CHECK(absent.exit_code == 10);
  CHECK(absent.out == kKey + "  absent\n");
  CHECK(has(absent.err, "error no value at " + kKey + ".  do: prewarm once news"));
  redis.command({"SET", kKey, "[1]"});
  const auto legacy = world.prewarm({"get", "news", "--meta"});
  CHECK(legacy.exit_code == 1);
  CHECK(legacy.out.rfind(kKey + "  legacy  ", 0) == 0);
  CHECK(has(legacy.err, "do: prewarm get news --raw shows it"));
}

TEST_CASE("get of what is no string names the store's own client, with --raw too") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 2);
  redis.command({"LPUSH", kKey, "x"});
  for (const auto& arguments : {Strings{"get", "news"}, Strings{"get", "news", "--raw"}}) {
    const auto outcome = world.prewarm(arguments);
    INFO(outcome.err);
    CHECK(outcome.exit_code == 1);
    CHECK(outcome.out.empty());
    CHECK(has(outcome.err, "do: TYPE " + kKey + " in the store's own client"));
    CHECK_FALSE(has(outcome.err, "--raw"));
  }
}

TEST_CASE("an empty string at the key is absent, and get says nothing more of it") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 2);
  redis.command({"SET", kKey, "", "PX", "100000"});
  const auto meta = world.prewarm({"get", "news", "--meta"});
  CHECK(meta.exit_code == 10);
  CHECK(meta.out == kKey + "  absent\n");
  CHECK(members(world.prewarm({"get", "news", "--json"}).out, "value", "cold_in_s").empty());
}
