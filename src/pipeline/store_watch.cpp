// SPDX-License-Identifier: Apache-2.0
#include "pipeline/store_watch.hpp"

namespace prewarm::pipeline {

std::optional<LogLine> StoreWatch::see(const run::RunReport& report) {
  if (report.outcome == run::Outcome::store_failed && report.error) {
    if (failures_ == 0) down_since_ = report.ended;
    ++failures_;
    if ((failures_ & (failures_ - 1)) != 0) return std::nullopt;
    LogLine line{report.ended_wall, Level::error, "store.down", report.error->message, {}};
    line.fields.push_back({"code", code_text(code_of(report.error->kind))});
    line.fields.push_back({"reason", std::string(reason_of(report.error->kind))});
    if (failures_ > 1) line.fields.push_back({"repeated", failures_});
    return line;
  }
  const bool reached = report.outcome == run::Outcome::verified || report.keys_written;
  if (failures_ == 0 || !reached) return std::nullopt;
  failures_ = 0;
  const auto down = std::chrono::duration_cast<std::chrono::seconds>(report.ended - down_since_);
  LogLine line{report.ended_wall, Level::info, "store.up", "the store answers again", {}};
  line.fields.push_back({"down_s", static_cast<std::int64_t>(down.count())});
  return line;
}

}  // namespace prewarm::pipeline
