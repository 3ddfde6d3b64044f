// SPDX-License-Identifier: Apache-2.0
// What `prewarm explain EXPR` says: the expression in words, its next slots in the zone and in UTC, and what
// the clock of the zone does to them. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "prewarm/schedule/cron.hpp"
#include "prewarm/schedule/gaps.hpp"

namespace prewarm::schedule {

/// What the clock does at a slot: "there is no 02:30: clocks go from 02:00 to 03:00; runs once, at 03:00".
/// Times that a gap swallowed are told at the first slot after it. Empty if nothing special; always for
/// "@every".
std::string slot_note(const Cron& cron, const Zone& zone, Slot slot);

struct ExplainedSlot {
  Slot slot;
  std::string local;  // RFC 3339 with the zone's offset
  std::string note;   // slot_note()
};
struct Explained {
  std::string expression;
  std::string words;   // without the zone
  std::string fields;  // field_words()
  std::string timezone;
  std::optional<Gaps> gaps;
  std::vector<ExplainedSlot> slots;  // fewer than asked for if the expression ends before 2200
  /// The next clock change after the last slot, within a year, that touches a time of the expression; else
  /// the next one, and that it touches none. Empty without a change, without slots and for "@every".
  std::string next_change;
};
Explained explain(const Cron& cron, const Zone& zone, Slot from, int count);

/// The same for people, lines ended by "\n".
std::string explain_text(const Cron& cron, const Zone& zone, Slot from, int count);

}  // namespace prewarm::schedule
