// SPDX-License-Identifier: Apache-2.0
#include "campaign/clock_model.hpp"

#include <algorithm>
#include <cstdlib>

namespace prewarm::campaign {
namespace {

constexpr std::int64_t kCorrection_ms = 3 * 3600 * 1000;
constexpr std::int64_t kLate_ms = 10'000;

// FNV-1a-64 of "name:slot", as SURFACE 5 has it.
std::int64_t planned_ms(const GridLine& line, std::int64_t slot) {
  if (line.jitter_ms == 0) return slot * 1000;
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : line.name + ":" + std::to_string(slot))
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return slot * 1000 + static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(line.jitter_ms));
}

/// The first multiple after a time; none lies before 1970.
std::int64_t slot_after(std::int64_t grid, std::int64_t wall_ms) {
  if (wall_ms < 0) return 0;
  return (wall_ms / 1000 / grid + 1) * grid;
}

std::int64_t seconds_of(Slot slot) { return slot.time_since_epoch().count(); }

}  // namespace

struct ClockModel::Said {
  std::vector<schedule::Due> due;
  std::vector<schedule::MissedSlots> missed;
  std::vector<schedule::Overlapped> overlapped;
};

ClockModel::ClockModel(const std::vector<GridLine>& lines, std::int64_t wall_ms, std::int64_t boot_ms)
    : wall_ms_(wall_ms), boot_ms_(boot_ms) {
  for (const GridLine& line : lines) states_[line.name] = {line, slot_after(line.grid, wall_ms)};
}

Findings ClockModel::see(const schedule::Turn& turn, std::int64_t wall_ms, std::int64_t boot_ms) {
  const std::int64_t elapsed = boot_ms - boot_ms_, moved = wall_ms - wall_ms_ - elapsed;
  // Slewing, which no clock does faster than by 0.1 %, and two seconds are no jump.
  const bool jumped = std::abs(moved) > 2000 + elapsed / 1000;
  const bool correction = std::abs(moved) > kCorrection_ms;
  wall_ms_ = wall_ms;
  boot_ms_ = boot_ms;
  Findings findings;
  if (turn.correction != correction)
    findings.push_back(std::string(correction ? "no" : "a") + " correction at a move of " +
                       std::to_string(moved) + " ms");
  if (turn.jump.has_value() != jumped)
    findings.push_back(std::string(jumped ? "no" : "a") + " jump at a move of " + std::to_string(moved) +
                       " ms");
  std::map<std::string, Said> said;
  for (const auto& due : turn.due) said[due.schedule->name].due.push_back(due);
  for (const auto& missed : turn.missed) said[missed.schedule->name].missed.push_back(missed);
  for (const auto& over : turn.overlapped) said[over.schedule->name].overlapped.push_back(over);
  for (auto& [name, state] : states_) {
    if (correction) state.next = slot_after(state.line.grid, wall_ms);
    for (const std::string& line : see_line(state, said[name], wall_ms, jumped))
      findings.push_back(name + " at " + std::to_string(wall_ms) + ": " + line);
  }
  return findings;
}

// The outcome of every slot is decided here on its own, then looked for; nothing else may have been said.
Findings ClockModel::see_line(State& state, const Said& said, std::int64_t wall_ms, bool jumped) {
  const GridLine& line = state.line;
  std::optional<std::int64_t> due, overlapped, newest, newest_missed;
  std::int64_t missed = 0;
  bool catchup = false;
  if (state.queued && !state.running) {
    due = state.queued;
    state.queued.reset();
    state.running = true;
  }
  const bool from_queue = due.has_value();
  for (; planned_ms(line, state.next) <= wall_ms; state.next += line.grid) {
    if (newest) ++missed, newest_missed = newest;
    newest = state.next;
    ++accounted_;
  }
  if (newest) {
    const bool late = wall_ms - planned_ms(line, *newest) > kLate_ms;
    if (late && line.skip_missed) {
      ++missed;
      newest_missed = newest;
    } else if (!state.running) {
      due = newest;
      catchup = late;
      state.running = true;
    } else if (line.queue_one && !state.queued) {
      state.queued = newest;
    } else {
      overlapped = newest;
    }
  }

  Findings findings;
  if (said.due.size() != (due ? 1U : 0U))
    findings.push_back(std::to_string(said.due.size()) + " runs fall due, not " + (due ? "1" : "0"));
  else if (due && seconds_of(said.due[0].slot) != *due)
    findings.push_back("the run of another slot is due: " + std::to_string(seconds_of(said.due[0].slot)) +
                       ", not " + std::to_string(*due));
  else if (due && said.due[0].planned.time_since_epoch().count() != planned_ms(line, *due))
    findings.push_back("planned for another time");
  else if (due && !from_queue && (said.due[0].trigger == schedule::Trigger::catchup) != catchup)
    findings.push_back(std::string(catchup ? "no" : "a") + " catch-up");
  std::int64_t told = 0;
  for (const auto& one : said.missed) {
    told += one.count;
    if ((one.reason == schedule::MissedReason::jump) != jumped)
      findings.push_back("missed for another reason");
    if (!newest_missed || seconds_of(one.newest) != *newest_missed)
      findings.push_back("missed up to another slot");
  }
  if (told != missed)
    findings.push_back(std::to_string(told) + " missed slots told, not " + std::to_string(missed));
  if (said.missed.size() > 1) findings.push_back("missed slots told in parts");
  if (said.overlapped.size() != (overlapped ? 1U : 0U) ||
      (overlapped && seconds_of(said.overlapped[0].slot) != *overlapped))
    findings.push_back("other slots overlapped");
  return findings;
}

void ClockModel::ended(const std::string& name) { states_.at(name).running = false; }

Findings ClockModel::see_wake(std::int64_t wake_ms, std::int64_t wall_ms) const {
  std::optional<std::int64_t> wanted;
  for (const auto& [name, state] : states_) {
    if (state.queued && !state.running) {
      if (wake_ms <= wall_ms) return {};
      return {"a run waits and the agenda sleeps to " + std::to_string(wake_ms)};
    }
    const std::int64_t planned = planned_ms(state.line, state.next);
    if (!wanted || planned < *wanted) wanted = planned;
  }
  if (!wanted || wake_ms == *wanted) return {};
  return {"the agenda sleeps to " + std::to_string(wake_ms) + ", the next slot wants " +
          std::to_string(*wanted)};
}

}  // namespace prewarm::campaign
