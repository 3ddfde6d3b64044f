// SPDX-License-Identifier: Apache-2.0
// The progress of long fan-outs on a terminal: one line on stderr that is written anew, and gone before
// anything else is printed. Thread-safe.
#pragma once

#include <mutex>

#include "prewarm/base/clock.hpp"
#include "prewarm/report/progress.hpp"

namespace prewarm::cli {

class ProgressLine {
 public:
  explicit ProgressLine(Clock& clock) : clock_(clock) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { clear(); }

  /// Draws at most ten times a second.
  void show(const report::Progress& progress);
  void clear();

 private:
  Clock& clock_;
  std::mutex mutex_;
  BootTime next_{};
  bool shown_ = false;
};

}  // namespace prewarm::cli
