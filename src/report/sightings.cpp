// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/time_text.hpp"
#include "prewarm/base/units.hpp"
#include "prewarm/report/record.hpp"

namespace prewarm::report {
namespace {

using envelope::Class;
using envelope::Kind;

int code_of_class(Class cls) {
  switch (cls) {
    case Class::legacy:
      return 720;
    case Class::older:
      return 721;
    case Class::foreign:
      return 722;
    case Class::wrong_type:
      return 723;
    case Class::newer:
      return code_of(ErrorKind::newer_version);
    default:
      return 0;
  }
}

std::string legacy_text(Kind kind) {
  switch (kind) {
    case Kind::array:
      return "held a JSON array without envelope: an old worker writes here";
    case Kind::object:
      return "held a JSON object without envelope: an old worker writes here";
    case Kind::other:
      break;
  }
  return "held a JSON value without envelope: an old worker writes here";
}

std::string version_of(const run::Sighting& sighting) {
  return sighting.version ? "version " + std::to_string(*sighting.version) : "another version";
}

std::string what(const run::Sighting& sighting) {
  switch (sighting.cls) {
    case Class::legacy:
      return legacy_text(sighting.kind);
    case Class::older:
      return "held an envelope of " + version_of(sighting) + ": an old worker writes here";
    case Class::foreign:
      if (sighting.ahead)
        return "held an envelope " + duration_text(*sighting.ahead) +
               " ahead of the store's clock: a clock was wrong, or another program writes here";
      return "held what is not JSON: another program writes here";
    case Class::wrong_type:
      return "held a value that is not a string: another program writes here";
    case Class::newer:
      return "holds " + version_of(sighting) +
             ": this worker is the stale one, nothing was written; retire or upgrade it";
    default:
      return "held " + std::string(envelope::class_text(sighting.cls));
  }
}

// What became of the value that we verified.
std::string_view fate(Class found) {
  switch (found) {
    case Class::absent:
      return "is gone";
    case Class::current:
      return "was put back to an earlier one";
    case Class::older:
      return "was replaced by one of an older version";
    case Class::newer:
      return "was replaced by one of a newer version";
    case Class::legacy:
      return "was replaced by a value without envelope";
    case Class::foreign:
      return "was replaced by what is not JSON";
    case Class::wrong_type:
      return "was replaced by a value that is not a string";
  }
  return "was replaced";
}

Fields fields_of(const run::RunReport& report, const run::Sighting& sighting) {
  Fields fields{{"schedule", report.schedule->name},
                {"run_id", report.run_id},
                {"key", sighting.key},
                {"class", std::string(envelope::class_text(sighting.cls))}};
  // Of a value that is not a string neither shape nor size is known.
  if (sighting.cls != Class::wrong_type) {
    fields.push_back({"shape", std::string(envelope::kind_text(sighting.kind))});
    fields.push_back({"bytes", static_cast<std::int64_t>(sighting.bytes)});
  }
  if (sighting.version) fields.push_back({"version", *sighting.version});
  if (sighting.ahead) fields.push_back({"ahead_ms", static_cast<std::int64_t>(sighting.ahead->count())});
  if (report.since_write)
    fields.push_back({"since_write_ms", static_cast<std::int64_t>(report.since_write->count())});
  fields.push_back({"code", code_text(code_of_class(sighting.cls))});
  return fields;
}

}  // namespace

std::vector<LogLine> sighting_lines(const run::RunReport& report) {
  std::vector<LogLine> lines;
  for (const run::Sighting& sighting : report.sightings)
    lines.push_back({report.ended_wall, sighting.cls == Class::newer ? Level::error : Level::warn,
                     "value.sighted", sighting.key + " " + what(sighting), fields_of(report, sighting)});
  return lines;
}

std::optional<LogLine> lost_line(const run::RunReport& report) {
  if (!report.lost) return std::nullopt;
  const run::Lost& lost = *report.lost;
  const std::string found(envelope::class_text(lost.found));
  return LogLine{report.ended_wall, Level::warn, "value.lost",
                 lost.key + ": what we verified " + std::string(fate(lost.found)) + " before its time",
                 Fields{{"schedule", report.schedule->name},
                        {"key", lost.key},
                        {"last_verified", instant_text(lost.last_verified)},
                        {"found", found}}};
}

std::optional<LogLine> distrusted_line(const run::RunReport& report) {
  if (report.distrusted == 0) return std::nullopt;
  return LogLine{
      report.ended_wall, Level::warn, "validators.distrusted",
      report.schedule->name +
          ": the upstream sent other bytes under the same ETag or Last-Modified; from now on it is "
          "asked for all of it",
      Fields{{"schedule", report.schedule->name}, {"run_id", report.run_id}, {"values", report.distrusted}}};
}

}  // namespace prewarm::report
