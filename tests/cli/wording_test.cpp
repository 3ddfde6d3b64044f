// SPDX-License-Identifier: Apache-2.0
// How faults are named, what -v and --quiet change, and what is said of a value with a newline behind it.
#include <catch2/catch_test_macros.hpp>

#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using Strings = std::vector<std::string>;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const char* const kOne = R"({"version":1,"lastUpdated":"2026-05-01T13:00:07.412Z","payload":[1]})";

}  // namespace

TEST_CASE("a fault says its text once") {
  World world;
  world.simple("news", 1);
  world.upstream.on("/news", Answer::of(200, "[1]"));
  REQUIRE(world.prewarm({"once", "news"}).exit_code == 0);
  CHECK(has(world.prewarm({"get", "news", "--pointer", "0"}).err,
            "error PW401 --pointer: \"0\" is not a JSON Pointer.  do: \"/0\""));
  CHECK(has(world.prewarm({"get", "news", "--meta"}).out, "  1 item  "));
  CHECK(has(bare({"explain", "L * *"}).err, "error PW210 expression \"L * *\" has 3 fields"));
  CHECK(has(bare({"explain", "61 * * * *"}).err, "error PW210 \"61 * * * *\": minute"));
}

TEST_CASE("explain takes the number of a code alone, and marks what stands for a name") {
  CHECK(bare({"explain", "701"}).out == bare({"explain", "PW701"}).out);
  CHECK(bare({"explain", "999"}).exit_code == 10);
  CHECK(has(bare({"explain", "PW711"}).out, "<NAME> is older here"));
  CHECK(has(bare({"explain", "PW532"}).out, "the value of <VARIABLE>"));
}

TEST_CASE("a bad value is named by the flag or the variable that holds it") {
  World world;
  world.simple("news", 1);
  world.env["PREWARM_LOG_LEVEL"] = "verbose";
  world.env["PREWARM_DRAIN"] = "x";
  world.env["PREWARM_ALLOW_NET"] = "ten";
  world.env["PREWARM_WORKER"] = "a b";
  world.env["PREWARM_STORE_CA"] = "/nowhere.pem";
  const std::string told = world.prewarm({"run", "--log-format", "human", "--warm-on-start", "soon"}).err;
  for (const char* part : {"PREWARM_LOG_LEVEL: \"verbose\" is", "PREWARM_DRAIN: \"x\" is",
                           "PREWARM_ALLOW_NET: ", "PREWARM_WORKER: ",
                           "PREWARM_STORE_CA: /nowhere.pem cannot be read", "--warm-on-start: \"soon\" is"}) {
    INFO(told);
    CHECK(has(told, part));
  }
  CHECK_FALSE(has(told, "--drain:"));
  CHECK(has(bare({"check", "--env", "Test"}).out, "--env: \"Test\""));
}

TEST_CASE("-v says each setting with its origin and no secret") {
  World world;
  world.simple("news", 1);
  world.env["PREWARM_STORE"] = "redis://user:hunter2@127.0.0.1:1/0";
  world.env["PREWARM_STORE_PASSWORD"] = "hunter3";
  const std::string told = world.prewarm({"get", "nosuch", "-v", "--worker", "w1"}).err;
  INFO(told);
  CHECK(has(told, "setting env: production (variable PREWARM_ENV)\n"));
  CHECK(has(told, "setting store: redis://127.0.0.1:1/0 (variable PREWARM_STORE)\n"));
  CHECK(has(told, "setting store-user: set, in the URL (variable PREWARM_STORE)\n"));
  CHECK(has(told, "setting store-password: set (variable PREWARM_STORE_PASSWORD)\n"));
  CHECK(has(told, "setting store-ca: none (default)\n"));
  CHECK(has(told, "setting worker: w1 (flag --worker)\n"));
  CHECK_FALSE(has(told, "hunter"));
  CHECK_FALSE(has(told, "drain"));
  CHECK_FALSE(has(world.prewarm({"get", "nosuch"}).err, "setting "));
  world.env.erase("PREWARM_STORE_PASSWORD");
  const std::string of_url = world.prewarm({"get", "nosuch", "-v"}).err;
  CHECK(has(of_url, "setting store-password: set, in the URL (variable PREWARM_STORE)\n"));
  CHECK_FALSE(has(of_url, "hunter"));
  world.env["PREWARM_STORE"] = "redis://127.0.0.1:1/0";
  CHECK(has(world.prewarm({"get", "nosuch", "-v"}).err, "setting store-user: none (default)\n"));
  world.env["PREWARM_DRAIN"] = "never";
  const std::string lines = world.prewarm({"run", "-v", "--log-format", "json"}).err;
  CHECK(members(lines, "note", "msg").size() > 10);
  CHECK_FALSE(has(lines, "hunter"));
}

TEST_CASE("--quiet leaves out what went well and keeps what was asked for") {
  World world;
  world.simple("good", 1);
  world.simple("bad", 1);
  world.upstream.on("/good", Answer::of(200, "[1]"));
  world.upstream.on("/bad", Answer::of(500));
  const auto good = world.prewarm({"once", "good", "--quiet"});
  CHECK(good.exit_code == 0);
  CHECK(good.out.empty());
  CHECK(good.err.empty());
  const auto both = world.prewarm({"once", "--all", "--quiet"});
  CHECK(both.exit_code == 3);
  CHECK(has(both.out, "bad "));
  CHECK_FALSE(has(both.out, "good "));
  CHECK(members(world.prewarm({"once", "good", "--quiet", "--json"}).out, "run", "outcome") ==
        Strings{"unchanged"});
  CHECK(world.prewarm({"get", "good", "--payload", "--quiet"}).out == "[1]");
}

TEST_CASE("a start that fails tells no warnings of files unless it is run's or check's") {
  World world;
  world.schedule(
      "news", R"({"schedule":"@hourly","fetch":{"url":"http://news.example.net/"},"store":{"version":1}})");
  for (const Strings& wrong :
       {Strings{"get", "news", "--env", "Bad"}, Strings{"once", "news", "--env", "Bad"},
        Strings{"get", "nosuch"}, Strings{"once", "--all", "--store", "nothing"}}) {
    const auto outcome = world.prewarm(wrong);
    INFO(outcome.err);
    CHECK(has(outcome.err, "error PW3"));
    CHECK_FALSE(has(outcome.err, "PW231"));
  }
  const std::string run = world.prewarm({"run", "--env", "Bad", "--log-format", "json"}).err;
  CHECK(members(run, "config.finding", "code") == Strings{"PW311", "PW231"});
  CHECK(has(world.prewarm({"check"}).out, "warning PW231"));
}

TEST_CASE("an envelope with one newline behind it is refused with the cure") {
  const std::string line = std::string(kOne) + "\n";
  const auto opened = bare({"open"}, line);
  CHECK(opened.exit_code == 1);
  CHECK(opened.out.empty());
  CHECK(has(opened.err, "PW720 not an envelope: a newline stands behind one"));
  CHECK(has(opened.err, "| head -c -1 | prewarm open"));
  const auto classified = bare({"classify", "--expect-version", "1"}, line);
  CHECK(classified.out == "legacy\n");
  CHECK(has(classified.err, "note: an envelope and a newline behind it"));
  CHECK(has(classified.err, "head -c -1 | prewarm classify --expect-version 1"));
  CHECK(bare({"classify", "--expect-version", "1", "--quiet"}, line).err.empty());
  for (const std::string& other : {line + "\n", std::string("[1]\n"), std::string(kOne)})
    CHECK(bare({"classify", "--expect-version", "1"}, other).err.empty());
  CHECK(has(bare({"open"}, "[1,2]").err, "do: pipe in the exact bytes of a stored value"));
}
