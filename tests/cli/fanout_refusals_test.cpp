// SPDX-License-Identifier: Apache-2.0
// Fan-outs that must not start, must end with nothing changed, or must keep a secret; and the SQLite store.
#include <catch2/catch_test_macros.hpp>

#include "cli/fanout_world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using testkit::ClerkTrouble;
using Strings = std::vector<std::string>;

TEST_CASE("what api.clerk.com would refuse or cut short is found before the first call") {
  struct Case {
    const char* name;
    std::vector<Change> changes;
    int exit, strict_exit;
    const char* code;  // "": none
  };
  const Change more{R"("batch": 100)", R"("batch": 101)"};
  const std::string limit = R"("query": { "limit": "100" })";
  for (const Case& each :
       {Case{"as it is shipped", {}, 0, 0, ""},
        Case{"101 ids", {more, {limit, R"("query": { "limit": "101" })"}}, 2, 2, "PW234"},
        Case{"101 ids, 100 a page", {more}, 2, 2, "PW234"},
        Case{"no page size", {{limit, R"("query": {})"}}, 0, 8, "PW235"},
        Case{"a page below the batch", {{limit, R"("query": { "limit": "99" })"}}, 0, 8, "PW235"},
        Case{"a page above the batch", {{limit, R"("query": { "limit": "500" })"}}, 0, 0, ""}}) {
    FanoutWorld world;
    world.schedule("clerk-experts", changed(clerk_sample("https://api.clerk.com/v1/users"), each.changes));
    world.env.erase("BETTERSTACK_EXPERTS");  // plain http is a warning of its own
    const auto outcome = world.prewarm({"check"});
    INFO(each.name << ": " << outcome.out << outcome.err);
    CHECK(outcome.exit_code == each.exit);
    CHECK(world.prewarm({"check", "--strict"}).exit_code == each.strict_exit);
    for (const std::string code : {"PW234", "PW235"}) {
      const bool found = outcome.out.find(code) != std::string::npos;
      if (code == each.code) CHECK(found);
      if (code != each.code && each.exit == 0) CHECK_FALSE(found);
    }
    if (each.exit != 2) continue;
    world.list(ids_up_to(3));
    const std::string before = world.everything();
    world.env["BETTERSTACK_EXPERTS"] = world.sink.url("/experts");
    CHECK(world.once().exit_code == 2);
    CHECK(world.everything() == before);
    CHECK(world.pings() == Strings{"/experts/fail"});
  }
}

TEST_CASE("other hosts take batches of any size up to 1000") {
  FanoutWorld world;
  for (const auto& [batch, exit] :
       std::vector<std::pair<std::string, int>>{{"101", 0}, {"1000", 0}, {"1001", 2}}) {
    world.experts({{R"("batch": 100)", R"("batch": )" + batch}});
    CHECK(world.prewarm({"check"}).exit_code == exit);
  }
}

TEST_CASE("fan-out fields that need each other are asked for") {
  struct Case {
    const char* name;
    std::vector<Change> changes;
    const char* code;
  };
  const std::string id = R"(, "id": "/id", "floor")";
  for (const Case& each : {Case{"a batch without its parameter", {{R"("param": "user_id", )", ""}}, "PW114"},
                           Case{"a batch without the id of a record", {{id, R"(, "floor")"}}, "PW1"},
                           Case{"an id that is no pointer", {{id, R"(, "id": "id", "floor")"}}, "PW401"},
                           Case{"a floor above 1", {{R"("floor": 0.9)", R"("floor": 1.1)"}}, "PW106"},
                           Case{"a set without environment", {{"experts:{env}:ids", "experts:ids"}}, "PW"}}) {
    FanoutWorld world;
    world.experts(each.changes);
    const auto outcome = world.prewarm({"check"});
    INFO(each.name << ": " << outcome.out << outcome.err);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.out.find(each.code) != std::string::npos);
  }
}

TEST_CASE("a fan-out without batch needs {id} in its URL, and only a fan-out may have it") {
  FanoutWorld world;
  const std::string store = R"("store":{"version":1}})";
  const std::string url = R"("fetch":{"url":"http://127.0.0.1:1/)";
  for (const std::string& text :
       {R"({"schedule":"@hourly",)" + url + R"("},"fanout":{"ids":["a"]},)" + store,
        R"({"schedule":"@hourly",)" + url + R"({id}/{id}"},"fanout":{"ids":["a"]},)" + store,
        R"({"schedule":"@hourly",)" + url + R"({id}"},)" + store}) {
    world.schedule("people", text);
    const auto outcome = world.prewarm({"check"});
    INFO(text << outcome.out << outcome.err);
    CHECK(outcome.exit_code == 2);
  }
}

TEST_CASE("not one id that came back is a failure, and nothing changes") {
  FanoutWorld world;
  world.api.people(4);
  world.list(ids_up_to(4));
  world.experts({{R"("floor": 0.9)", R"("floor": 0)"}});
  REQUIRE(world.once().exit_code == 0);
  world.api.people(0);
  const auto outcome = world.once();
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 1);
  CHECK(of_run(outcome, "outcome") == "upstream_failed");
  CHECK(of_run(outcome, "reason") == "ids");
  CHECK(of_run(outcome, "code") == "PW525");
  CHECK(of_run(outcome, "ids_returned") == "0");
  CHECK(wrong_keys(world, 4, 0).empty());
  CHECK(world.pings() == Strings{"/experts", "/experts/fail"});
}

TEST_CASE("an upstream that fails every request of a fan-out fails the run as it would without one") {
  struct Case {
    const char* name;
    Answer answer;
    int exit;
    const char *reason, *code;
  };
  FanoutWorld world;
  world.api.people(6);
  world.list(ids_up_to(6));
  world.experts({{R"("batch": 100)", R"("batch": 2)"}, kNoRetries});
  REQUIRE(world.once().exit_code == 0);
  for (const Case& each :
       {Case{"401", Answer::of(401, "{}", "application/json"), 4, "auth", "PW532"},
        Case{"422", Answer::of(422, "{}", "application/json"), 1, "http_4xx", "PW531"},
        Case{"429", Answer::of(429, "{}", "application/json"), 1, "rate_limited", "PW533"},
        Case{"503", Answer::of(503), 1, "http_5xx", "PW530"},
        Case{"cut", Answer::json("[{\"id\":\"user_").claim_length(900).end_with(testkit::Ending::fin), 1,
             "broken", "PW521"},
        Case{"not JSON", Answer::json("[{]"), 1, "parse", "PW601"},
        Case{"no records", Answer::json("{}"), 7, "shape", "PW603"}}) {
    world.api.upstream().on("/v1/users", each.answer);
    const auto outcome = world.once();
    INFO(each.name << ": " << outcome.out << outcome.err);
    CHECK(outcome.exit_code == each.exit);
    CHECK(of_run(outcome, "reason") == each.reason);
    CHECK(of_run(outcome, "code") == each.code);
    CHECK(of_run(outcome, "ids_requested") == "6");
    CHECK(wrong_keys(world, 6, 0).empty());
    CHECK(world.pings().back() == "/experts/fail");
  }
}

TEST_CASE("the token of a fan-out reaches the upstream and nothing else") {
  const std::string canary = "canary-4c1e88", wrong = "canary-9f02d7";
  FanoutWorld world;
  world.api.people(6);
  world.api.experts(ids_up_to(6));
  world.experts(
      {{R"("batch": 100)", R"("batch": 2)"},
       kNoRetries,
       {kRedisSet, R"({"url":")" + world.api.url("/v1/experts") +
                       R"(","pointer":"/ids","headers":{"authorization":"Bearer ${CLERK_SECRET_KEY}"}})"}});
  std::string told;
  const auto once = [&](const std::string& token, std::vector<ClerkTrouble> troubles) {
    world.env["CLERK_SECRET_KEY"] = token;
    world.api.trouble(std::move(troubles));
    for (const Strings& command :
         {Strings{"once", "clerk-experts", "-v", "--json"}, Strings{"once", "--all"}}) {
      const auto outcome = world.prewarm(command);
      told += outcome.out + outcome.err;
    }
  };
  once(world.api.token(), {});
  once(world.api.token(), {{ClerkTrouble::Kind::server_error, 2, 9}});
  once(world.api.token(), {{ClerkTrouble::Kind::cut, 1, 9}});
  once(wrong, {});
  world.env["CLERK_SECRET_KEY"] = canary;
  world.api.upstream().on("/v1/experts", Answer::json(R"({"ids":["user_a"]})"));
  once(canary, {});
  told += world.prewarm({"check", "-v"}).out + world.everything();
  for (const auto& ping : world.sink.requests()) told += ping.target + ping.body;
  REQUIRE(world.api.requests() > 6);
  for (const std::string& secret : {world.api.token(), canary, wrong, std::string(testkit::kClerkPrivate)})
    CHECK(told.find(secret) == std::string::npos);
  CHECK(told.find("PW532") != std::string::npos);
}

TEST_CASE("a fan-out fills a SQLite file too, but a Redis set is not to be had there") {
  FanoutWorld world;
  world.env["PREWARM_STORE"] = "sqlite:" + (world.dir / "cache.db").string();
  world.api.people(130);
  world.experts_of(ids_up_to(130));
  const auto outcome = world.once();
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.exit_code == 0);
  CHECK(of_run(outcome, "requests") == "2");
  CHECK(of_run(outcome, "keys_written") == "234");  // of 130 ids and 104 usernames
  for (const std::size_t number : {0U, 4U, 129U}) {
    const auto user = testkit::clerk_user(number);
    const auto read = world.prewarm({"get", "clerk-experts", "--id", user.id, "--payload"});
    CHECK(read.exit_code == 0);
    CHECK(read.out == profile(user));
  }
  CHECK(world.prewarm({"get", "clerk-experts", "--id", testkit::clerk_user_id(130)}).exit_code == 10);

  world.experts();
  const auto refused = world.prewarm({"check"});
  CHECK(refused.exit_code == 2);
  CHECK((refused.out + refused.err).find("PW237") != std::string::npos);
  CHECK(world.once().exit_code == 2);
}
