// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

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

}  // namespace

int main(int argc, char** argv) {
  keep_memory_private();
  fill_standard_descriptors();
  return prewarm::cli::run(argc, argv);
}
