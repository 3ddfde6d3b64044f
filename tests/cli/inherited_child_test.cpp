// SPDX-License-Identifier: Apache-2.0
// Children that the program did not start: it gets them as process 1 of a container, or with exec.
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using Steady = std::chrono::steady_clock;

namespace {

std::string children_of(const testkit::Process& process) {
  const std::string id = std::to_string(process.pid());
  std::ifstream file("/proc/" + id + "/task/" + id + "/children");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("an inherited child that ends leaves no zombie") {
  World world;
  world.simple("news", 1);
  auto command = world.command({"run", "--warm-on-start", "none"});
  // The child ends when somebody opens and closes the pipe.
  command.arguments.insert(command.arguments.begin(),
                           {"-c", R"(mkfifo end; cat end & exec "$@")", "sh", command.program.string()});
  command.program = "/bin/sh";
  testkit::Process worker(command);
  REQUIRE(worker.wait_for_line("worker.ready").has_value());
  CHECK_FALSE(children_of(worker).empty());
  std::ofstream(world.dir / "end").close();
  const auto deadline = Steady::now() + testkit::kDeadline;
  while (!children_of(worker).empty() && Steady::now() < deadline) std::this_thread::yield();
  CHECK(children_of(worker).empty());
  worker.signal(SIGTERM);
  CHECK(worker.wait().exit_code == 0);
}
