// SPDX-License-Identifier: Apache-2.0
// measure FILE COMMAND...
// Runs COMMAND, writes to FILE one line of JSON with what it cost, and ends with its exit status. A program
// of its own because Linux lets a child's peak memory begin at that of the process it was forked from: an
// interpreter would show through.
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>

extern char** environ;

namespace {
double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}
}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const auto start = std::chrono::steady_clock::now();
  pid_t child = 0;
  if (posix_spawnp(&child, argv[2], nullptr, nullptr, argv + 2, environ) != 0) {
    std::fprintf(stderr, "measure: cannot run %s\n", argv[2]);
    return 127;
  }
  int status = 0;
  rusage used{};
  if (wait4(child, &status, 0, &used) != child) return 127;
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  FILE* file = std::fopen(argv[1], "w");
  if (file == nullptr) return 127;
  std::fprintf(file, "{\"user\":%.6f,\"system\":%.6f,\"wall\":%.6f,\"rss_kib\":%ld}\n",
               seconds(used.ru_utime), seconds(used.ru_stime), wall.count(), used.ru_maxrss);
  std::fclose(file);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
