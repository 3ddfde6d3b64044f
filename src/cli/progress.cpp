// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.hpp"

#include <cstdio>

namespace prewarm::cli {
namespace {

constexpr Millis kEvery{100};
constexpr const char* kFromTheStart = "\r\x1b[K";  // erases the line

}  // namespace

void ProgressLine::show(const report::Progress& progress) {
  const std::lock_guard lock(mutex_);
  const BootTime now = clock_.boot_now();
  if (now < next_) return;
  next_ = now + kEvery;
  shown_ = true;
  std::fprintf(stderr, "%s%s", kFromTheStart, report::progress_text(progress).c_str());
  std::fflush(stderr);
}

void ProgressLine::clear() {
  const std::lock_guard lock(mutex_);
  if (!shown_) return;
  shown_ = false;
  std::fputs(kFromTheStart, stderr);
  std::fflush(stderr);
}

}  // namespace prewarm::cli
