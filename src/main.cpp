// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
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

}  // namespace

int main(int argc, char** argv) {
  fill_standard_descriptors();
  return prewarm::cli::run(argc, argv);
}
