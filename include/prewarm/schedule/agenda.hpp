// SPDX-License-Identifier: Apache-2.0
// Which run is due now: slots of every schedule with jitter, overlap, missed slots and clock jumps (SURFACE
// 5, I10, I11). Knows no clock: each turn is told wall time and boot time, so years pass in a test in
// milliseconds. A wall clock that moves apart from boot time is a jump; the process or host asleep is not
// (boot time slept too). Pure; owned by the agenda thread.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "prewarm/base/clock.hpp"
#include "prewarm/schedule/catalog.hpp"

namespace prewarm::schedule {

enum class Trigger : std::uint8_t { cron, catchup, start, once };
enum class MissedReason : std::uint8_t { down, paused, jump, unknown };
std::string_view trigger_text(Trigger trigger) noexcept;
std::string_view missed_text(MissedReason reason) noexcept;

/// A start later than this after its planned instant is a missed slot, not a late one.
inline constexpr Millis kLateStart{10000};
/// A wall-clock jump beyond this is a correction: the new time is taken, nothing is made up (SURFACE 5).
inline constexpr Millis kMaxJump{3 * 3600 * 1000};

struct Due {
  SchedulePtr schedule;
  Slot slot;
  Trigger trigger = Trigger::cron;
  WallTime planned;  // slot + jitter; lag counts from here
};
struct MissedSlots {
  SchedulePtr schedule;
  Slot newest;  // of them; what runs after all is not among them
  std::int64_t count = 0;
  MissedReason reason = MissedReason::paused;
};
struct Overlapped {
  SchedulePtr schedule;
  Slot slot;
};
struct Turn {
  std::vector<Due> due;
  std::vector<MissedSlots> missed;
  std::vector<Overlapped> overlapped;
  std::optional<Millis> jump;  // forward positive; only when it was a correction or moved over slots
  bool correction = false;     // PW645
};

class Agenda {
 public:
  Agenda(const Catalog& catalog, WallTime now, BootTime boot);

  /// Everything that fell due since the last turn. Each slot leaves here exactly once, as due, missed or
  /// overlapped, or by take_waiting.
  Turn turn(WallTime now, BootTime boot);
  /// The run of `schedule` ended: its next may start. May make a queued run due at the next turn.
  void ended(const std::string& schedule);
  /// The run of `schedule` was started by hand or at start, outside the slots.
  void started(const std::string& schedule);
  /// What waits for its schedule's run to end (queue-one), for a worker that stops: it will never be due.
  std::vector<Due> take_waiting();
  bool is_running(const std::string& schedule) const;
  /// When the next turn has something to do; never before `now` unless a queued run waits. Far future if
  /// nothing ever is.
  WallTime next_wake() const;
  /// Next slot of a schedule after the last handled one, for reports.
  std::optional<Slot> next_slot(const std::string& schedule) const;

 private:
  struct Line {
    SchedulePtr schedule;
    std::optional<Slot> next{};  // first slot not handled yet
    bool running = false;
    std::optional<Due> queued{};
  };
  /// When the next slot of a line starts.
  struct Start {
    WallTime planned;
    std::size_t line = 0;  // its place in lines_
    friend auto operator<=>(const Start&, const Start&) = default;
  };
  std::optional<Millis> observe_jump(WallTime now, BootTime boot);
  void plan_anew(WallTime now);
  void expect_next(std::size_t at);
  std::vector<std::size_t> take_ready(WallTime now);
  void collect(std::size_t at, WallTime now, bool jumped, Turn& turn);
  std::optional<std::size_t> place_of(const std::string& schedule) const;

  std::vector<Line> lines_;  // by name
  // One for each line that has a next slot: a turn costs the lines that are due, not all.
  std::priority_queue<Start, std::vector<Start>, std::greater<>> starts_;
  std::vector<std::size_t> released_;  // their runs ended while another was queued
  WallTime last_wall_;
  BootTime last_boot_;
};

}  // namespace prewarm::schedule
