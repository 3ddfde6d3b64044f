// SPDX-License-Identifier: Apache-2.0
#include "prewarm/cli/cli.hpp"

#include <cstdio>

namespace prewarm::cli {

int run(int /*argc*/, char** /*argv*/) {
  std::puts("prewarm " PREWARM_VERSION);
  return 0;
}

}  // namespace prewarm::cli
