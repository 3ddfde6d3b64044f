// SPDX-License-Identifier: Apache-2.0
// A stderr that nobody reads: warming goes on, and signals are obeyed.
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <csignal>

#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;

namespace {

// stderr is a pipe with room for the first lines of a start; its reader is the program itself, which never
// reads it.
testkit::ChildCommand with_full_stderr(testkit::ChildCommand command) {
  const std::string script =
      "mkfifo full; exec 3<>full;"
      "dd if=/dev/zero of=full bs=4096 count=9999 oflag=nonblock 2>/dev/null;"
      "dd if=full of=/dev/null bs=4096 count=1 2>/dev/null; head -c 3400 /dev/zero >&3;"
      "exec \"$0\" \"$@\" 2>&3";
  command.arguments.insert(command.arguments.begin(), {"-c", script, command.program.string()});
  command.program = "/bin/sh";
  return command;
}

}  // namespace

TEST_CASE("a worker whose stderr nobody reads warms on, and stops in time") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.schedule("news", R"({"schedule":"@every 1s","timeout":"1s","fetch":{"retries":0,"url":")" +
                             world.upstream.url("/news") +
                             R"("},"store":{"version":1,"ttl":"1h"},"staleAfter":"5m","allow":["PW226"]})");
  world.upstream.on("/news", Answer::json("[1]"));
  testkit::Process worker(with_full_stderr(world.command({"run", "--drain", "3s"})));
  world.upstream.wait_for_request(4, "/news");
  const auto start = std::chrono::steady_clock::now();
  worker.signal(SIGTERM);
  CHECK(worker.wait().exit_code == 0);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(4));
  CHECK(redis.value("news:production:v1").has_value());
}

TEST_CASE("a second signal ends a worker at once although nobody reads its stderr") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 1);
  world.upstream.on("/news", Answer::json("[1]").cut_body(0, testkit::Ending::stall));
  testkit::Process worker(with_full_stderr(world.command({"run"})));
  world.upstream.wait_for_request(1, "/news");
  const auto start = std::chrono::steady_clock::now();
  worker.signal(SIGTERM);
  worker.signal(SIGINT);  // of two at once the lower number may come first
  const auto code = worker.wait().exit_code;
  CHECK((code == 130 || code == 143));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
}
