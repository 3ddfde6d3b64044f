// SPDX-License-Identifier: Apache-2.0
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>

#include <csignal>

#include "support/temp_dir.hpp"

using namespace prewarm::testkit;
using namespace std::chrono_literals;

namespace {
ChildCommand shell(const std::string& script) { return {"sh", {"-c", script}}; }
}  // namespace

TEST_CASE("a child's exit code, output and errors come back apart") {
  const Finished finished = run(shell("echo out; echo err >&2; exit 7"));
  CHECK(finished.exit_code == 7);
  CHECK(finished.signal == 0);
  CHECK(finished.out == "out\n");
  CHECK(finished.err == "err\n");
  CHECK_FALSE(finished.timed_out);
  CHECK(finished.duration > 0ns);
  CHECK(finished.max_rss_kib > 0);
}

TEST_CASE("a child's environment is the given one and PATH") {
  ChildCommand command{"env", {}, {{"PREWARM_ENV", "test"}, {"EMPTY", ""}}};
  const Finished finished = run(command);
  CHECK(finished.out == "EMPTY=\nPATH=" + std::string(std::getenv("PATH")) + "\nPREWARM_ENV=test\n");
  command.environment = {{"PATH", "/nowhere"}};
  CHECK(run(command).out == "PATH=/nowhere\n");
}

TEST_CASE("a child reads what it is given, much of it too, and need not read it") {
  ChildCommand command = shell("cat");
  command.input = std::string(3U << 20, 'x');
  CHECK(run(command).out == command.input);
  ChildCommand careless = shell("exec true");
  careless.input = command.input;
  CHECK(run(careless).exit_code == 0);
  CHECK(run(shell("cat; echo end")).out == "end\n");
}

TEST_CASE("a child works in the given directory") {
  const TempDir directory;
  ChildCommand command = shell("pwd -P");
  command.directory = directory.path();
  CHECK(run(command).out == std::filesystem::canonical(directory.path()).string() + "\n");
}

TEST_CASE("a child that takes too long is killed") {
  const Finished finished = run(shell("echo here; exec sleep 3600"), 300ms);
  CHECK(finished.timed_out);
  CHECK(finished.signal == SIGKILL);
  CHECK_FALSE(finished.exit_code.has_value());
}

TEST_CASE("a child can be watched line by line and signalled") {
  Process process(
      shell("trap 'echo got it >&2; exit 3' TERM; echo a >&2; echo ready now >&2; while :; do read x; done"));
  CHECK(process.wait_for_line("ready") == "ready now");
  CHECK(process.wait_for_line("a") == "a");
  CHECK(process.running());
  CHECK(process.peak_rss_kib() > 0);
  CHECK(process.peak_rss_kib() < 10'000);
  process.signal(SIGTERM);
  CHECK(process.wait_for_line("got it") == "got it");
  CHECK(process.wait().exit_code == 3);
  process.signal(SIGKILL);  // to nobody
  CHECK_FALSE(process.running());
  CHECK(process.wait().exit_code == 3);
}

TEST_CASE("waiting for a line ends when the child does") {
  Process process(shell("echo other; exit 0"));
  CHECK_FALSE(process.wait_for_line("never", Process::Stream::out).has_value());
  CHECK_FALSE(process.wait_for_line("never", Process::Stream::err, 1ms).has_value());
  CHECK(process.text(Process::Stream::out) == "other\n");
}

TEST_CASE("a child can be killed at a moment, also a stopped one") {
  Process process(shell("kill -STOP $$"));
  const Finished finished = process.kill_at(30ms);
  CHECK(finished.signal == SIGKILL);
  CHECK(finished.duration >= 30ms);
  CHECK(run(shell("kill -SEGV $$")).signal == SIGSEGV);
}

TEST_CASE("a grandchild that keeps the pipes keeps nobody waiting") {
  const TempDir directory;
  ChildCommand command = shell("sleep 3600 & echo $! > pid; echo done");
  command.directory = directory.path();
  const Finished finished = run(command);
  kill(static_cast<pid_t>(std::stol(read_file(directory / "pid"))), SIGKILL);
  CHECK(finished.out == "done\n");
  CHECK_FALSE(finished.timed_out);
}

TEST_CASE("a program that is not there is an error, not a child") {
  CHECK_THROWS_AS(run({"no-such-program-anywhere"}), std::runtime_error);
  CHECK_THROWS_AS(run({"/dev/null"}), std::runtime_error);
}

TEST_CASE("a child starts with default signals whatever the test ignores") {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  const Finished finished = run(shell("kill -PIPE $$; echo survived"));
  std::signal(SIGPIPE, before);
  CHECK(finished.signal == SIGPIPE);
}
