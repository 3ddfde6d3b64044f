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
  lines_.reserve(catalog.schedules.size());
  for (const SchedulePtr& schedule : catalog.schedules) lines_.push_back({schedule});
  std::sort(lines_.begin(), lines_.end(),
            [](const Line& a, const Line& b) { return a.schedule->name < b.schedule->name; });
  plan_anew(now);
}

// Every line's next slot is the first after `now`.
void Agenda::plan_anew(WallTime now) {
  starts_ = {};
  for (std::size_t at = 0; at < lines_.size(); ++at) {
    Line& line = lines_[at];
    line.next = line.schedule->cron.next(floor<seconds>(now), line.schedule->zone);
    expect_next(at);
  }
}

void Agenda::expect_next(std::size_t at) {
  const Line& line = lines_[at];
  if (line.next) starts_.push({planned_start(*line.schedule, *line.next), at});
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
  if (turn.correction) plan_anew(now);
  for (const std::size_t at : take_ready(now)) {
    Line& line = lines_[at];
    if (line.queued && !line.running) {
      line.running = true;
      turn.due.push_back(*std::exchange(line.queued, std::nullopt));
    }
    collect(at, now, turn.jump.has_value(), turn);
  }
  return turn;
}

// The lines with something to do, by name; one that is there twice has nothing to do the second time.
std::vector<std::size_t> Agenda::take_ready(WallTime now) {
  std::vector<std::size_t> ready = std::exchange(released_, {});
  for (; !starts_.empty() && starts_.top().planned <= now; starts_.pop()) ready.push_back(starts_.top().line);
  std::sort(ready.begin(), ready.end());
  return ready;
}

// Takes every slot whose start has come off the line. The newest may run; those before it were passed over.
void Agenda::collect(std::size_t at, WallTime now, bool jumped, Turn& turn) {
  Line& line = lines_[at];
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
  expect_next(at);
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

std::optional<std::size_t> Agenda::place_of(const std::string& schedule) const {
  const auto line =
      std::lower_bound(lines_.begin(), lines_.end(), schedule,
                       [](const Line& a, const std::string& name) { return a.schedule->name < name; });
  if (line == lines_.end() || line->schedule->name != schedule) return std::nullopt;
  return static_cast<std::size_t>(line - lines_.begin());
}

void Agenda::ended(const std::string& schedule) {
  const auto at = place_of(schedule);
  if (!at) return;
  lines_[*at].running = false;
  if (lines_[*at].queued) released_.push_back(*at);
}

void Agenda::started(const std::string& schedule) {
  if (const auto at = place_of(schedule)) lines_[*at].running = true;
}

std::vector<Due> Agenda::take_waiting() {
  std::vector<Due> waiting;
  for (Line& line : lines_)
    if (line.queued) waiting.push_back(*std::exchange(line.queued, std::nullopt));
  return waiting;
}

bool Agenda::is_running(const std::string& schedule) const {
  const auto at = place_of(schedule);
  return at && lines_[*at].running;
}

WallTime Agenda::next_wake() const {
  const bool queued_may_start = std::any_of(released_.begin(), released_.end(), [this](std::size_t at) {
    return lines_[at].queued && !lines_[at].running;
  });
  if (queued_may_start) return WallTime{};
  return starts_.empty() ? kFarFuture : starts_.top().planned;
}

std::optional<Slot> Agenda::next_slot(const std::string& schedule) const {
  const auto at = place_of(schedule);
  return at ? lines_[*at].next : std::nullopt;
}

}  // namespace prewarm::schedule
