// SPDX-License-Identifier: Apache-2.0
// The program where the system has no more for it.
#include <catch2/catch_test_macros.hpp>

#include "cli/world.hpp"

namespace prewarm::test {
namespace {

using testkit::Answer;

/// `once news` with so much address space.
testkit::Finished within(const World& world, long kib) {
  testkit::ChildCommand command = world.command({});
  command.arguments = {"-c", "ulimit -v " + std::to_string(kib) + "; exec \"$0\" once news",
                       command.program.string()};
  command.program = "sh";
  return testkit::run(command, std::chrono::seconds(60));
}

}  // namespace

TEST_CASE("without memory for a body the program says so, ends with status 1 and leaves the old value") {
  World world;
  world.schedule("news", R"({"schedule":"*/5 * * * *","fetch":{"retries":0,"maxBytes":"64MiB","url":")" +
                             world.upstream.url("/news") + R"("},"store":{"version":1},"heartbeat":")" +
                             world.sink.url("/news") + R"("})");
  world.upstream.on("/news", Answer::json(R"(["old"])"));
  REQUIRE(world.prewarm({"once", "news"}).exit_code == 0);
  const std::string old = world.prewarm({"get", "news"}).out;

  world.upstream.on("/news", Answer::json("[\"" + std::string(60'000'000, 'a') + "\"]"));
  const auto end = within(world, 120'000);
  INFO(end.out << end.err);
  CHECK(end.exit_code == 1);
  CHECK(end.err.find("error out of memory.  do: give the process more") != std::string::npos);
  CHECK(world.sink.requests("/news").size() == 1);  // success was told by the run before alone
  CHECK(old.find(R"("payload":["old"])") != std::string::npos);
  CHECK(world.prewarm({"get", "news"}).out == old);
}

TEST_CASE("without memory for a thread's stack the program says so and ends with status 1") {
  World world;
  world.simple("news", 1);
  world.upstream.on("/news", Answer::json("[1]"));
  bool seen = false;
  for (long kib = 30'000; kib < 120'000 && !seen; kib += 2'000) {
    const auto end = within(world, kib);
    INFO(kib << " KiB: " << end.out << end.err);
    CHECK(end.signal == 0);
    CHECK(end.exit_code != 0);
    seen = end.err.find("error cannot start a thread.  do: raise the limit") != std::string::npos;
    if (seen) CHECK(end.exit_code == 1);
  }
  CHECK(seen);
}

}  // namespace prewarm::test
