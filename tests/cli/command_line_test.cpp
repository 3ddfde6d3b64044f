// SPDX-License-Identifier: Apache-2.0
// What is typed or set with odd intent or none: schedules named like commands, secrets in the wrong place,
// text that would forge lines, times that no slot has.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using Strings = std::vector<std::string>;

TEST_CASE("a schedule that is named like a command is a schedule") {
  World world;
  world.upstream.otherwise([](const testkit::UpstreamRequest&) { return Answer::json("[1]"); });
  for (const char* name : {"run", "get", "once", "help"}) world.simple(name, 1);
  for (const char* name : {"run", "get", "once", "help"}) {
    const auto once = world.prewarm({"once", name, "--json"});
    INFO(name << once.err);
    CHECK(once.exit_code == 0);
    CHECK(members(once.out, "run", "schedule") == Strings{name});
    CHECK(world.prewarm({"get", name, "--payload"}).out == "[1]");
    CHECK(world.prewarm({"next", name}).exit_code == 0);
    CHECK(world.prewarm({"check", name}).exit_code == 0);
  }
  CHECK(members(world.prewarm({"once", "run", "get", "--json"}).out, "run", "schedule").size() == 2);
}

TEST_CASE("a password that is typed where none is expected is not repeated") {
  World world;
  world.simple("a", 1);
  const std::string url = "redis://user:SECRET@h/0";
  for (const Strings& wrong :
       {Strings{"once", "a", "--stor=" + url}, Strings{"once", "a", "--stor", url}, Strings{"once", url},
        Strings{"once", "a", "-x=" + url}, Strings{"once", "a", "-x" + url},
        Strings{"once", "a", "--all=" + url}, Strings{"get", "a", url}, Strings{url},
        Strings{"--store=" + url}, Strings{"version", url}, Strings{"explain", url}, Strings{"check", url},
        Strings{"next", "--cron", url}, Strings{"once", "a", "--drain=" + url},
        Strings{"once", "a", "--slot", url}, Strings{"once", "a", "--env", url},
        Strings{"once", "a", "--log-level", url}, Strings{"once", "redis+unix:///tmp/x?password=SECRET"}}) {
    for (const bool json : {false, true}) {
      Strings typed = wrong;
      if (json) typed.emplace_back("--json");
      const auto outcome = world.prewarm(typed);
      INFO(typed.front() << " " << typed.back() << "\n" << outcome.out << outcome.err);
      CHECK(outcome.exit_code.value_or(0) != 0);
      CHECK((outcome.out + outcome.err).find("SECRET") == std::string::npos);
    }
  }
  CHECK(world.prewarm({"once", "redis://user:SECRET@h/0"}).err.find("\"redis://…@h/0\"") !=
        std::string::npos);
}

TEST_CASE("what was typed cannot colour the terminal or forge a line") {
  World world;
  world.simple("a", 1);
  const std::string evil = "x\x1b[31m\nerror PW999 forged";
  for (Strings typed :
       {Strings{"explain"}, Strings{"next", "--cron"}, Strings{"next", "--from"}, Strings{"next", "--count"},
        Strings{"seal", "--version"}, Strings{"seal", "--version", "1", "--at"},
        Strings{"classify", "--expect-version"}, Strings{"once"}, Strings{"once", "a", "--slot"},
        Strings{"get", "a", "--pointer"}, Strings{"open"}, Strings{}}) {
    typed.push_back(evil);
    const auto outcome = world.prewarm(typed);
    INFO(typed.front() << "\n" << outcome.out << outcome.err);
    CHECK(outcome.exit_code.value_or(0) != 0);
    CHECK((outcome.out + outcome.err).find('\x1b') == std::string::npos);
    CHECK(outcome.err.find("\nerror PW999") == std::string::npos);
    CHECK(outcome.err.find("error PW999") != 0);
  }
  world.env["PREWARM_STORE"] = "redis+unix:///tmp/%1b%0ax";
  const auto target = world.prewarm({"once", "a"});
  INFO(target.err);
  CHECK(target.err.find('\x1b') == std::string::npos);
  CHECK(target.err.find(
            "error PW312 PREWARM_STORE: the store URL names a socket path with a control character") == 0);
  CHECK(target.exit_code == 2);
}

TEST_CASE("a time that no slot or envelope can have is a usage error") {
  for (const char* at : {"9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00"}) {
    const auto sealed = bare({"seal", "--version", "1", "--at", at}, "1");
    INFO(sealed.err);
    CHECK(sealed.exit_code == 2);
    CHECK(sealed.err.find("error PW314 --at: \"" + std::string(at) +
                          "\" is outside the years 0000 to 9999") == 0);
  }
  for (const char* from : {"1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2200-01-01T00:00:00Z"})
    for (const Strings& typed : {Strings{"next", "--cron", "@hourly"}, Strings{"explain", "@hourly"}}) {
      Strings words = typed;
      words.insert(words.end(), {"--from", from});
      const auto outcome = bare(words);
      INFO(outcome.err);
      CHECK(outcome.exit_code == 2);
      CHECK(outcome.err.find("error PW314 --from: slots lie from 1970 to 2199") == 0);
    }
  CHECK(bare({"next", "--cron", "@hourly", "--from", "1970-01-01T00:00:00Z"}).out ==
        "1970-01-01T01:00:00+00:00\n");
}

TEST_CASE("an empty PREWARM_SCHEDULES counts as unset") {
  World world;
  world.simple("a", 1);
  world.env["PREWARM_SCHEDULES"] = "";
  CHECK(world.prewarm({"next", "a"}).exit_code == 0);
  CHECK(world.prewarm({"check"}).exit_code == 0);
}

TEST_CASE("a secret or a PEM file that is a pipe or a device is refused at once") {
  World world;
  world.schedule("a", R"({"schedule":"@hourly","fetch":{"url":")" + world.upstream.url("/a") +
                          R"(","headers":{"x-token":"${TOKEN}"}},"store":{"version":1}})");
  const std::string pipe = (world.dir / "pipe").string();
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  for (const std::string& path : {pipe, std::string("/dev/zero"), std::string("/tmp")}) {
    world.env["TOKEN_FILE"] = path;
    const auto check = world.prewarm({"check"});
    INFO(check.out << check.err);
    CHECK(check.exit_code == 2);
    CHECK(check.out.find(" PW307 ") != std::string::npos);
  }
  world.env.erase("TOKEN_FILE");
  world.env["TOKEN"] = "x";
  for (const char* flag : {"--store-ca", "--store-cert", "--store-key"}) {
    const auto outcome = world.prewarm({"once", "a", flag, pipe, "--store", "rediss://127.0.0.1:1/0"});
    INFO(outcome.err);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.err.find("error PW312 " + std::string(flag) + ": ") != std::string::npos);
    CHECK(outcome.err.find("is not a file") != std::string::npos);
  }
}

TEST_CASE("a secret behind symbolic links is read") {
  World world;
  world.upstream.otherwise([](const testkit::UpstreamRequest&) { return Answer::json("[1]"); });
  world.schedule("a", R"({"schedule":"@hourly","fetch":{"url":")" + world.upstream.url("/a") +
                          R"(","headers":{"x-token":"${TOKEN}"}},"store":{"version":1}})");
  world.dir.write("data/token", "s\n");
  REQUIRE(symlink("data", (world.dir / "now").c_str()) == 0);
  REQUIRE(symlink("now/token", (world.dir / "token").c_str()) == 0);
  world.env["TOKEN_FILE"] = (world.dir / "token").string();
  CHECK(world.prewarm({"once", "a"}).exit_code == 0);
}
