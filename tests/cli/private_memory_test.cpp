// SPDX-License-Identifier: Apache-2.0
// The program's memory holds secrets: nobody gets a copy of it.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

using namespace prewarm;

namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The program as another user than root, since root may read everything; it waits for its stdin.
struct Waiting {
  testkit::TempDir folder;
  testkit::Process process;
  std::string proc;

  Waiting() : process(command(folder)), proc("/proc/" + std::to_string(process.pid()) + "/") {
    const auto deadline = std::chrono::steady_clock::now() + testkit::kDeadline;
    while (text_of(proc + "comm") != "prewarm\n" && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));  // it comes to main
  }
  static testkit::ChildCommand command(const testkit::TempDir& folder) {
    namespace fs = std::filesystem;
    const fs::path program = folder.path() / "prewarm";
    fs::copy_file(PREWARM_BINARY_DIR "/prewarm", program);
    for (const fs::path& path : {folder.path(), program}) fs::permissions(path, fs::perms(0755));
    const std::string user =
        geteuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : std::string();
    const std::string fifo = (folder.path() / "in").string();
    return {"/bin/sh",
            {"-c", "ulimit -c unlimited 2>/dev/null; mkfifo " + fifo + " && exec " + user + program.string() +
                       " classify --expect-version 1 <> " + fifo}};
  }
};

}  // namespace

TEST_CASE("the program leaves no core file") {
  const Waiting waiting;
  const std::string limits = text_of(waiting.proc + "limits");
  INFO(limits);
  const auto line = limits.substr(limits.find("Max core file size"), 60);
  CHECK(line.find(" 0                    0 ") != std::string::npos);
}

#ifndef PREWARM_SANITIZED
TEST_CASE("no other process of the same user reads the program's memory") {
  const Waiting waiting;
  struct stat info {};
  REQUIRE(stat((waiting.proc + "environ").c_str(), &info) == 0);
  CHECK(info.st_uid == 0);  // the kernel gives it to root when a process may not be dumped
}
#endif
