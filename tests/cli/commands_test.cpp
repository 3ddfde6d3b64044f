// SPDX-License-Identifier: Apache-2.0
// The forms that other programs rely on, on the built program.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using Strings = std::vector<std::string>;

TEST_CASE("seal, open and classify agree with the stored format byte for byte") {
  const auto sealed = bare({"seal", "--version", "3", "--at", "2026-05-01T15:00:07.4129+02:00"}, " [1, 2] ");
  CHECK(sealed.exit_code == 0);
  CHECK(sealed.out == R"({"version":3,"lastUpdated":"2026-05-01T13:00:07.412Z","payload":[1, 2]})");
  CHECK(bare({"open"}, sealed.out).out == "version=3 lastUpdated=2026-05-01T13:00:07.412Z payloadBytes=6\n");
  CHECK(bare({"open", "--payload"}, sealed.out).out == "[1, 2]");
  CHECK(bare({"classify", "--expect-version", "4"}, sealed.out).out == "older\n");
  CHECK(bare({"classify", "--expect-version", "3"}, sealed.out).out == "current\n");
  CHECK(bare({"classify", "--expect-version", "2"}, sealed.out).out == "newer\n");
  CHECK(bare({"classify", "--expect-version", "3"}, sealed.out + "\n").out == "legacy\n");
  CHECK(bare({"classify", "--expect-version", "3"}, "").out == "absent\n");
  CHECK(bare({"classify", "--expect-version", "3"}, "<html>").out == "foreign\n");
  CHECK(bare({"classify", "--expect-version", "3", "--exit-code"}, "[]").exit_code == 8);
}

TEST_CASE("what is no envelope or no payload is refused with exit 1") {
  const auto opened = bare({"open"}, "[1,2]");
  CHECK(opened.exit_code == 1);
  CHECK(opened.out.empty());
  CHECK(opened.err.rfind("error PW720 not an envelope: a JSON array without head", 0) == 0);
  for (const char* payload : {"", "[1", "[1]x", "{'a':1}", "\xff"}) {
    const auto sealed = bare({"seal", "--version", "1"}, payload);
    CHECK(sealed.exit_code == 1);
    CHECK(sealed.out.empty());
  }
  for (const char* version : {"0", "-1", "1000000000", "01", "x", ""})
    CHECK(bare({"seal", "--version", version}, "[]").exit_code == 2);
}

TEST_CASE("next with an expression prints slots and nothing else") {
  const auto next = bare({"next", "--cron", "30 2 * * *", "--tz", "America/New_York", "--from",
                          "2026-03-07T00:00:00-05:00", "--count", "2"});
  CHECK(next.exit_code == 0);
  CHECK(next.out == "2026-03-07T02:30:00-05:00\n2026-03-08T03:00:00-04:00\n");
  CHECK(next.err.empty());
  CHECK(bare({"next", "--cron", "0 0 31 2 *", "--from", "2026-01-01T00:00:00Z"}).exit_code == 10);
  CHECK(bare({"next", "--cron", "0 0 31 2 *", "--from", "2026-01-01T00:00:00Z"}).out.empty());
  CHECK(bare({"next", "--cron", "*/5 * * * *", "--from", "2026-01-01T00:00:00Z"}).out ==
        "2026-01-01T00:05:00+00:00\n");
  CHECK(bare({"next", "--cron", "61 * * * *"}).exit_code == 2);
  CHECK(bare({"next", "--cron", "@hourly", "--tz", "Mars/Phobos"}).exit_code == 2);
  CHECK(bare({"next", "--cron", "@hourly", "--count", "0"}).exit_code == 2);
}

TEST_CASE("explain says the schedule in words with what the clocks do") {
  const auto explained =
      bare({"explain", "30 2 * * *", "--tz", "Europe/Berlin", "--from", "2027-03-27T12:00:00Z", "-n", "2"});
  CHECK(explained.out ==
        "at 02:30 every day, Europe/Berlin      (minute 30, hour 2, every day; fixed times)\n"
        "  Sun 2027-03-28 03:00 +02:00  01:00Z  there is no 02:30: clocks go from 02:00 to 03:00; runs once, "
        "at 03:00\n"
        "  Mon 2027-03-29 02:30 +02:00  00:30Z  gaps over a year: 23h 30m to 25h. On Sun 2027-10-31 02:30 "
        "comes twice; runs at "
        "the first (00:30Z)\n");
  CHECK(bare({"explain", "PW310"}).exit_code == 0);
  CHECK(bare({"explain", "PW999"}).exit_code == 10);
}

TEST_CASE("every command has a help with an example, and faults end in something to run") {
  for (const char* command :
       {"run", "once", "check", "next", "explain", "get", "schema", "classify", "seal", "open", "version"}) {
    const auto help = bare({command, "--help"});
    INFO(command);
    CHECK(help.exit_code == 0);
    CHECK(help.out.find("Examples:") != std::string::npos);
    CHECK(help.out.find(std::string("prewarm ") + command) != std::string::npos);
  }
  CHECK(bare({"--help"}).exit_code == 0);
  for (const Strings& wrong : {Strings{"onec"}, Strings{"once", "--frobnicate"}, Strings{"once", "--env"},
                               Strings{"once", "--env", "a", "--env", "b"}, Strings{"seal"}}) {
    const auto outcome = bare(wrong);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.find("PW314") != std::string::npos);
    CHECK(outcome.err.find("do: ") != std::string::npos);
  }
  CHECK(bare({"onec"}).err.find("prewarm once") != std::string::npos);
  CHECK(bare({}).exit_code == 2);
}

TEST_CASE("an unknown schedule is exit 10 and the nearest name is suggested") {
  World world;
  world.simple("recent-listens", 3);
  const auto outcome = world.prewarm({"once", "recent-listen"});
  CHECK(outcome.exit_code == 10);
  CHECK(outcome.err.find("PW318") != std::string::npos);
  CHECK(outcome.err.find("recent-listens") != std::string::npos);
  CHECK(world.prewarm({"once"}).exit_code == 2);
}

TEST_CASE("get tells absent, foreign, newer and too old values apart by its exit") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 2);
  CHECK(world.prewarm({"get", "news"}).exit_code == 10);
  redis.command({"SET", "news:production:v2", "[]"});
  const auto legacy = world.prewarm({"get", "news"});
  CHECK(legacy.exit_code == 1);
  CHECK(legacy.out.empty());
  CHECK(world.prewarm({"get", "news", "--raw"}).out == "[]");
  redis.command({"DEL", "news:production:v2"});
  redis.command({"LPUSH", "news:production:v2", "x"});
  CHECK(world.prewarm({"get", "news"}).exit_code == 1);
  redis.command({"DEL", "news:production:v2"});
  redis.command(
      {"SET", "news:production:v2", R"({"version":3,"lastUpdated":"2026-01-01T00:00:00.000Z","payload":1})"});
  CHECK(world.prewarm({"get", "news"}).exit_code == 12);
  redis.command(
      {"SET", "news:production:v2", R"({"version":2,"lastUpdated":"2026-01-01T00:00:00.000Z","payload":1})"});
  CHECK(world.prewarm({"get", "news"}).exit_code == 0);
  const auto old = world.prewarm({"get", "news", "--max-age", "1h"});
  CHECK(old.exit_code == 11);
  CHECK(old.out == R"({"version":2,"lastUpdated":"2026-01-01T00:00:00.000Z","payload":1})");
}

TEST_CASE("--json ends with exactly one exit line, errors included") {
  World world;
  world.simple("news", 1);
  world.upstream.on("/news", Answer::of(500));
  const auto outcome = world.prewarm({"once", "news", "--json"});
  CHECK(outcome.exit_code == 1);
  CHECK(members(outcome.out, "run", "outcome") == Strings{"upstream_failed"});
  CHECK(members(outcome.out, "exit", "code") == Strings{"1"});
  CHECK(members(outcome.out, "exit", "failed") == Strings{"1"});
  world.env.erase("PREWARM_ENV");
  const auto refused = world.prewarm({"once", "news", "--json"});
  CHECK(members(refused.out, "exit", "code") == Strings{"2"});
}

TEST_CASE("a stdout that cannot be written is exit 1") {
  World world;
  testkit::ChildCommand command =
      world.command({"-c", "exec \"$0\" version > /dev/full", world.command({}).program.string()});
  command.program = "/bin/sh";
  CHECK(testkit::run(command).exit_code == 1);
}

TEST_CASE("a password on the command line is refused and not repeated") {
  World world;
  world.simple("news", 1);
  const auto outcome = world.prewarm({"once", "news", "--store", "redis://u:hunter2@127.0.0.1:1/0"});
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err.find("PW313") != std::string::npos);
  CHECK(outcome.err.find("hunter2") == std::string::npos);
}
