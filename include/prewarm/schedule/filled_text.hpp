// SPDX-License-Identifier: Apache-2.0
// Text of a schedule file that may hold `${NAME}`. Pure: a value.
#pragma once

#include <string>

#include "prewarm/base/secret.hpp"

namespace prewarm::schedule {

/// As written (safe to show) and filled in (never shown).
struct FilledText {
  std::string written;
  Secret value;
};

}  // namespace prewarm::schedule
