// SPDX-License-Identifier: Apache-2.0
// The Clerk sample on the built program: many keys of one schedule, with a real Redis and an imitation of the
// API.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <regex>

#include "cli/fanout_world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::clerk_user;
using testkit::clerk_user_id;
using Strings = std::vector<std::string>;

namespace {

const std::string kUnknown = "user_000000000000000000000000000";

/// The sample's 12 users, and 13 ids in the set.
void sample_world(const FanoutWorld& world, testkit::ClerkApi& api) {
  const std::string users = testkit::sample("clerk-users.json");
  api.put_sample(users);
  Strings ids{kUnknown};
  for (const auto& user : nlohmann::json::parse(users)) ids.push_back(user.at("id"));
  world.list(ids);
  world.experts();
}

}  // namespace

TEST_CASE("the Clerk sample: 13 ids, 12 known, one request, 22 verified keys") {
  FanoutWorld world;
  sample_world(world, world.api);
  const std::string old = R"({"version":2,"lastUpdated":"2026-01-01T00:00:00.000Z","payload":{"id":"old"}})";
  world.redis.command({"SET", key_of(kUnknown), old, "PX", "5000000"});

  const auto outcome = world.once();
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.exit_code == 0);
  for (const auto& [member, value] : std::vector<Change>{{"outcome", "verified"},
                                                         {"reason", "none"},
                                                         {"requests", "1"},
                                                         {"ids_requested", "13"},
                                                         {"ids_returned", "12"},
                                                         {"missing", json_list({kUnknown})},
                                                         {"keys_written", "22"},
                                                         {"aliases_skipped", "2"},
                                                         {"bytes", "5569"},
                                                         {"ttl_s", "270000"},
                                                         {"version", "2"},
                                                         {"http.response.status_code", "200"}}) {
    INFO(member);
    CHECK(of_run(outcome, member) == value);
    CHECK(members(outcome.err, "run.ended", member) == Strings{value});
  }
  CHECK(world.pings() == Strings{"/experts"});

  const std::string key = key_of("user_8VhJjM6pZdOSPxYi94JDASPaatz");
  const auto value = world.redis.value(key);
  CHECK(payload_in(value) ==
        R"({"id":"user_8VhJjM6pZdOSPxYi94JDASPaatz","username":"amaraokafor","firstName":"Amara",)"
        R"("lastName":"Okafor","imageUrl":"https://img.clerk.com/eyJ0eXBlIjoicHJveHkiLCJzZWVkIjowfQ",)"
        R"("role":"owner"})");
  CHECK(world.redis.value(alias_of("amaraokafor")) == value);
  CHECK(world.redis.ttl_ms(key) > 269'900'000);
  CHECK(world.redis.ttl_ms(key) <= 270'000'000);
  CHECK(world.redis.command({"KEYS", "clerk-experts:production:*"}).items.size() == 23);
  CHECK(world.redis.value(key_of(kUnknown)) == old);
  CHECK(world.redis.ttl_ms(key_of(kUnknown)) <= 5'000'000);
  for (const char* secret : {"private_metadata", "must never reach", "@example.com", "email"})
    CHECK(world.everything().find(secret) == std::string::npos);
}

TEST_CASE("the Clerk sample asks for its ids with the key repeated, the page size and its headers") {
  FanoutWorld world;
  sample_world(world, world.api);
  REQUIRE(world.once().exit_code == 0);
  REQUIRE(world.api.requests() == 1);
  const auto request = world.api.upstream().wait_for_request(1);
  CHECK(std::regex_match(request.target, std::regex(R"(/v1/users\?limit=100(&user_id=user_\w{27}){13})")));
  CHECK(request.header("authorization") == "Bearer " + world.api.token());
  CHECK(request.header("clerk-api-version") == "2026-05-12");
}

TEST_CASE("the line of a fan-out names ids, requests, keys, bytes and what is missing") {
  FanoutWorld world;
  sample_world(world, world.api);
  const auto outcome = world.prewarm({"once", "clerk-experts"});
  INFO(outcome.out << outcome.err);
  CHECK(std::regex_match(
      outcome.out,
      std::regex(R"(clerk-experts  verified         \d+\.\d\d s  200 in \d+ ms, 13 ids in 1 request, )"
                 R"(12 came back > 22 keys, 5569 B, TTL 75h > read back equal; )"
                 R"(1 id missing \(floor 0\.9\), 2 without username\n)")));
}

TEST_CASE("a dry run of a fan-out fetches and shapes, and writes, claims and pings nothing") {
  FanoutWorld world;
  sample_world(world, world.api);
  const std::string before = world.everything();
  const auto outcome = world.once({"--dry-run"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(world.api.requests() == 1);
  CHECK(world.everything() == before);
  CHECK(world.pings().empty());
}

TEST_CASE("below the floor the run is partial, and the missing ids keep bytes and TTL") {
  FanoutWorld world;
  world.api.people(13);
  world.list(ids_up_to(13));
  world.experts();
  REQUIRE(world.once().exit_code == 0);
  world.api.people(13, 1);
  const Strings missing{clerk_user_id(2), clerk_user_id(5), clerk_user_id(7)};
  std::vector<std::optional<std::string>> before;
  for (const std::string& id : missing) {
    world.api.forget(id);
    before.push_back(world.redis.value(key_of(id)));
    world.redis.command({"PEXPIRE", key_of(id), "5000000"});
  }

  const auto outcome = world.once();
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 3);
  CHECK(of_run(outcome, "outcome") == "partial");
  CHECK(of_run(outcome, "reason") == "ids_missing");
  CHECK(of_run(outcome, "code") == "PW620");
  CHECK(of_run(outcome, "ids_requested") == "13");
  CHECK(of_run(outcome, "ids_returned") == "10");
  for (std::size_t i = 0; i < missing.size(); ++i) {
    CHECK(of_run(outcome, "missing").find(missing[i]) != std::string::npos);
    CHECK(world.redis.value(key_of(missing[i])) == before[i]);
    const auto ttl = world.redis.ttl_ms(key_of(missing[i]));
    CHECK(ttl > 4'900'000);
    CHECK(ttl <= 5'000'000);
  }
  // 2, 5 and 7 have a username each.
  CHECK(wrong_keys(world, 13, 1).size() == 6);
  CHECK(world.pings() == Strings{"/experts", "/experts/fail"});
  CHECK(world.sink.requests().back().body.find("PW620") != std::string::npos);
}

TEST_CASE("a record that the guard refuses keeps its old value, and the others are written") {
  FanoutWorld world;
  world.api.people(10);
  world.list(ids_up_to(10));
  world.experts();
  REQUIRE(world.once().exit_code == 0);
  world.api.people(10, 1);
  auto refused = clerk_user(3, 1);
  refused.image_url.reset();
  world.api.put(refused);

  const auto outcome = world.once();
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 3);
  CHECK(of_run(outcome, "outcome") == "partial");
  CHECK(of_run(outcome, "reason") == "guard");
  CHECK(of_run(outcome, "code") == "PW610");
  CHECK(of_run(outcome, "ids_returned") == "10");
  CHECK(of_run(outcome, "keys_written") == "16");  // of 10 ids and 8 usernames
  CHECK(wrong_keys(world, 10, 1) == Strings{key_of(refused.id), alias_of(*refused.username)});
  CHECK(payload_in(world.redis.value(key_of(refused.id))) == profile(clerk_user(3, 0)));
  CHECK(world.pings().back() == "/experts/fail");
}

TEST_CASE("when every record is refused the run is rejected and nothing changes") {
  FanoutWorld world;
  world.api.people(3);
  world.list(ids_up_to(3));
  world.experts();
  REQUIRE(world.once().exit_code == 0);
  for (std::size_t number = 0; number < 3; ++number) {
    auto user = clerk_user(number, 1);
    user.image_url.reset();
    world.api.put(user);
  }
  const auto outcome = world.once();
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 7);
  CHECK(of_run(outcome, "outcome") == "rejected");
  CHECK(of_run(outcome, "code") == "PW610");
  CHECK(wrong_keys(world, 3, 0).empty());
  CHECK(world.pings().back() == "/experts/fail");
}

TEST_CASE("a value of an old worker at one id is warned of once and replaced") {
  FanoutWorld world;
  world.api.people(5);
  world.list(ids_up_to(5));
  world.experts();
  const std::string key = key_of(clerk_user_id(2));
  world.redis.command({"SET", key, R"({"id":"bare"})"});
  const auto outcome = world.once();
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(members(outcome.err, "value.sighted", "key") == Strings{key});
  CHECK(members(outcome.err, "value.sighted", "class") == Strings{"legacy"});
  CHECK(members(outcome.err, "value.sighted", "code") == Strings{"PW720"});
  CHECK(wrong_keys(world, 5, 0).empty());
}

TEST_CASE("a newer version at one id stops the run, keeps that key and alarms") {
  FanoutWorld world;
  world.api.people(5);
  world.list(ids_up_to(5));
  world.experts();
  REQUIRE(world.once().exit_code == 0);
  world.api.people(5, 1);
  const std::string key = key_of(clerk_user_id(2));
  const std::string newer = R"({"version":3,"lastUpdated":"2026-01-01T00:00:00.000Z","payload":[9]})";
  world.redis.command({"SET", key, newer, "PX", "500000"});
  const auto outcome = world.once();
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 12);
  CHECK(of_run(outcome, "outcome") == "superseded");
  CHECK(of_run(outcome, "reason") == "newer_version");
  CHECK(of_run(outcome, "code") == "PW711");
  CHECK(world.redis.value(key) == newer);
  CHECK(world.redis.ttl_ms(key) <= 500'000);
  CHECK(members(outcome.err, "value.sighted", "key") == Strings{key});
  // Whatever was on its way with it, whole: only the strange key is neither.
  const auto held = editions(world, 5, 1);
  CHECK(std::count(held.begin(), held.end(), -1) == 1);
  CHECK(world.pings().back() == "/experts/fail");
}
