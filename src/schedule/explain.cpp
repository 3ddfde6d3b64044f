// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/explain.hpp"

#include "clock_touch.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/base/units.hpp"
#include "prewarm/schedule/words.hpp"

namespace prewarm::schedule {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// The times before this slot that a gap swallowed, or that it stands for.
std::string note_after_gap(const Cron& cron, const Zone& zone, Slot slot) {
  const auto change = zone.latest_change(slot);
  if (!change || change->jump().count() < 0) return {};
  const auto before = cron.latest(slot - seconds(1), zone);
  if (before && *before >= change->at) return {};
  const auto touch = touch_of(cron, *change);
  return touch ? gap_text(*touch, cron.elapsed()) : "";
}

// A time that comes again later, or came before.
std::string note_in_repeat(const Cron& cron, const Zone& zone, Slot slot) {
  const auto next = zone.next_change(slot);
  const auto last = zone.latest_change(slot);
  const bool first_pass = next && next->jump().count() < 0 && slot >= next->at + next->jump();
  const bool second_pass = last && last->jump().count() < 0 && slot < last->at - last->jump();
  if (!first_pass && !second_pass) return {};
  const std::string text =
      clock_text(zone.local_at(slot)) + " comes twice: " + change_text(first_pass ? *next : *last) + "; ";
  if (!cron.elapsed()) return text + "runs once, at the first";
  return text + (first_pass ? "the first of two" : "the second of two");
}

std::string next_change_text(const Cron& cron, const Zone& zone, Slot after) {
  if (cron.every().count() > 0) return {};
  const auto first = zone.next_change(after);
  for (auto change = first; change && change->at <= after + kYearAhead; change = zone.next_change(change->at))
    if (const auto touch = touch_of(cron, *change))
      return "On " + date_text(touch->first) + " " + touch_text(*touch, cron.elapsed());
  if (!first || first->at > after + kYearAhead) return {};
  return "On " + date_text(first->from()) + " " + change_text(*first) + ", which touches none of its times";
}

std::string gaps_text(const std::optional<Gaps>& gaps) {
  if (!gaps) return "no other slot before 2200";
  const std::string shortest = duration_text(gaps->shortest);
  const std::string longest = duration_text(gaps->longest);
  return "gaps over a year: " + (shortest == longest ? longest : shortest + " to " + longest);
}

std::string offset_text(const std::string& local) { return local.substr(local.size() - 6); }

// "Sun 2027-03-28 03:00 +02:00  01:00Z", all of one width.
std::string instant_columns(const ExplainedSlot& slot, const Zone& zone, bool with_seconds) {
  const std::size_t width = with_seconds ? 8 : 5;
  const std::string utc = slot_text(slot.slot);
  return date_text(zone.local_at(slot.slot)) + " " + slot.local.substr(11, width) + " " +
         offset_text(slot.local) + "  " + utc.substr(11, width) + "Z";
}

bool any_seconds(const Explained& explained) {
  for (const ExplainedSlot& slot : explained.slots)
    if (slot.slot.time_since_epoch() % minutes(1) != seconds(0) || slot.local.substr(17, 2) != "00")
      return true;
  return false;
}

}  // namespace

std::string slot_note(const Cron& cron, const Zone& zone, Slot slot) {
  if (cron.every().count() > 0) return {};
  std::string note = note_after_gap(cron, zone, slot);
  return note.empty() ? note_in_repeat(cron, zone, slot) : note;
}

Explained explain(const Cron& cron, const Zone& zone, Slot from, int count) {
  Explained explained{
      cron.text(), words(cron), field_words(cron), zone.name(), gaps_over_year(cron, zone, from), {}, {}};
  auto slot = cron.next(from, zone);
  for (; slot && count > 0; --count, slot = cron.next(*slot, zone))
    explained.slots.push_back(
        {*slot, local_text(*slot, zone.offset_at(*slot)), slot_note(cron, zone, *slot)});
  if (!explained.slots.empty())
    explained.next_change = next_change_text(cron, zone, explained.slots.back().slot);
  return explained;
}

std::string explain_text(const Cron& cron, const Zone& zone, Slot from, int count) {
  const Explained explained = explain(cron, zone, from, count);
  const bool with_seconds = any_seconds(explained);
  // Notes, and what the fields say, begin in one column.
  const std::size_t column = with_seconds ? 45 : 39;
  std::string head = words_in(cron, zone);
  head.resize(std::max(head.size() + 2, column), ' ');
  std::string text = head + "(" + explained.fields + ")\n";
  if (explained.slots.empty())
    return text + (cron.never_fires() ? "  never: no month has such a day\n" : "  no slot before 2200\n");
  for (const ExplainedSlot& slot : explained.slots) {
    std::string note = slot.note;
    if (&slot == &explained.slots.back()) {
      note += (note.empty() ? "" : "; ") + gaps_text(explained.gaps);
      if (!explained.next_change.empty()) note += ". " + explained.next_change;
    }
    text += "  " + instant_columns(slot, zone, with_seconds) + (note.empty() ? "" : "  " + note) + "\n";
  }
  return text;
}

}  // namespace prewarm::schedule
