// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "prewarm/base/give_up.hpp"
#include "prewarm/cli/cli.hpp"

namespace {

// Before any other object of the program is made: these allocate too.
[[gnu::constructor(101)]] void expect_lack_of_memory() { prewarm::give_up_without_memory(); }

// A descriptor that was closed would be the next socket, and what goes to stderr would go to the store. To be
// read only: data for a stdout that was closed still cannot be written, which is told.
void fill_standard_descriptors() {
  for (int number = STDIN_FILENO; number <= STDERR_FILENO; ++number)
    if (fcntl(number, F_GETFD) == -1)
      open("/dev/null", O_RDONLY);  // NOLINT(cppcoreguidelines-pro-type-vararg)
}

// Its memory holds secrets: no core file, and no other process of the same user reads it (PROMISES 16).
void keep_memory_private() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
#ifndef PREWARM_SANITIZED              // the leak sanitizer reads it so
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);  // NOLINT(cppcoreguidelines-pro-type-vararg)
#endif
}

extern "C" void leave(int number) { _exit(128 + number); }

// In a container without an init it is process 1: the parent of what a health check leaves behind (nobody
// here waits for a child), and one whom the kernel gives no signal without a handler. SignalWatch takes over
// where there is something to end in order.
void serve_as_first_process() {
  std::signal(SIGCHLD, SIG_IGN);
  if (getpid() != 1) return;
  for (const int number : {SIGTERM, SIGINT}) std::signal(number, leave);
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory_private();
  fill_standard_descriptors();
  serve_as_first_process();
  return prewarm::cli::run(argc, argv);
}
