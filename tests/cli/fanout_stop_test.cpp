// SPDX-License-Identifier: Apache-2.0
// A fan-out that is stopped or killed in the middle: every key holds the old or the new value, whole.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <memory>

#include "cli/fanout_world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using Strings = std::vector<std::string>;

namespace {

constexpr int kKills = 20;

std::ptrdiff_t count_of(const std::vector<int>& editions, int edition) {
  return std::count(editions.begin(), editions.end(), edition);
}

std::uint64_t next_random(std::uint64_t& state) {
  state = state * 6364136223846793005ULL + 1442695040888963407ULL;
  return state >> 33U;
}

/// People of edition 0 in the cache, of edition 1 upstream, which answers four requests and then no more.
struct HalfWay {
  static constexpr std::size_t kIds = 1'000;
  FanoutWorld world;
  std::unique_ptr<testkit::Process> process;

  HalfWay() {
    world.api.people(kIds);
    world.experts_of(ids_up_to(kIds));
    REQUIRE(world.once().exit_code == 0);
    world.api.people(kIds, 1);
    world.api.hold_after(world.api.requests() + 4, std::make_shared<testkit::Gate>());
    process = std::make_unique<testkit::Process>(world.command({"once", "clerk-experts", "--json"}));
    REQUIRE(until([&] { return count_of(editions(world, kIds, 1), 1) > 0; }));
  }
};

}  // namespace

TEST_CASE("a fan-out stopped in the middle leaves whole keys, and the record says how far it came") {
  for (const auto& [signal, exit] : std::vector<std::pair<int, int>>{{SIGTERM, 143}, {SIGINT, 130}}) {
    HalfWay half;
    half.process->signal(signal);
    const auto outcome = half.process->wait();
    INFO(outcome.out << outcome.err);
    CHECK(outcome.exit_code == exit);
    CHECK(of_run(outcome, "outcome") == "cancelled");
    CHECK(of_run(outcome, "reason") == "shutdown");
    CHECK(of_run(outcome, "code") == "PW643");
    CHECK(of_run(outcome, "ids_requested") == std::to_string(HalfWay::kIds));
    CHECK(members(outcome.err, "run.ended", "outcome") == Strings{"cancelled"});
    const auto held = editions(half.world, HalfWay::kIds, 1);
    CHECK(count_of(held, -1) == 0);
    CHECK(count_of(held, 0) > 0);
    const std::string written = of_run(outcome, "keys_written");
    REQUIRE_FALSE(written.empty());
    CHECK(std::stoll(written) > 0);
    CHECK(std::stoll(written) <= count_of(held, 1));
  }
}

TEST_CASE("a fan-out killed at any moment leaves the old or the new whole envelope at each key") {
  constexpr std::size_t kIds = 300;
  FanoutWorld world;
  world.api.people(kIds);
  world.experts_of(ids_up_to(kIds), {{R"("batch": 100)", R"("batch": 30)"}});
  const auto first = world.once();
  REQUIRE(first.exit_code == 0);
  auto before = editions(world, kIds, 0);
  REQUIRE(count_of(before, -1) == 0);
  std::uint64_t seed = 20261126;
  int changed_rounds = 0, untouched_rounds = 0;
  for (int round = 1; round <= kKills; ++round) {
    world.api.people(kIds, round);
    testkit::Process process(world.command({"once", "clerk-experts"}));
    const auto span = static_cast<std::uint64_t>(first.duration.count()) * 5 / 4;
    process.kill_at(std::chrono::nanoseconds(next_random(seed) % span));
    const auto after = editions(world, kIds, round);
    INFO("round " << round);
    bool some_changed = false;
    for (std::size_t i = 0; i < after.size(); ++i) {
      if (after[i] != before[i] && after[i] != round) FAIL("key " << i << " holds edition " << after[i]);
      some_changed = some_changed || after[i] == round;
    }
    (some_changed ? changed_rounds : untouched_rounds) += 1;
    before = after;
  }
  CHECK(changed_rounds > 0);    // some kills came late enough
  CHECK(untouched_rounds > 0);  // and some early enough
  const auto last = world.once();
  INFO(last.out << last.err);
  CHECK(last.exit_code == 0);
  CHECK(wrong_keys(world, kIds, kKills).empty());
}

TEST_CASE("a fan-out that outlives its deadline keeps what it wrote and says what it did not") {
  constexpr std::size_t kIds = 1'000;
  FanoutWorld world;
  world.api.people(kIds);
  world.experts_of(ids_up_to(kIds), {{R"("timeout": "2m")", R"("timeout": "2s")"},
                                     {R"("timeout": "20s")", R"("timeout": "2s")"}});
  REQUIRE(world.once().exit_code == 0);
  world.api.people(kIds, 1);
  world.api.hold_after(world.api.requests() + 4, std::make_shared<testkit::Gate>());
  const auto outcome = world.once();
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 3);
  CHECK(of_run(outcome, "outcome") == "partial");
  const auto held = editions(world, kIds, 1);
  CHECK(count_of(held, -1) == 0);
  CHECK(count_of(held, 1) == std::stoll("0" + of_run(outcome, "keys_written")));
  CHECK(count_of(held, 1) >= 400);
  CHECK(world.pings() == Strings{"/experts", "/experts/fail"});
}
