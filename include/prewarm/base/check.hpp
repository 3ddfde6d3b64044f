// SPDX-License-Identifier: Apache-2.0
// ENSURE: what must hold unless we erred. Alive in release builds: it writes place and condition to stderr
// and aborts. Not for bad input and not for failures of the outside; those are findings and errors.
// Thread-safe.
#pragma once

namespace prewarm {
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;
}  // namespace prewarm

#define ENSURE(condition)                              \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::prewarm::check_failed(#condition, __FILE__, __LINE__))
