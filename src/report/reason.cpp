// SPDX-License-Identifier: Apache-2.0
#include "prewarm/report/reason.hpp"

#include "prewarm/base/time_text.hpp"
#include "prewarm/base/units.hpp"

namespace prewarm::report {
namespace {

using run::Outcome;

// A value with less than this left is as good as gone when the line is read.
constexpr Millis kMoment{1000};

struct Plain {
  std::string_view reason;
  int code;
  std::string_view message;
};

// Runs that end without an Error.
Plain plain_of(const run::RunReport& report) {
  switch (report.outcome) {
    case Outcome::overlapped:
      return {"overlap", 641, "the previous run was still going"};
    case Outcome::missed:
      return {"unknown", 642, "slots passed unattended"};
    case Outcome::cancelled:
      return {"shutdown", 643, "stopped by a signal"};
    default:
      return {"none", 0, ""};
  }
}

std::string_view why_missed(schedule::MissedReason reason) {
  switch (reason) {
    case schedule::MissedReason::down:
      return "no worker ran";
    case schedule::MissedReason::paused:
      return "the worker was stopped or its machine slept";
    case schedule::MissedReason::jump:
      return "the clock jumped over them";
    case schedule::MissedReason::unknown:
      return "the ledger of earlier slots is lost";
  }
  return "";
}

std::string missed_message(const run::RunReport& report) {
  const std::int64_t count = report.missed_count.value_or(1);
  return std::to_string(count) + (count == 1 ? " slot passed: " : " slots passed: ") +
         std::string(why_missed(*report.missed_reason));
}

std::string ages(const run::RunReport& report) {
  std::string text = ", " + duration_text(*report.old_age) + " old";
  if (report.cold_in && *report.cold_in >= kMoment) text += ", cold in " + duration_text(*report.cold_in);
  return text;
}

// "06:24:00Z", with its day unless that is today's.
std::string since_text(WallTime since, WallTime now) {
  using std::chrono::floor;
  const std::string text = slot_text(floor<std::chrono::seconds>(since));
  constexpr std::size_t kDay = 11;  // "2026-05-01T"
  return floor<std::chrono::days>(since) == floor<std::chrono::days>(now) ? text.substr(kDay) : text;
}

// Of a fan-out that did not end well: what is new, and that all else is as it was.
std::string old_values(const run::RunReport& report) {
  const std::int64_t keys = report.keys_written.value_or(0);
  if (keys == 0) return "old values kept";
  return std::to_string(keys) +
         (keys == 1 ? " key written, the others keep theirs" : " keys written, the others keep theirs");
}

std::string old_value(const run::RunReport& report, Detail detail) {
  if (report.fanout) return old_values(report);
  if (report.keys_written.value_or(0) > 0)
    return std::to_string(*report.keys_written) + " of its keys were written";
  if (report.old_age) {
    const bool ending = report.cold_in && *report.cold_in < kMoment;
    return "old value kept" + (detail == Detail::ages ? ages(report) : std::string()) +
           (ending ? ", cold within 1s" : "");
  }
  if (report.cold_since)
    return "readers find nothing since " + since_text(*report.cold_since, report.ended_wall);
  return report.found == envelope::Class::absent ? "nothing is stored" : "nothing was written";
}

// "120 of 10000 ids done, 120 keys written, the others keep theirs"
std::string cancelled_ids(const run::RunReport& report) {
  return std::to_string(report.fanout->well) + " of " + std::to_string(report.fanout->requested) +
         " ids done, " + old_values(report);
}

std::string success_text(const run::RunReport& report) {
  std::string text(run::outcome_text(report.outcome));
  text += " v" + std::to_string(report.schedule->store.version);
  if (report.fanout) {
    text += ", " + std::to_string(report.fanout->returned) + " of " +
            std::to_string(report.fanout->requested) + " ids, " +
            std::to_string(report.keys_written.value_or(0)) + " keys";
    return text;
  }
  if (report.items) text += ", " + std::to_string(*report.items) + (*report.items == 1 ? " item" : " items");
  if (report.payload_bytes) text += ", " + size_text(static_cast<std::uint64_t>(*report.payload_bytes));
  return text;
}

}  // namespace

std::string reason_text(const run::RunReport& report) {
  if (report.outcome == Outcome::missed && report.missed_reason)
    return std::string(schedule::missed_text(*report.missed_reason));
  if (report.error) return std::string(reason_of(report.error->kind));
  return std::string(plain_of(report).reason);
}

int report_code(const run::RunReport& report) {
  return report.error ? code_of(report.error->kind) : plain_of(report).code;
}

std::string message_text(const run::RunReport& report) {
  if (report.error && !report.error->message.empty()) return report.error->message;
  if (report.outcome == Outcome::missed && report.missed_reason) return missed_message(report);
  return report.error ? reason_text(report) : std::string(plain_of(report).message);
}

std::string remedy_text(const run::RunReport& report) {
  if (!report.error)
    return report.outcome == Outcome::overlapped ? default_remedy(ErrorKind::overlap, *report.schedule) : "";
  if (!report.error->remedy.empty()) return report.error->remedy;
  return default_remedy(report.error->kind, *report.schedule, report.dry_run ? Tried::dry_run : Tried::run);
}

std::string kept_text(const run::RunReport& report, Detail detail) {
  // Before the fetch a run only reads; what is silent then has taken nothing.
  if (report.error && report.error->kind == ErrorKind::no_answer && report.fetch.attempts > 0)
    return "the new value may be stored";
  switch (report.outcome) {
    case Outcome::cancelled:
      return report.fanout ? cancelled_ids(report) : std::string();
    case Outcome::partial:
    case Outcome::rejected:
    case Outcome::upstream_failed:
    case Outcome::store_failed:
    case Outcome::verify_failed:
      if (report.outcome == Outcome::verify_failed && !report.fanout) return {};
      return old_value(report, detail);
    case Outcome::superseded:
      if (report.keys_written.value_or(0) > 0) return old_value(report, detail);
      return report_code(report) == code_of(ErrorKind::later_write) ? "that value stays"
                                                                    : "nothing was written";
    default:
      return {};
  }
}

std::string whole_message(const run::RunReport& report) {
  const std::string kept = kept_text(report, Detail::none);
  return kept.empty() ? message_text(report) : message_text(report) + "; " + kept;
}

std::string ping_text(const run::RunReport& report) {
  const int code = report_code(report);
  if (code == 0 && !report.error) return success_text(report);
  std::string text(run::outcome_text(report.outcome));
  text += " " + reason_text(report);
  if (code != 0) text += " " + code_text(code);
  return text + ": " + whole_message(report);
}

}  // namespace prewarm::report
