// SPDX-License-Identifier: Apache-2.0
// Credentials in files, replaced under a running worker.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <csignal>

#include "cli/changed_password.hpp"
#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using Strings = std::vector<std::string>;

TEST_CASE("a password replaced in its file is taken up by the worker without a restart") {
  World world;
  const testkit::RedisServer redis({.tcp = true, .users = {"worker on >one ~* +@all"}});
  const bool in_url = GENERATE(false, true);
  const std::string place = "127.0.0.1:" + std::to_string(redis.port());
  const auto file = world.dir / "secret";
  const auto put_password = [&](const std::string& password) {
    put_file(file, in_url ? "redis://worker:" + password + "@" + place : password);
  };
  world.env.erase("PREWARM_STORE");
  world.env[in_url ? "PREWARM_STORE_FILE" : "PREWARM_STORE_PASSWORD_FILE"] = file.string();
  if (!in_url) world.env.insert({{"PREWARM_STORE", "redis://" + place}, {"PREWARM_STORE_USER", "worker"}});
  world.schedule("news", R"({"schedule":"@every 1s","timeout":"1s","fetch":{"retries":0,"url":")" +
                             world.upstream.url("/news") + R"("},"store":{"version":1,"ttl":"1h"}})");
  world.upstream.on("/news", Answer::json("[1]"));
  const auto two_more = [&] {
    world.upstream.wait_for_request(world.upstream.requests("/news").size() + 2, "/news");
  };
  put_password("one");
  testkit::Process worker(world.command({"run"}));
  two_more();
  put_password("two");
  change_password(redis, "two");
  two_more();
  change_password(redis, "three");  // and its file comes late
  REQUIRE(worker.wait_for_line("\"store_auth\"").has_value());
  put_password("three");
  two_more();
  worker.signal(SIGTERM);
  const auto outcome = worker.wait();
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  auto outcomes = members(outcome.err, "run.ended", "outcome");
  std::replace(outcomes.begin(), outcomes.end(), std::string("unchanged"), std::string("verified"));
  outcomes.erase(std::unique(outcomes.begin(), outcomes.end()), outcomes.end());
  CHECK(outcomes == Strings{"verified", "store_failed", "verified"});
}
