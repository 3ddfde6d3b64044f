// SPDX-License-Identifier: Apache-2.0
// How far a long fan-out is: for the rewritten line of a terminal, and for the log elsewhere. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "prewarm/base/log.hpp"

namespace prewarm::report {

struct Progress {
  std::string schedule, run_id;
  std::size_t done = 0;    // ids that are through, whatever became of them
  std::size_t failed = 0;  // of these
  std::size_t ids = 0;
  Millis elapsed{};
};

/// "users  4200 of 10000 ids, 850 a second, 12 failed, 7s left"
std::string progress_text(const Progress& progress);
/// The `run.progress` line.
LogLine progress_line(const Progress& progress, WallTime now);

}  // namespace prewarm::report
