// SPDX-License-Identifier: Apache-2.0
// A second, naive reading of the agenda's rules (SURFACE 5, I10, I11) for schedules whose slots are all
// multiples of a number of seconds, which needs no cron at all: what every turn must say, slot by slot.
// Shares no code with the room `schedule` but the types of what is compared. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "campaign/campaign.hpp"
#include "prewarm/schedule/agenda.hpp"

namespace prewarm::campaign {

struct GridLine {
  std::string name, cron;
  std::int64_t grid = 300;  // seconds; a slot is each multiple of it
  std::int64_t jitter_ms = 0;
  bool queue_one = false;
  bool skip_missed = false;
};

class ClockModel {
 public:
  ClockModel(const std::vector<GridLine>& lines, std::int64_t wall_ms, std::int64_t boot_ms);

  /// Holds the turn that the agenda took at these times against the rules; what it said is then the state.
  Findings see(const schedule::Turn& turn, std::int64_t wall_ms, std::int64_t boot_ms);
  void ended(const std::string& name);
  /// What the agenda has to say of it.
  Findings see_wake(std::int64_t wake_ms, std::int64_t wall_ms) const;
  bool running(const std::string& name) const { return states_.at(name).running; }
  std::size_t slots() const { return accounted_; }

 private:
  struct State {
    GridLine line;
    std::int64_t next = 0;  // first slot not handled, Unix seconds
    bool running = false;
    std::optional<std::int64_t> queued{};
  };
  struct Said;  // about one schedule, in one turn
  Findings see_line(State& state, const Said& said, std::int64_t wall_ms, bool jumped);

  std::map<std::string, State> states_;
  std::int64_t wall_ms_, boot_ms_;
  std::size_t accounted_ = 0;
};

}  // namespace prewarm::campaign
