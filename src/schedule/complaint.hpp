// SPDX-License-Identifier: Apache-2.0
// A finding that has no place yet: what the pure readers of texts (URLs, `${NAME}`) say was wrong. Holds no
// secret: no filled-in text and no text that may hold one. Pure.
#pragma once

#include <string>

namespace prewarm::schedule {

struct Complaint {
  int code = 0;
  std::string message;  // behind the pointer, without final stop
  std::string remedy;
};

/// Warnings can be allowed and do not keep a catalog from being made (the W in SURFACE 6).
bool is_warning(int code) noexcept;

}  // namespace prewarm::schedule
