// SPDX-License-Identifier: Apache-2.0
#include "prewarm/report/progress.hpp"

#include <algorithm>

#include "prewarm/base/units.hpp"

namespace prewarm::report {
namespace {

std::size_t ids_a_second(const Progress& progress) {
  const auto millis = static_cast<std::size_t>(std::max<Millis::rep>(progress.elapsed.count(), 1));
  return progress.done * 1000 / millis;
}

// At the rate so far; nothing of use before the first id is done.
Millis time_left(const Progress& progress) {
  const auto left = static_cast<Millis::rep>(progress.ids - std::min(progress.done, progress.ids));
  return progress.elapsed * left / static_cast<Millis::rep>(std::max<std::size_t>(progress.done, 1));
}

}  // namespace

std::string progress_text(const Progress& progress) {
  std::string text = progress.schedule + "  " + std::to_string(progress.done) + " of " +
                     std::to_string(progress.ids) + " ids";
  if (progress.done == 0) return text;
  text += ", " + std::to_string(ids_a_second(progress)) + " a second";
  if (progress.failed > 0) text += ", " + std::to_string(progress.failed) + " failed";
  return text + ", " + duration_text(time_left(progress)) + " left";
}

LogLine progress_line(const Progress& progress, WallTime now) {
  LogLine line{now, Level::info, "run.progress", progress_text(progress), {}};
  line.fields = {{"schedule", progress.schedule},
                 {"run_id", progress.run_id},
                 {"ids_requested", static_cast<std::int64_t>(progress.ids)},
                 {"ids_done", static_cast<std::int64_t>(progress.done)},
                 {"ids_failed", static_cast<std::int64_t>(progress.failed)},
                 {"duration_ms", static_cast<std::int64_t>(progress.elapsed.count())}};
  return line;
}

}  // namespace prewarm::report
