// SPDX-License-Identifier: Apache-2.0
// next and explain: slots of schedules and of bare expressions, and what a PW code means.
#include <algorithm>
#include <array>
#include <charconv>

#include "cli/codes.hpp"
#include "cli/commands.hpp"
#include "cli/workspace.hpp"
#include "prewarm/base/json_text.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/base/units.hpp"
#include "prewarm/schedule/cron.hpp"
#include "prewarm/schedule/explain.hpp"
#include "prewarm/schedule/words.hpp"
#include "prewarm/schedule/zone.hpp"

namespace prewarm::cli {
namespace {

using std::chrono::floor;
using std::chrono::seconds;

constexpr int kMaxCount = 100'000;
constexpr WallTime kFirst{std::chrono::sys_days(std::chrono::year(1970) / 1 / 1)};
constexpr WallTime kEnd{std::chrono::sys_days(std::chrono::year(2200) / 1 / 1)};

// --count, --tz and --from; nothing when one of them is bad, which was told.
struct SlotQuery {
  int count = 1;
  schedule::Zone zone = schedule::Zone::utc();
  Slot from{};
};

std::optional<int> count_flag(const Text& text, int otherwise, Output& out) {
  if (!text) return otherwise;
  int count = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), count);
  if (error == std::errc() && end == text->data() + text->size() && count >= 1 && count <= kMaxCount)
    return count;
  out.error("PW314 --count: \"" + *text + "\" is no number from 1 to 100000", "--count 5");
  return std::nullopt;
}

std::optional<WallTime> from_flag(const Text& text, Output& out) {
  if (!text) return make_system_clock()->wall_now();
  const auto from = parse_rfc3339(*text);
  if (from && *from >= kFirst && *from < kEnd) return *from;
  if (from)
    out.error("PW314 --from: slots lie from 1970 to 2199, not at " + *text, "--from 2026-05-01T13:00:00Z");
  else
    out.error("PW314 --from: \"" + *text + "\" is " + from.error().message, from.error().remedy);
  return std::nullopt;
}

std::optional<SlotQuery> slot_query(const Options& options, int count_otherwise, Output& out) {
  SlotQuery query;
  const auto count = count_flag(options.count, count_otherwise, out);
  auto zone = schedule::Zone::load(options.tz.value_or("UTC"));
  if (!zone) out.error("PW215 " + zone.error().message, zone.error().remedy);
  const auto from = from_flag(options.from, out);
  if (!count || !zone || !from) return std::nullopt;
  query.count = *count;
  query.zone = std::move(zone).value();
  query.from = floor<seconds>(*from);
  return query;
}

std::optional<schedule::Cron> expression(const std::string& text, Output& out) {
  auto parsed = schedule::Cron::parse(text);
  if (auto* cron = std::get_if<schedule::Cron>(&parsed)) return std::move(*cron);
  const auto& fault = std::get<schedule::CronFault>(parsed);
  // A fault of the whole names the text itself.
  const std::string told = schedule::fault_text(fault);
  const bool named = told.find(text) != std::string::npos;
  out.error("PW210 " + (named ? told : "\"" + text + "\": " + told), fault.remedy);
  return std::nullopt;
}

void tell_no_slot(const std::string& text, const schedule::Cron& cron, Slot from, Output& out) {
  if (cron.never_fires())
    out.error("PW211 \"" + text + "\" never fires: no month has such a day",
              "\"0 0 L * *\" for the last day of the month");
  else
    out.error("\"" + text + "\" has no slot after " + slot_text(from) + " and before 2200",
              "an earlier --from");
}

int next_of_expression(const Options& options, Output& out) {
  const auto query = slot_query(options, 1, out);
  const auto cron = expression(*options.cron, out);
  if (!query || !cron) return 2;
  Slot after = query->from;
  int printed = 0;
  for (; printed < query->count; ++printed) {
    const auto slot = cron->next(after, query->zone);
    if (!slot) break;
    const std::string local = local_text(*slot, query->zone.offset_at(*slot));
    if (options.json)
      out.line(JsonObject().add("type", "slot").add("slot", slot_text(*slot)).add("local", local).text());
    else
      out.line(local);
    after = *slot;
  }
  if (printed > 0) return 0;
  tell_no_slot(*options.cron, *cron, query->from, out);
  return 10;
}

struct Upcoming {
  Slot slot;
  schedule::SchedulePtr schedule;
};

std::vector<Upcoming> upcoming(const std::vector<schedule::SchedulePtr>& schedules, Slot from, int count) {
  std::vector<Upcoming> slots;
  for (const auto& schedule : schedules) {
    Slot after = from;
    for (int i = 0; i < count; ++i) {
      const auto slot = schedule->cron.next(after, schedule->zone);
      if (!slot) break;
      slots.push_back({*slot, schedule});
      after = *slot;
    }
  }
  std::stable_sort(slots.begin(), slots.end(),
                   [](const Upcoming& a, const Upcoming& b) { return a.slot < b.slot; });
  return slots;
}

// "Sat 04:10 +02:00".
std::string local_words(const schedule::Zone& zone, Slot slot) {
  const auto offset = zone.offset_at(slot);
  const auto day = std::chrono::floor<std::chrono::days>(slot + offset);
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  const std::string local = local_text(slot, offset);
  return std::string(kDays[std::chrono::weekday(day).c_encoding()]) + " " + local.substr(11, 5) + " " +
         local.substr(19);
}

// `asked`: the zone of --tz, if it was given.
std::string note_of(const Upcoming& up, const schedule::Zone* asked) {
  const schedule::Schedule& schedule = *up.schedule;
  const Millis jitter = schedule.jitter_of(up.slot);
  std::string note;
  if (asked != nullptr)
    note = local_words(*asked, up.slot) + " " + asked->name();
  else if (schedule.zone.name() != "UTC")
    note = local_words(schedule.zone, up.slot);
  if (schedule.jitter.count() > 0) {
    const std::string instant = instant_text(WallTime(up.slot) + jitter);
    note += (note.empty() ? "" : "; ") + std::string("starts ") + instant.substr(11) + ": jitter";
  }
  return note;
}

void print_upcoming_json(const std::vector<Upcoming>& slots, Slot from, const schedule::Zone* asked,
                         Output& out) {
  for (const Upcoming& up : slots) {
    const schedule::Zone& zone = asked != nullptr ? *asked : up.schedule->zone;
    JsonObject line;
    line.add("type", "slot").add("schedule", up.schedule->name).add("slot", slot_text(up.slot));
    line.add("local", local_text(up.slot, zone.offset_at(up.slot)));
    line.add("in_s", static_cast<std::int64_t>((up.slot - from).count()));
    line.add("jitter_ms", static_cast<std::int64_t>(up.schedule->jitter_of(up.slot).count()));
    const std::string clock_note = schedule::slot_note(up.schedule->cron, up.schedule->zone, up.slot);
    if (!clock_note.empty()) line.add("note", clock_note);
    out.line(line.text());
  }
}

void print_upcoming(const std::vector<Upcoming>& slots, Slot from, const schedule::Zone* asked, Output& out) {
  std::size_t name_width = 0, words_width = 0, in_width = 0;
  for (const Upcoming& up : slots) {
    name_width = std::max(name_width, up.schedule->name.size());
    words_width = std::max(words_width, schedule::words_in(up.schedule->cron, up.schedule->zone).size());
    in_width = std::max(in_width, duration_text(up.slot - from).size());
  }
  for (const Upcoming& up : slots) {
    const auto in = up.slot - from;
    const std::string note = note_of(up, asked);
    const std::string words = schedule::words_in(up.schedule->cron, up.schedule->zone);
    std::string line = slot_text(up.slot) + "  in " + padded(duration_text(in), in_width) + "  " +
                       padded(up.schedule->name, name_width) + "  ";
    line += words;
    if (!note.empty()) line.append(" (").append(note).append(")");
    out.line(line);
  }
}

void print_explained(const schedule::Explained& explained, Slot from, Output& out) {
  JsonObject head;
  head.add("type", "words").add("expression", explained.expression).add("words", explained.words);
  head.add("timezone", explained.timezone);
  if (explained.gaps) {
    head.add("longest_gap_s", static_cast<std::int64_t>(explained.gaps->longest.count()));
    head.add("shortest_gap_s", static_cast<std::int64_t>(explained.gaps->shortest.count()));
  }
  out.line(head.text());
  for (const auto& each : explained.slots) {
    JsonObject line;
    line.add("type", "slot").add("slot", slot_text(each.slot)).add("local", each.local);
    line.add("in_s", static_cast<std::int64_t>((each.slot - from).count()));
    if (!each.note.empty()) line.add("note", each.note);
    out.line(line.text());
  }
}

int explain_a_code(const std::string& text, Output& out) {
  const auto explained = explanation_of(text);
  if (!explained) {
    out.error("there is no code " + text, "codes look like PW210; they stand in each error");
    return 10;
  }
  if (!out.json()) {
    out.line(*explain_code(text));
    return 0;
  }
  JsonObject line;
  line.add("type", "code").add("code", code_text(explained->code)).add("text", explained->says);
  line.add("example", explained->example).add("do", explained->cure);
  out.line(line.text());
  return 0;
}

}  // namespace

int command_next(const Options& options, Output& out) {
  if (options.cron) {
    if (options.names.empty()) return next_of_expression(options, out);
    out.error("PW314 --cron and schedule names exclude each other",
              "prewarm next --cron EXPR, or prewarm next NAME");
    return 2;
  }
  const auto query = slot_query(options, 1, out);
  if (!query) return 2;
  Options relaxed = options;
  if (!relaxed.env && process_variable("PREWARM_ENV").value_or("").empty())
    relaxed.env = "env";  // slots hold no environment
  int exit = 0;
  auto workspace = open_workspace(relaxed, out, {OnFault::tell, kNothingRuns}, exit);
  if (!workspace) return exit;
  std::vector<schedule::SchedulePtr> chosen;
  if (!find_schedules(*workspace, options.names, out, chosen)) return 10;
  if (options.names.empty()) chosen = workspace->loaded.catalog->schedules;
  const schedule::Zone* const asked = options.tz ? &query->zone : nullptr;
  const auto slots = upcoming(chosen, query->from, query->count);
  options.json ? print_upcoming_json(slots, query->from, asked, out)
               : print_upcoming(slots, query->from, asked, out);
  return 0;
}

int command_explain(const Options& options, Output& out) {
  std::string text;
  for (const std::string& word : options.names) text.append(text.empty() ? "" : " ").append(word);
  if (looks_like_code("PW" + text)) text.insert(0, "PW");  // "701"; no expression has one field of digits
  if (looks_like_code(text)) return explain_a_code(text, out);
  const auto query = slot_query(options, 5, out);
  const auto cron = expression(text, out);
  if (!query || !cron) return 2;
  const auto explained = schedule::explain(*cron, query->zone, query->from, query->count);
  if (options.json)
    print_explained(explained, query->from, out);
  else
    out.bytes(schedule::explain_text(*cron, query->zone, query->from, query->count));
  return explained.slots.empty() ? 10 : 0;
}

}  // namespace prewarm::cli
