// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdio>

#include "prewarm/base/json_text.hpp"
#include "prewarm/base/units.hpp"
#include "prewarm/report/record.hpp"

namespace prewarm::report {
namespace {

using run::Outcome;

constexpr std::size_t kOutcomeWidth = 15;  // "upstream_failed"

// "recent-listens  verified         0.43 s  "; a run that never started has no time.
std::string front(const std::string& name, std::size_t name_width, std::string_view word,
                  std::optional<Millis> took) {
  std::string line = name;
  if (line.size() < name_width) line.resize(name_width, ' ');
  line += "  ";
  line += word;
  if (word.size() < kOutcomeWidth) line.append(kOutcomeWidth - word.size(), ' ');
  line += "  ";
  if (!took) return line;
  std::array<char, 32> buffer{};
  // To the nearest hundredth from whole milliseconds, so that no floating point decides.
  const std::int64_t hundredths = (took->count() + 5) / 10;
  std::snprintf(buffer.data(), buffer.size(), "%lld.%02lld s  ", static_cast<long long>(hundredths / 100),
                static_cast<long long>(hundredths % 100));
  return line + buffer.data();
}

std::string size_of(std::int64_t bytes) { return size_text(static_cast<std::uint64_t>(bytes)); }

// "200 in 412 ms, 19.9 kB"
std::string fetched(const run::RunReport& report) {
  const run::FetchFacts& fetch = report.fetch;
  std::string text = std::to_string(fetch.http_status);
  if (report.fetch_took) text += " in " + std::to_string(report.fetch_took->count()) + " ms";
  if (fetch.attempts > 1) text += " on attempt " + std::to_string(fetch.attempts);
  return text + ", " + size_text(fetch.body_bytes);
}

// "14 items, 1332 B"
std::string shaped(const run::RunReport& report) {
  std::string text;
  if (report.items) text = std::to_string(*report.items) + (*report.items == 1 ? " item" : " items");
  if (report.payload_bytes) text += (text.empty() ? "" : ", ") + size_of(*report.payload_bytes);
  return text;
}

// "recent-listens:production:v3 1397 B, TTL 1h"
std::string stored(const run::RunReport& report) {
  std::string text = report.key;
  const std::int64_t keys = report.keys_written.value_or(1);
  if (keys > 1) text += " and " + std::to_string(keys - 1) + (keys == 2 ? " alias" : " aliases");
  if (report.bytes) text += " " + size_of(*report.bytes);
  return text + ", TTL " + duration_text(report.schedule->store.ttl);
}

std::string counted(std::int64_t count, const char* one, const char* many) {
  return std::to_string(count) + (count == 1 ? one : many);
}

// "2 without username" where one alias alone can be left out, by the member that fills it.
std::string left_out(const run::RunReport& report) {
  const std::int64_t skipped = report.aliases_skipped.value_or(0);
  const auto& keys = report.schedule->store.keys;
  if (keys.size() == 2)
    for (const auto& part : keys[1].parts())
      for (const auto& piece : part)
        if (const auto* pointer = std::get_if<schedule::Pointer>(&piece);
            pointer != nullptr && !pointer->whole())
          return std::to_string(skipped) + " without " + pointer->tokens().back();
  return counted(skipped, " alias left out", " aliases left out");
}

// "200 in 640 ms, 13 ids in 1 request, 12 came back > 22 keys, 5569 B, TTL 75h > read back equal; 1 id
// missing (floor 0.9), 2 without username"
std::string fan_flow(const run::RunReport& report) {
  const run::FanoutFacts& ids = *report.fanout;
  std::string text = std::to_string(report.fetch.http_status);
  if (report.fetch_took) text += " in " + std::to_string(report.fetch_took->count()) + " ms";
  text += ", " + counted(ids.requested, " id in ", " ids in ") +
          counted(report.fetch.requests, " request, ", " requests, ") + std::to_string(ids.returned) +
          " came back > ";
  if (report.dry_run) {
    text += "would write the keys of " + counted(ids.well, " id", " ids");
  } else {
    text += counted(report.keys_written.value_or(0), " key, ", " keys, ") +
            size_of(report.bytes.value_or(0)) + ", TTL " + duration_text(report.schedule->store.ttl) +
            " > read back equal";
  }
  std::string notes;
  if (ids.missing_count > 0) {
    std::array<char, 32> floor{};
    std::snprintf(floor.data(), floor.size(), "%g", report.schedule->fanout->floor);
    notes = counted(ids.missing_count, " id missing (floor ", " ids missing (floor ") + floor.data() + ")";
  }
  const auto note = [&notes](const std::string& what) { notes += (notes.empty() ? "" : ", ") + what; };
  if (report.aliases_skipped.value_or(0) > 0) note(left_out(report));
  if (ids.unchanged > 0) note(counted(ids.unchanged, " id unchanged", " ids unchanged"));
  if (ids.skipped > 0)
    note(counted(ids.skipped, " id left out, young enough", " ids left out, young enough"));
  return notes.empty() ? text : text + "; " + notes;
}

std::string flow(const run::RunReport& report) {
  if (report.fanout) return fan_flow(report);
  std::string text = fetched(report);
  if (const std::string value = shaped(report); !value.empty()) text += " > " + value;
  if (report.dry_run) return text + " > would write " + stored(report);
  return text + " > " + stored(report) + " > read back equal";
}

// "PW530 http_5xx: 503 on 3 attempts; old value kept, 23m 37s old, cold in 1h 36m"
std::string failure(const run::RunReport& report) {
  std::string text;
  if (const int code = report_code(report); code != 0) text = code_text(code) + " ";
  text += reason_text(report) + ": " + message_text(report);
  const std::string kept = kept_text(report, Detail::ages);
  return kept.empty() ? text : text + "; " + kept;
}

}  // namespace

std::string once_line(const run::RunReport& report, std::size_t name_width) {
  if (report.fanout && report.fanout->skipped > 0 && report.fanout->requested == 0)
    return skipped_line(report.schedule->name, name_width, message_text(report));
  const bool well = report.outcome == Outcome::verified || report.outcome == Outcome::unchanged;
  const std::string_view word = well && report.dry_run ? "dry run" : run::outcome_text(report.outcome);
  std::string line = front(report.schedule->name, name_width, word, report.duration);
  print_escape_to(line, well ? flow(report) : failure(report));
  return line;
}

std::string skipped_line(const std::string& name, std::size_t name_width, const std::string& why) {
  return front(name, name_width, "skipped", std::nullopt) + why;
}

}  // namespace prewarm::report
