// SPDX-License-Identifier: Apache-2.0
// Processes as others start them: descriptors closed, too few of them, files that may not grow; and who hears
// of a start that is refused.
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <filesystem>
#include <thread>

#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using Strings = std::vector<std::string>;

namespace {

// The program started by a shell that first does `before`; `redirect` closes descriptors.
testkit::ChildCommand shell(const World& world, const std::string& before, const std::string& words,
                            const std::string& redirect = "") {
  testkit::ChildCommand command = world.command({});
  const std::string program = command.program.string();
  command.program = "/bin/sh";
  command.arguments = {"-c", before + "exec " + program + " " + words + " " + redirect};
  return command;
}

void answering(World& world) {
  world.upstream.otherwise([](const testkit::UpstreamRequest&) { return Answer::json("[1]"); });
  world.simple("news", 1);
}

}  // namespace

TEST_CASE("a worker without stdin, stdout and stderr keeps its log out of the store's connection") {
  World world;
  answering(world);
  const testkit::RedisServer redis;
  world.use(redis);
  testkit::Process worker(shell(world, "", "run", "<&- >&- 2>&-"));
  const std::string descriptors = "/proc/" + std::to_string(worker.pid()) + "/fd/";
  const auto deadline = std::chrono::steady_clock::now() + testkit::kDeadline;
  while (world.pings().size() < 2 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  for (const char* number : {"0", "1", "2"}) {
    std::error_code error;
    CHECK(std::filesystem::read_symlink(descriptors + number, error) == "/dev/null");
  }
  worker.signal(SIGTERM);
  CHECK(worker.wait().exit_code == 0);
  CHECK(redis.command({"INFO", "errorstats"}).text.find("errorstat_ERR") == std::string::npos);
}

TEST_CASE("data for a closed stdout is exit 1, whichever other descriptors are closed") {
  World world;
  for (const char* redirect : {">&-", "<&- >&-", "<&- >&- 2>&-"}) {
    INFO(redirect);
    CHECK(testkit::run(shell(world, "", "version", redirect)).exit_code == 1);
  }
}

TEST_CASE("a file size limit is an error of the store, not the end of the process") {
  World world;
  answering(world);
  const auto outcome = testkit::run(shell(world, "ulimit -f 4; ", "once news --json"));
  INFO(outcome.err);
  CHECK(outcome.signal == 0);
  CHECK(outcome.exit_code.value_or(0) > 0);
}

TEST_CASE("too few descriptors are refused with the number that is needed") {
  World world;
  answering(world);
  for (const char* command : {"run", "once news", "once --all"})
    for (const int limit : {8, 16, 51}) {
      const auto outcome = testkit::run(shell(world, "ulimit -n " + std::to_string(limit) + "; ", command));
      INFO(command << " " << limit << "\n" << outcome.err);
      CHECK(outcome.exit_code == 2);
      CHECK(outcome.err.find("error PW317 " + std::to_string(limit) +
                             " descriptors are allowed and 52 are needed") != std::string::npos);
    }
  const auto enough = testkit::run(shell(world, "ulimit -n 52; ", "once news"));
  INFO(enough.err);
  CHECK(enough.exit_code == 0);
  CHECK(testkit::run(shell(world, "ulimit -S -n 8; ", "once news")).exit_code == 0);  // raised
}

TEST_CASE("who waits for a ping hears of a store that cannot be used") {
  World world;
  world.simple("news", 1);
  world.dir.write("empty.pem", "");
  for (const Strings& words :
       {Strings{"--store", "redis//h"}, Strings{"--store-ca", "missing.pem"},
        Strings{"--store", "rediss://127.0.0.1:1/0", "--store-ca", (world.dir / "empty.pem").string()}})
    for (const Strings& command : {Strings{"run"}, Strings{"once", "news"}, Strings{"once", "--all"}}) {
      Strings typed = command;
      typed.insert(typed.end(), words.begin(), words.end());
      const std::size_t before = world.pings().size();
      const auto outcome = world.prewarm(typed);
      INFO(outcome.err);
      CHECK(outcome.exit_code == 2);
      CHECK(outcome.err.find("PW312") != std::string::npos);
      REQUIRE(world.pings().size() == before + 1);
      CHECK(world.pings().back().find("/news/fail") == 0);
    }
  const std::size_t before = world.pings().size();
  for (const Strings& quiet : {Strings{"--no-heartbeat"}, Strings{"--dry-run"}})
    CHECK(world.prewarm({"once", "news", "--store", "redis//h", quiet[0]}).exit_code == 2);
  CHECK(world.pings().size() == before);
}

TEST_CASE("who waits for a ping hears of a once that was typed wrong") {
  World world;
  world.simple("news", 1);
  for (const Strings& typed : {Strings{"once", "news", "--slot", "garbage"},
                               Strings{"once", "news", "--due-within", "garbage"}, Strings{"once", "nwes"}}) {
    const std::size_t before = world.pings().size();
    const auto outcome = world.prewarm(typed);
    INFO(typed.back() << outcome.err);
    CHECK(outcome.exit_code.value_or(0) > 0);
    REQUIRE(world.pings().size() == before + 1);
    CHECK(world.pings().back().find("/news/fail") == 0);
  }
}
