// SPDX-License-Identifier: Apache-2.0
// SIGKILL at any moment leaves the old or the new whole envelope, on both stores.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;

namespace {

constexpr int kKills = 50;  // on each store

// Payloads of several pages, so that a torn write would show.
std::string payload(int round) {
  return "[\"" + std::string(40'000, static_cast<char>('a' + round % 26)) + "\"]";
}

std::uint64_t next_random(std::uint64_t& state) {
  state = state * 6364136223846793005ULL + 1442695040888963407ULL;
  return state >> 33U;
}

}  // namespace

TEST_CASE("a run killed at any moment leaves the old or the new whole envelope") {
  const bool on_redis = GENERATE(true, false);
  World world;
  const testkit::RedisServer redis;
  if (on_redis) world.use(redis);
  world.simple("news", 1);
  world.upstream.on("/news", Answer::json(payload(0)));
  const auto first = world.prewarm({"once", "news"});
  REQUIRE(first.exit_code == 0);
  std::string stored = payload(0);
  std::uint64_t seed = 20261121;
  int changed = 0;
  for (int round = 1; round <= kKills; ++round) {
    world.upstream.on("/news", Answer::json(payload(round)));
    testkit::Process process(world.command({"once", "news"}));
    const auto span = static_cast<std::uint64_t>(first.duration.count()) * 5 / 4;
    process.kill_at(std::chrono::nanoseconds(next_random(seed) % span));
    const auto read = world.prewarm({"get", "news", "--payload"});
    INFO("round " << round << " on " << (on_redis ? "redis" : "sqlite") << read.err);
    REQUIRE(read.exit_code == 0);
    const bool is_new = read.out == payload(round);
    const bool is_old = read.out == stored;
    REQUIRE((is_new || is_old));
    if (is_new) stored = payload(round);
    changed += is_new ? 1 : 0;
  }
  CHECK(changed > 0);       // some kills came late enough
  CHECK(changed < kKills);  // and some early enough
  CHECK(world.prewarm({"once", "news"}).exit_code == 0);
}
