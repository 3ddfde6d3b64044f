// SPDX-License-Identifier: Apache-2.0
// The long-lived worker: the agenda's loop. Sleeps until the next slot, hands due runs to the pipeline, tells
// the agenda which runs ended, and at the end drains. Warms at start what is missing or stale. `run` is
// called on the main thread, which is the agenda's; `stop` is thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "prewarm/pipeline/pipeline.hpp"
#include "prewarm/schedule/agenda.hpp"

namespace prewarm::pipeline {

/// What stands at a schedule's key, seen before the pipeline owns the store.
struct Standing {
  schedule::SchedulePtr schedule;
  envelope::Class cls = envelope::Class::absent;
  std::optional<Millis> age, cold_in;
  bool stale() const { return cls != envelope::Class::current || !age || *age > schedule->stale_after; }
};
/// Reads heads and TTLs. Errors: those of Store::read.
Result<std::vector<Standing>> look_around(const schedule::Catalog& catalog, store::Store& store,
                                          Clock& clock);

class Worker {
 public:
  Worker(Services services, const schedule::Catalog& catalog, Millis drain);

  /// Runs these schedules at once, with trigger `start`; at most 8 of them at a time.
  void warm(std::vector<schedule::SchedulePtr> schedules);
  /// Until `stop`, then drains. False when something had to be written off: leave by _exit.
  bool run();
  void stop() noexcept;
  const schedule::Agenda& agenda() const noexcept { return agenda_; }

 private:
  void on_report(const run::RunReport& report);
  void take_ended();
  void start_warming();
  void dispatch(const schedule::Turn& turn);
  bool drain();

  Services services_;
  const Millis drain_;
  schedule::Agenda agenda_;
  std::vector<schedule::SchedulePtr> to_warm_;  // agenda thread
  std::size_t warming_ = 0;
  std::mutex mutex_;
  std::vector<std::pair<std::string, schedule::Trigger>> ended_;
  std::atomic<bool> stop_{false};
  Pipeline pipeline_;
};

}  // namespace prewarm::pipeline
