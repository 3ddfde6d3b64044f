// SPDX-License-Identifier: Apache-2.0
// once --if-older-than of a fan-out: ids whose values are young enough are left out one by one.
#include <catch2/catch_test_macros.hpp>

#include "cli/fanout_world.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/envelope/envelope.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::clerk_user_id;
using Strings = std::vector<std::string>;

namespace {

constexpr std::size_t kUsers = 70;  // more than one window to look at

struct Fresh : FanoutWorld {
  explicit Fresh(const std::vector<Change>& changes = {{R"("timeout": "20s")", R"("timeout": "20s")"}}) {
    api.people(kUsers);
    api.experts(ids_up_to(kUsers));
    list(ids_up_to(kUsers));
    experts(changes);
  }
  std::string by_id(std::size_t number) const { return key_of(clerk_user_id(number)); }
  Strings all() const {
    Strings keys;
    for (std::size_t i = 0; i < kUsers; ++i) keys.push_back(by_id(i));
    return keys;
  }
  // The envelope at the key with its lastUpdated so much earlier.
  WallTime age(const std::string& key, Millis by) const {
    const std::string bytes = redis.value(key).value_or("");
    const auto opened = envelope::open(bytes);
    const WallTime earlier = opened.value().head.last_updated - by;
    redis.command({"SET", key, envelope::seal(2, earlier, opened->payload), "KEEPTTL"});
    return earlier;
  }
};

}  // namespace

TEST_CASE("a fan-out whose ids are all young enough asks for nothing") {
  Fresh world;
  REQUIRE(world.once().exit_code == 0);
  const auto before = world.values(world.all());
  const std::size_t requests = world.api.requests(), pings = world.pings().size();
  const auto outcome = world.once({"--if-older-than", "1h"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(of_run(outcome, "outcome") == "superseded");
  CHECK(of_run(outcome, "message") == "all 70 ids are younger than 1h");
  CHECK(of_run(outcome, "ids_skipped") == "70");
  CHECK(of_run(outcome, "ids_requested") == "0");
  CHECK(world.api.requests() == requests);
  CHECK(world.pings().size() == pings);
  CHECK(world.values(world.all()) == before);
  const auto line = world.prewarm({"once", "clerk-experts", "--if-older-than", "1h"});
  CHECK(line.out == "clerk-experts  skipped          all 70 ids are younger than 1h\n");
}

TEST_CASE("ids that are old, gone, or not ours are asked for, and no other") {
  Fresh world;
  REQUIRE(world.once().exit_code == 0);
  world.age(world.by_id(3), std::chrono::hours(2));
  world.redis.command({"DEL", world.by_id(65)});
  world.redis.command({"SET", world.by_id(5), "[]"});
  world.redis.command({"DEL", world.by_id(6)});
  world.redis.command({"LPUSH", world.by_id(6), "x"});
  world.redis.command({"SET", world.by_id(7), envelope::seal(1, WallTime(std::chrono::seconds(1)), "{}")});
  world.redis.command(
      {"SET", world.by_id(8), envelope::seal(2, WallTime(std::chrono::seconds(4'000'000'000)), "{}")});
  world.list({clerk_user_id(kUsers)});
  world.api.people(kUsers + 1, 1);
  const std::string other = *world.redis.value(world.by_id(4));
  const std::size_t requests = world.api.requests();
  const auto outcome = world.once({"--if-older-than", "1h"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(of_run(outcome, "ids_requested") == "7");
  CHECK(of_run(outcome, "ids_skipped") == "64");
  CHECK(world.api.requests() == requests + 1);
  CHECK(world.redis.value(world.by_id(4)) == other);
  const auto found = world.values({world.by_id(3), world.by_id(65), world.by_id(5), world.by_id(6),
                                   world.by_id(7), world.by_id(8), world.by_id(kUsers)});
  const std::size_t users[] = {3, 65, 5, 6, 7, 8, kUsers};
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK(payload_in(found[i]) == profile(testkit::clerk_user(users[i], 1)));
  const auto line = world.prewarm({"once", "clerk-experts", "--if-older-than", "1ms"});
  CHECK(line.out.find("left out") == std::string::npos);
}

TEST_CASE("what was left out counts with its own age") {
  Fresh world;
  REQUIRE(world.once().exit_code == 0);
  const WallTime older = world.age(world.by_id(9), std::chrono::minutes(30));
  world.redis.command({"DEL", world.by_id(10)});
  const auto outcome = world.once({"--if-older-than", "1h"});
  INFO(outcome.out << outcome.err);
  CHECK(of_run(outcome, "ids_skipped") == "69");
  CHECK(of_run(outcome, "last_updated") == instant_text(older));
  // The ledger says the same.
  CHECK(of_run(world.once({"--if-older-than", "1h"}), "last_updated") == instant_text(older));
}

TEST_CASE("ids from a URL are looked at before they are asked for") {
  FanoutWorld source;
  Fresh world(
      {{kRedisSet, R"({"url":")" + source.api.url("/v1/experts") +
                       R"(","headers":{"authorization":"Bearer ${CLERK_SECRET_KEY}"},"pointer":"/ids"})"},
       {R"("heartbeatStyle": "betterstack")", R"("heartbeatStyle": "healthchecks")"}});
  source.api.experts(ids_up_to(kUsers));
  REQUIRE(world.once().exit_code == 0);
  const std::size_t requests = world.api.requests(), pings = world.pings().size();
  const auto idle = world.once({"--if-older-than", "1h"});
  INFO(idle.out << idle.err);
  CHECK(idle.exit_code == 0);
  CHECK(of_run(idle, "ids_skipped") == "70");
  CHECK(world.api.requests() == requests);
  CHECK(world.pings().size() == pings);  // no start, for no end would follow
  world.redis.command({"DEL", world.by_id(10)});
  const auto outcome = world.once({"--if-older-than", "1h"});
  CHECK(of_run(outcome, "ids_requested") == "1");
  CHECK(world.redis.value(world.by_id(10)).has_value());
  CHECK(world.pings().size() == pings + 1);
}

TEST_CASE("a dry run leaves young ids out too, and SQLite can be asked") {
  Fresh world({{kRedisSet, json_list(ids_up_to(kUsers))}});
  world.env["PREWARM_STORE"] = "sqlite:" + (world.dir / "prewarm.db").string();
  REQUIRE(world.once().exit_code == 0);
  CHECK(of_run(world.once({"--if-older-than", "1h"}), "ids_skipped") == "70");
  CHECK(of_run(world.once({"--if-older-than", "1h", "--dry-run"}), "ids_skipped") == "70");
  CHECK(of_run(world.once({"--if-older-than", "1ms"}), "keys_written") != "0");
}
