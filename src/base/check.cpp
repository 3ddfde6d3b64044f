// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace prewarm {

void check_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "prewarm: internal error: ENSURE(%s) at %s:%d. Please report this line.\n", condition,
               file, line);
  std::abort();
}

}  // namespace prewarm
