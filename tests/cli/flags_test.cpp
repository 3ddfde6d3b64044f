// SPDX-License-Identifier: Apache-2.0
// What is typed: help, misspelt flags, and --json beside output that is bytes.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/flags.hpp"
#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using Strings = std::vector<std::string>;

namespace {

// stdout is one `exit` line of code 2 with message and remedy, and nothing else.
void is_only_an_exit_line(const testkit::Finished& outcome) {
  CHECK(outcome.exit_code == 2);
  const auto line = nlohmann::json::parse(outcome.out, nullptr, false);
  REQUIRE(line.is_object());
  CHECK(line.value("type", "") == "exit");
  CHECK(line.value("code", 0) == 2);
  CHECK(line.value("message", "").find("PW314") == 0);
  CHECK_FALSE(line.value("do", "").empty());
}

}  // namespace

TEST_CASE("--json is refused where the output is bytes or a document") {
  const std::string value = bare({"seal", "--version", "3"}, "[1]").out;
  for (const Strings& wrong :
       {Strings{"seal", "--version", "3", "--json"}, Strings{"open", "--payload", "--json"},
        Strings{"schema", "--json"}, Strings{"schema", "--markdown", "--json"},
        Strings{"get", "news", "--payload", "--json"}, Strings{"get", "news", "--json", "--pointer", "/0"},
        Strings{"get", "news", "--raw", "--json"}}) {
    const auto outcome = bare(wrong, value);
    INFO(wrong[0] << " " << wrong[1]);
    is_only_an_exit_line(outcome);
    CHECK(outcome.err.find("--json and ") != std::string::npos);
    CHECK(outcome.err.find("do: leave ") != std::string::npos);
  }
  CHECK(value.back() == '}');
}

TEST_CASE("a code is explained as one JSON line") {
  const auto outcome = bare({"explain", "PW701", "--json"});
  std::istringstream lines(outcome.out);
  std::string first, last, more;
  std::getline(lines, first);
  std::getline(lines, last);
  CHECK_FALSE(std::getline(lines, more));
  const auto code = nlohmann::json::parse(first, nullptr, false);
  REQUIRE(code.is_object());
  CHECK(code.value("type", "") == "code");
  CHECK(code.value("code", "") == "PW701");
  CHECK(code.value("text", "") == "ends a run as store_failed, exit 5: the store cannot be reached");
  CHECK(code.value("example", "") == "cache.example.net:6379 refused the connection");
  CHECK(code.value("do", "").find("check --store") == 0);
  CHECK(last == R"({"type":"exit","code":0})");
}

TEST_CASE("a fault of the command line ends with one exit line when --json was typed") {
  for (const Strings& wrong : {Strings{"run", "--bogus", "--json"}, Strings{"next", "--count", "x", "--json"},
                               Strings{"onec", "--json"}, Strings{"--json"}, Strings{"get", "--json"},
                               Strings{"once", "--json", "--env"}, Strings{"version", "more", "--json"},
                               Strings{"explain", "L * *", "--json", "--tz", "Mars/Phobos"}}) {
    const auto outcome = bare(wrong);
    INFO(wrong[0] << " " << outcome.out);
    CHECK(outcome.exit_code == 2);
    CHECK(members(outcome.out, "exit", "code") == Strings{"2"});
    CHECK(std::count(outcome.out.begin(), outcome.out.end(), '\n') == 1);
  }
  is_only_an_exit_line(bare({"run", "--bogus", "--json"}));
  CHECK(bare({"run", "--bogus"}).out.empty());
}

TEST_CASE("version and help are found where other programs have them") {
  CHECK(bare({"--version"}).exit_code == 0);
  CHECK(bare({"--version"}).out == bare({"version"}).out);
  CHECK(members(bare({"--version", "--json"}).out, "version", "envelope") == Strings{"1"});
  CHECK(bare({"help"}).exit_code == 0);
  CHECK(bare({"help"}).out == bare({"--help"}).out);
  for (const auto& info : cli::commands()) {
    const std::string name(info.name);
    CHECK(bare({"help", name}).out == bare({name, "--help"}).out);
  }
  CHECK(bare({"help", "onec"}).err.find("did you mean prewarm once?") != std::string::npos);
}

TEST_CASE("a misspelt flag is answered with the nearest, one of another command with its owner") {
  CHECK(bare({"run", "--evn", "test"}).err ==
        "error PW314 --evn is not a flag of run.  do: did you mean --env?\n");
  CHECK(bare({"once", "--dryrun"}).err.find("did you mean --dry-run?") != std::string::npos);
  CHECK(bare({"once", "--drain=3s"}).err.find("--drain is not a flag of once, but of run") !=
        std::string::npos);
  CHECK(bare({"next", "--cron", "--evn"}).err.find("PW210") != std::string::npos);  // a value is no flag
  CHECK(bare({"explain", "--", "--evn"}).err.find("PW210") != std::string::npos);
}

TEST_CASE("too many names, a flag that is given twice and what nothing takes are said in our words") {
  CHECK(bare({"get", "a", "b"}).err ==
        "error PW314 get takes one NAME; \"b\" is one too many.  do: prewarm get NAME, once for each\n");
  CHECK(bare({"get", "a", "--", "-b"}).err.find("get takes one NAME; \"-b\" is one too many") !=
        std::string::npos);
  for (const Strings& twice :
       {Strings{"once", "x", "--env", "a", "--env", "b"}, Strings{"once", "x", "--env=a", "--env", "b"}})
    CHECK(bare(twice).err == "error PW314 --env is given twice.  do: leave one of them out\n");
  for (const Strings& twice : {Strings{"next", "-n", "1", "--count", "2"}, Strings{"next", "-n1", "-n=2"}})
    CHECK(bare(twice).err == "error PW314 --count is given twice.  do: leave one of them out\n");
  CHECK(bare({"version", "x", "y"}).err ==
        "error PW314 version takes no argument; \"x\" is given.  do: prewarm version --help\n");
  CHECK(bare({"run", "news"}).err.find("PW314 run takes no argument; \"news\" is given") !=
        std::string::npos);
  CHECK(bare({"once", "-x"}).err == "error PW314 -x is not a flag of once.  do: prewarm once --help\n");
  CHECK(bare({"once", "-vz"}).err.find("PW314 -z is not a flag of once") != std::string::npos);
  CHECK(bare({"get", "a", "b", "--help"}).exit_code == 0);
  CHECK(bare({"next", "--cron", "--cron"}).err.find("PW210") != std::string::npos);  // a value is no flag
}

TEST_CASE("what must be given is said with an example of each") {
  const std::string nothing = bare({"explain"}).err;
  CHECK(nothing.find("explain needs a cron expression or a PW code") != std::string::npos);
  CHECK(nothing.find("prewarm explain '30 2 * * *', or prewarm explain PW310") != std::string::npos);
  CHECK(bare({"get"}).err.find("get needs the name of a schedule") != std::string::npos);
  CHECK(bare({"seal"}, "[]").err.find("seal needs --version N") != std::string::npos);
  CHECK(bare({"classify"}, "[]").err.find("classify needs --expect-version N") != std::string::npos);
}

TEST_CASE("help names the program, the kinds of values and the flags that do something") {
  for (const auto& info : cli::commands()) {
    const std::string name(info.name), help = bare({name, "--help"}).out;
    INFO(help);
    CHECK(help.find("Usage: prewarm " + name) != std::string::npos);
    CHECK(help.find("TEXT") == std::string::npos);
    CHECK(help.find("< ") == std::string::npos);
  }
  for (const char* name : {"seal", "open", "classify", "schema", "explain", "version"}) {
    const std::string help = bare({name, "--help"}).out;
    INFO(help);
    for (const char* flag : {"--env ", "--store", "--schedules", "--color"})
      CHECK(help.find("  " + std::string(flag)) == std::string::npos);
  }
  CHECK(bare({"seal", "--version", "1", "--env", "test", "--store", "x"}, "[]").exit_code == 0);
  CHECK(bare({"next", "--help"}).out.find("of each schedule (1)") != std::string::npos);
  CHECK(bare({"explain", "--help"}).out.find("how many slots (5)") != std::string::npos);
  CHECK(bare({"once", "--help"}).out.find("--if-older-than DURATION") != std::string::npos);
  CHECK(bare({"check", "--help"}).out.find("prewarm:ENV:probe:WORKER") != std::string::npos);
}

TEST_CASE("examples that need no schedule work as they are printed") {
  World world;
  world.env.clear();
  testkit::ChildCommand command = world.command({});
  const std::string programs = command.program.parent_path().string();
  command.program = "/bin/sh";
  int run = 0;
  for (const auto& info : cli::commands()) {
    std::istringstream lines{std::string(info.examples)};
    for (std::string line; std::getline(lines, line);) {
      if (line.find("--env") != std::string::npos || line.find('>') != std::string::npos) continue;
      if (line.find("next -n") != std::string::npos) continue;  // reads the folder
      ++run;
      command.arguments = {"-c", "PATH=" + programs + ":$PATH; " + line};
      INFO(line);
      CHECK(testkit::run(command).exit_code == 0);
    }
  }
  CHECK(run > 6);
}
