// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/agenda.hpp"

#include <algorithm>
#include "prewarm/base/planted.hpp"

namespace prewarm::schedule {
namespace {

using std::chrono::duration_cast;
using std::chrono::floor;
using std::chrono::seconds;

constexpr WallTime kFarFuture = std::chrono::sys_days{std::chrono::year{9999} / 1 / 1};

// Slewing moves the wall clock by up to 500 ppm; below that, and two seconds, nobody set it.
bool is_jump(Millis moved, BootClock::duration elapsed) {
  return abs(moved) > Millis(2000) + duration_cast<Millis>(elapsed) / 1000;
}

WallTime planned_start(const Schedule& schedule, Slot slot) { return slot + schedule.jitter_of(slot); }

}  // namespace

std::string_view trigger_text(Trigger trigger) noexcept {
  switch (trigger) {
    case Trigger::cron:
      return "cron";
    case Trigger::catchup:
      return "catchup";
    case Trigger::start:
      return "start";
    case Trigger::once:
      return "once";
  }
  return "";
}

std::string_view missed_text(MissedReason reason) noexcept {
  switch (reason) {
    case MissedReason::down:
      return "down";
    case MissedReason::paused:
      return "paused";
    case MissedReason::jump:
      return "jump";
    case MissedReason::unknown:
      return "unknown";
  }
  return "";
}

Agenda::Agenda(const Catalog& catalog, WallTime now, BootTime boot) : last_wall_(now), last_boot_(boot) {
  for (const SchedulePtr& schedule : catalog.schedules) {
    Line line{schedule, schedule->cron.next(floor<seconds>(now), schedule->zone), false, std::nullopt};
    lines_.emplace(schedule->name, std::move(line));
  }
}

std::optional<Millis> Agenda::observe_jump(WallTime now, BootTime boot) {
  const auto elapsed = boot - last_boot_;
  const Millis moved = (now - last_wall_) - duration_cast<Millis>(elapsed);
  last_wall_ = now;
  last_boot_ = boot;
  if (!is_jump(moved, elapsed)) return std::nullopt;
  return moved;
}

Turn Agenda::turn(WallTime now, BootTime boot) {
  Turn turn;
  turn.jump = observe_jump(now, boot);
  turn.correction = turn.jump && abs(*turn.jump) > kMaxJump;
  for (auto& [name, line] : lines_) {
    if (turn.correction) line.next = line.schedule->cron.next(floor<seconds>(now), line.schedule->zone);
    if (line.queued && !line.running) {
      line.running = true;
      turn.due.push_back(*std::exchange(line.queued, std::nullopt));
    }
    collect(line, now, turn.jump.has_value(), turn);
  }
  return turn;
}

// Takes every slot whose start has come off the line. The newest may run; those before it were passed over.
void Agenda::collect(Line& line, WallTime now, bool jumped, Turn& turn) {
  std::optional<Slot> newest, before;
  std::int64_t passed = 0;
  while (line.next && planned_start(*line.schedule, *line.next) <= now) {
    if (newest && planted(Plant::catch_up_runs_all))
      turn.due.push_back({line.schedule, *newest, Trigger::catchup, planned_start(*line.schedule, *newest)});
    else
      passed += newest ? 1 : 0;
    before = std::exchange(newest, line.next);
    line.next = line.schedule->cron.next(*line.next, line.schedule->zone);
  }
  if (!newest) return;
  const WallTime planned = planned_start(*line.schedule, *newest);
  const bool late = now - planned > kLateStart;
  const bool runs = !late || line.schedule->missed == Missed::run_latest;
  const std::int64_t missed = passed + (runs ? 0 : 1);
  if (missed > 0)
    turn.missed.push_back({line.schedule, runs ? *before : *newest, missed,
                           jumped ? MissedReason::jump : MissedReason::paused});
  if (!runs) return;
  const Due due{line.schedule, *newest, late ? Trigger::catchup : Trigger::cron, planned};
  if (!line.running) {
    line.running = true;
    turn.due.push_back(due);
  } else if (line.schedule->overlap == Overlap::queue_one && !line.queued) {
    line.queued = due;
  } else {
    turn.overlapped.push_back({line.schedule, *newest});
  }
}

void Agenda::ended(const std::string& schedule) {
  if (const auto line = lines_.find(schedule); line != lines_.end()) line->second.running = false;
}

void Agenda::started(const std::string& schedule) {
  if (const auto line = lines_.find(schedule); line != lines_.end()) line->second.running = true;
}

std::vector<Due> Agenda::take_waiting() {
  std::vector<Due> waiting;
  for (auto& [name, line] : lines_)
    if (line.queued) waiting.push_back(*std::exchange(line.queued, std::nullopt));
  return waiting;
}

bool Agenda::is_running(const std::string& schedule) const {
  const auto line = lines_.find(schedule);
  return line != lines_.end() && line->second.running;
}

WallTime Agenda::next_wake() const {
  WallTime earliest = kFarFuture;
  for (const auto& [name, line] : lines_) {
    if (line.queued && !line.running) return WallTime{};
    if (line.next) earliest = std::min(earliest, planned_start(*line.schedule, *line.next));
  }
  return earliest;
}

std::optional<Slot> Agenda::next_slot(const std::string& schedule) const {
  const auto line = lines_.find(schedule);
  return line == lines_.end() ? std::nullopt : line->second.next;
}

}  // namespace prewarm::schedule
