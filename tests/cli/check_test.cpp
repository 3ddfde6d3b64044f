// SPDX-License-Identifier: Apache-2.0
// `check`: settings as well as files, names as well as paths, and what --online found to be well.
#include <catch2/catch_test_macros.hpp>
#include <regex>

#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using Strings = std::vector<std::string>;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
bool matches(const std::string& text, const char* pattern) {
  return std::regex_search(text, std::regex(pattern));
}

}  // namespace

TEST_CASE("check reports a store setting that no run could use") {
  World world;
  world.simple("news", 1);
  CHECK(world.prewarm({"check"}).exit_code == 0);
  for (const Strings& wrong :
       {Strings{"--store", "localhost:6379"}, Strings{"--store", "redis:/foo"},
        Strings{"--store", "rediss://cache.example.net", "--store-ca", "/nowhere.pem"},
        Strings{"--store", "redis://cache.example.net", "--store-ca", "schedules/news.jsonc"},
        Strings{"--store", "rediss://cache.example.net", "--store-ca", "schedules/news.jsonc"},
        Strings{"--store", "rediss://c.example.net", "--store-cert", "/no.pem", "--store-key", "/no.key"}}) {
    Strings arguments{"check"};
    arguments.insert(arguments.end(), wrong.begin(), wrong.end());
    const auto outcome = world.prewarm(arguments);
    INFO(outcome.out);
    CHECK(outcome.exit_code == 2);
    CHECK(has(outcome.out, "error PW312 "));
    CHECK_FALSE(has(outcome.out, " 0 errors"));
  }
  const auto both = world.prewarm({"check", "--store", "nothing", "--store-ca", "/nowhere.pem", "--json"});
  CHECK(members(both.out, "finding", "code") == Strings{"PW312", "PW312"});
  CHECK(members(both.out, "exit", "code") == Strings{"2"});
}

TEST_CASE("check takes names of schedules, and says of what is not there only that") {
  World world;
  world.simple("quakes", 1);
  world.simple("other", 1);
  const auto named = world.prewarm({"check", "quakes"});
  CHECK(named.exit_code == 0);
  CHECK(named.out == "1 file, 0 errors, 0 warnings\n");
  const auto missing = world.prewarm({"check", "quake", "nosuch.jsonc"});
  CHECK(missing.exit_code == 2);
  CHECK(has(missing.out, "nosuch.jsonc error PW107 is not there"));
  CHECK(has(missing.out, "did you mean " + world.env["PREWARM_SCHEDULES"] + "/quakes.jsonc?"));
  CHECK(has(missing.out, "0 files, 2 errors"));
}

TEST_CASE("check says of a missing schedule folder what every command says of it") {
  World world;
  world.env["PREWARM_SCHEDULES"] = (world.dir / "nowhere").string();
  for (const Strings& arguments : {Strings{"check"}, Strings{"check", "--json"}, Strings{"once", "--all"}}) {
    const auto outcome = world.prewarm(arguments);
    INFO(outcome.out << outcome.err);
    CHECK(outcome.exit_code == 2);
    CHECK(has(outcome.out + outcome.err, "PW108"));
    CHECK_FALSE(has(outcome.out + outcome.err, "PW107"));
  }
}

TEST_CASE("check --online says what is well, and the cure of what is not") {
  World world;
  world.simple("good", 1);
  world.simple("bad", 1);
  world.upstream.on("/good", Answer::of(200, "[1,2,3]"));
  world.upstream.on("/bad", Answer::of(500));
  const auto outcome = world.prewarm({"check", "--online"});
  INFO(outcome.out);
  CHECK(outcome.exit_code == 2);
  CHECK(matches(outcome.out, "/good.jsonc ok: 200 in \\d+ ms, 7 B > 3 items, 7 B\n"));
  CHECK(matches(outcome.out, "store ok: wrote and read prewarm:production:probe:test-worker in \\d+ ms\n"));
  CHECK(matches(outcome.out, "/bad.jsonc error PW530 .*  do: [a-z]"));
  CHECK(has(outcome.out, "2 files, 1 error, 0 warnings\n"));
  CHECK_FALSE(has(world.prewarm({"check", "--online", "--quiet"}).out, " ok: "));
  const auto json = world.prewarm({"check", "good", "--online", "--json", "--strict"});
  CHECK(json.exit_code == 0);
  CHECK(members(json.out, "finding", "severity") == Strings{"ok", "ok"});
  CHECK(members(json.out, "finding", "code").empty());
  world.env["PREWARM_STORE"] = "redis://127.0.0.1:1/0";
  CHECK(matches(world.prewarm({"check", "--online"}).out, "error PW701 .*  do: "));
}

TEST_CASE("check takes a file once that is asked for twice") {
  World world;
  world.simple("news", 1);
  world.simple("other", 1);
  const std::string dir = world.env["PREWARM_SCHEDULES"];
  for (const Strings& twice : {Strings{"news", "news"}, Strings{"news", dir + "/news.jsonc"},
                               Strings{dir + "/../schedules/news.jsonc", "news"}}) {
    Strings words{"check"};
    words.insert(words.end(), twice.begin(), twice.end());
    const auto outcome = world.prewarm(words);
    INFO(outcome.out);
    CHECK(outcome.exit_code == 0);
    CHECK(outcome.out == "1 file, 0 errors, 0 warnings\n");
  }
  CHECK(world.prewarm({"check", dir, dir + "/", "news"}).out == "2 files, 0 errors, 0 warnings\n");
}

TEST_CASE("check --online tries the upstreams also when the store is away") {
  World world;
  world.simple("good", 1, R"(,"guard":{"maxShrink":0.5})");
  world.simple("bad", 1);
  world.upstream.on("/good", Answer::of(200, "[1,2,3]"));
  world.upstream.on("/bad", Answer::of(500));
  world.env["PREWARM_STORE"] = "redis://127.0.0.1:1/0";
  const auto outcome = world.prewarm({"check", "--online"});
  INFO(outcome.out);
  CHECK(outcome.exit_code == 2);
  CHECK(matches(outcome.out, "error PW701 .*  do: "));
  CHECK(matches(outcome.out, "/good.jsonc ok: 200 in \\d+ ms, 7 B > 3 items, 7 B\n"));
  CHECK(matches(outcome.out, "/bad.jsonc error PW530 .*  do: [a-z]"));
  CHECK(has(outcome.out, "2 files, 2 errors, 0 warnings\n"));
}

TEST_CASE("the exit line says the first fault of a file with its code and place") {
  World world;
  world.simple("news", 1);
  world.schedule("users",
                 R"({"scheduel":"@hourly","fetch":{"url":"http://127.0.0.1/"},"store":{"version":1}})");
  const std::string told =
      "PW104 " + world.env["PREWARM_SCHEDULES"] + "/users.jsonc:1:2 /scheduel is not a field";
  for (const Strings& words : {Strings{"check", "--json"}, Strings{"once", "news", "--json"}})
    CHECK(members(world.prewarm(words).out, "exit", "message") == Strings{told});
  CHECK(members(world.prewarm({"once", "news", "--env", "Bad", "--json"}).out, "exit", "message")
            .at(0)
            .rfind("PW311 --env: ", 0) == 0);
}
