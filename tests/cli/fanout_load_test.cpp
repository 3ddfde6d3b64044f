// SPDX-License-Identifier: Apache-2.0
// Many ids: the fewest requests, the limits of the API kept, and nothing lost or mixed up when it has a bad
// day.
#include <catch2/catch_test_macros.hpp>

#include "cli/fanout_world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::ClerkTrouble;
using Strings = std::vector<std::string>;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kTenThousand = 10'000, kMany = 2'500;
constexpr std::size_t kKeys = 4'500;       // 2,500 ids and 2,000 usernames
constexpr std::size_t kMostOfOneHost = 8;  // transfers at once

const std::string kFile = R"({"file":"ids.txt"})";

void write_ids(const FanoutWorld& world, std::size_t count) {
  std::string lines;
  for (const std::string& id : ids_up_to(count)) lines += id + "\n";
  world.dir.write("schedules/ids.txt", lines);
}

}  // namespace

TEST_CASE("10,000 ids are 100 requests, never more than 100 ids in one or 8 at once, and all verified") {
  FanoutWorld world;
  world.api.people(kTenThousand);
  world.api.delay(2ms);
  write_ids(world, kTenThousand);
  world.experts({{kRedisSet, kFile}});
  const auto outcome = world.once();
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.exit_code == 0);
  CHECK(of_run(outcome, "outcome") == "verified");
  CHECK(of_run(outcome, "requests") == "100");
  CHECK(of_run(outcome, "ids_requested") == std::to_string(kTenThousand));
  CHECK(of_run(outcome, "ids_returned") == std::to_string(kTenThousand));
  CHECK(of_run(outcome, "keys_written") == "18000");
  CHECK(of_run(outcome, "aliases_skipped") == "2000");
  CHECK(world.api.requests() == 100);
  CHECK(world.api.most_ids() == 100);
  CHECK(world.api.most_at_once() <= kMostOfOneHost);
  CHECK(world.api.most_at_once() > 1);
  CHECK(wrong_keys(world, kTenThousand, 0).empty());
  CHECK(members(outcome.err, "run.ended", "outcome").size() == 1);
}

TEST_CASE("429 and 500 in between cost time, but no key is lost or wrong") {
  for (const auto retry_after : {0s, 1s}) {
    FanoutWorld world;
    world.api.people(kMany, 1);
    world.api.trouble({{ClerkTrouble::Kind::rate_limited, 10, 1, retry_after},
                       {ClerkTrouble::Kind::server_error, 20},
                       {ClerkTrouble::Kind::cut, 23}});
    write_ids(world, kMany);
    world.experts({{kRedisSet, kFile}, {R"("timeout": "20s")", R"("timeout": "20s", "retries": 5)"}});
    const auto outcome = world.once();
    INFO("Retry-After " << retry_after.count() << outcome.out << outcome.err);
    CHECK(outcome.exit_code == 0);
    CHECK(of_run(outcome, "outcome") == "verified");
    CHECK(of_run(outcome, "keys_written") == std::to_string(kKeys));
    CHECK(of_run(outcome, "ids_returned") == std::to_string(kMany));
    CHECK(wrong_keys(world, kMany, 1).empty());
    // 10 and 20 are limited, 20 fails besides, 23 is cut; others may run into it while the API is closed.
    const std::size_t least = 25 + 4;
    CHECK(world.api.requests() >= least);
    CHECK(world.api.requests() <= least + (retry_after > 0s ? 2 * 24 : 0));
    CHECK(world.api.most_ids() == 100);
    CHECK(world.api.most_at_once() <= kMostOfOneHost);
    CHECK(world.pings() == Strings{"/experts"});
  }
}

TEST_CASE("the last batch may be smaller, and one id is a batch too") {
  FanoutWorld world;
  world.api.people(201);
  for (const auto& [count, requests] :
       std::vector<std::pair<std::size_t, std::size_t>>{{1, 1}, {100, 1}, {101, 2}, {201, 3}}) {
    const std::size_t before = world.api.requests();
    world.experts_of(ids_up_to(count));
    const auto outcome = world.once();
    INFO(count << " ids: " << outcome.out << outcome.err);
    CHECK(outcome.exit_code == 0);
    CHECK(world.api.requests() == before + requests);
    CHECK(of_run(outcome, "requests") == std::to_string(requests));
    CHECK(wrong_keys(world, count, 0).empty());
  }
}
