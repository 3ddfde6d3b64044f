// SPDX-License-Identifier: Apache-2.0
// Another process writes between our SET and our GET.
#include <catch2/catch_test_macros.hpp>

#include "cli/intruder.hpp"
#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using Strings = std::vector<std::string>;

namespace {

struct Struck {
  World world;
  testkit::RedisServer redis;
  testkit::Finished outcome;
  int strikes = 0;

  explicit Struck(const std::vector<std::string>& command) {
    world.simple("news", 2);
    world.upstream.on("/news", Answer::json("[1,2,3]"));
    const Intruder intruder(redis.socket_path(), "news:production:v2", [&] { redis.command(command); });
    world.env["PREWARM_STORE"] = intruder.url();
    outcome = world.prewarm({"once", "news"});
    strikes = intruder.strikes();
  }
};

}  // namespace

TEST_CASE(
    "a value overwritten between write and read-back is verify_failed, exit 6, and no success is told") {
  const Struck struck({"SET", "news:production:v2", "[]"});
  INFO(struck.outcome.err);
  REQUIRE(struck.strikes == 1);
  CHECK(struck.outcome.exit_code == 6);
  CHECK(members(struck.outcome.err, "run.ended", "outcome") == Strings{"verify_failed"});
  CHECK(members(struck.outcome.err, "run.ended", "code") == Strings{"PW730"});
  CHECK(members(struck.outcome.err, "value.sighted", "class") == Strings{"legacy"});
  CHECK(struck.world.pings() == Strings{"/news/start", "/news/fail"});
}

TEST_CASE("a value deleted between write and read-back is verify_failed as vanished") {
  const Struck struck({"DEL", "news:production:v2"});
  INFO(struck.outcome.err);
  REQUIRE(struck.strikes == 1);
  CHECK(struck.outcome.exit_code == 6);
  CHECK(members(struck.outcome.err, "run.ended", "code") == Strings{"PW731"});
}

TEST_CASE("a head far ahead of the store's clock at the read-back is a stranger, not a later write") {
  const Struck struck({"SET", "news:production:v2",
                       R"({"version":2,"lastUpdated":"2199-01-01T00:00:00.000Z","payload":[9]})"});
  INFO(struck.outcome.err);
  REQUIRE(struck.strikes == 1);
  CHECK(struck.outcome.exit_code == 6);
  CHECK(members(struck.outcome.err, "value.sighted", "class") == Strings{"foreign"});
}

TEST_CASE("a newer version between our write and its read-back stops the run") {
  const Struck struck({"SET", "news:production:v2",
                       R"({"version":3,"lastUpdated":"2026-01-01T00:00:00.000Z","payload":[9]})"});
  INFO(struck.outcome.err);
  REQUIRE(struck.strikes == 1);
  CHECK(struck.outcome.exit_code == 12);
  CHECK(struck.world.pings() == Strings{"/news/start", "/news/fail"});
}
