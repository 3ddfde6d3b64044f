// SPDX-License-Identifier: Apache-2.0
#include "prewarm/report/record.hpp"

#include "prewarm/base/json_text.hpp"
#include "prewarm/base/time_text.hpp"

namespace prewarm::report {
namespace {

using run::Outcome;

// Collects members; what is empty does not apply and is left out.
class Members {
 public:
  void text(const char* name, std::string value) {
    if (!value.empty()) fields_.push_back({name, std::move(value)});
  }
  void texts(const char* name, const std::vector<std::string>& values) {
    if (!values.empty()) fields_.push_back({name, values});
  }
  void number(const char* name, std::optional<std::int64_t> value) {
    if (value) fields_.push_back({name, *value});
  }
  void positive(const char* name, std::int64_t value) {
    if (value > 0) number(name, value);
  }
  void flag(const char* name) { fields_.push_back({name, true}); }
  void milliseconds(const char* name, std::optional<Millis> value) {
    if (value) number(name, value->count());
  }
  // Whole seconds that have passed or are left for certain.
  void seconds(const char* name, std::optional<Millis> value) {
    if (value) number(name, std::chrono::floor<std::chrono::seconds>(*value).count());
  }
  Fields take() { return std::move(fields_); }

 private:
  Fields fields_;
};

bool went_well(const run::RunReport& report) {
  return report.outcome == Outcome::verified || report.outcome == Outcome::unchanged;
}

// The run came as far as the store with a value of its own, so key and version say something.
bool reached_store(const run::RunReport& report) {
  switch (report.outcome) {
    case Outcome::verified:
    case Outcome::unchanged:
    case Outcome::partial:
    case Outcome::store_failed:
    case Outcome::verify_failed:
    case Outcome::superseded:
      return !report.key.empty();
    default:
      return false;
  }
}

void add_identity(Members& members, const run::RunReport& report) {
  members.text("schedule", report.schedule->name);
  members.text("run_id", report.run_id);
  members.text("rid", report.rid);
  members.text("slot", slot_text(report.slot));
  members.text("trigger", std::string(schedule::trigger_text(report.trigger)));
  if (report.dry_run) members.flag("dry_run");
}

void add_ending(Members& members, const run::RunReport& report) {
  if (!report.dry_run || !went_well(report))
    members.text("outcome", std::string(run::outcome_text(report.outcome)));
  members.text("reason", reason_text(report));
  const int code = report_code(report);
  if (code != 0) members.text("code", code_text(code));
  members.text("message", message_text(report));
  members.text("do", remedy_text(report));
}

void add_stages(Members& members, const run::RunReport& report) {
  const run::FetchFacts& fetch = report.fetch;
  members.positive("attempts", fetch.attempts);
  // Of one run a request is an attempt, unless the answer to another run served it too.
  if (!report.fanout && fetch.attempts > 0 && fetch.requests == 0) members.number("requests", fetch.requests);
  members.milliseconds("lag_ms", report.lag);
  members.milliseconds("duration_ms", report.duration);
  members.milliseconds("fetch_ms", report.fetch_took);
  members.milliseconds("shape_ms", report.shape_took);
  members.milliseconds("store_ms", report.store_took);
  members.milliseconds("verify_ms", report.verify_took);
  members.positive("http.response.status_code", fetch.http_status);
  if (fetch.attempts > 0) members.text("server.address", report.schedule->fetch.host);
  // The text of an error page is no body of ours.
  if (fetch.http_status / 100 == 2)
    members.positive("body_bytes", static_cast<std::int64_t>(fetch.body_bytes));
}

void add_ids(Members& members, const run::RunReport& report) {
  const run::FanoutFacts& ids = *report.fanout;
  members.number("requests", report.fetch.requests);
  members.number("ids_requested", ids.requested);
  members.number("ids_returned", ids.returned);
  members.texts("missing", ids.missing);
  members.positive("ids_unchanged", ids.unchanged);
  members.positive("ids_skipped", ids.skipped);
}

void add_value(Members& members, const run::RunReport& report) {
  members.number("items", report.items);
  members.number("bytes", report.bytes);
  if (report.fanout) add_ids(members, report);
  members.number("keys_written", report.keys_written);
  members.positive("aliases_skipped", report.aliases_skipped.value_or(0));
  if (!reached_store(report)) {
    // A run that never came to write tells of the key only that nothing is there.
    if (report.found == envelope::Class::absent) members.text("found", "absent");
    return;
  }
  members.text("key", report.key);
  members.number("version", report.schedule->store.version);
  if (went_well(report) && !report.dry_run) members.seconds("ttl_s", report.schedule->store.ttl);
  if (report.last_updated) members.text("last_updated", instant_text(*report.last_updated));
  if (report.found) members.text("found", std::string(envelope::class_text(*report.found)));
}

void add_outlook(Members& members, const run::RunReport& report) {
  members.seconds("stale_in_s", report.stale_in);
  members.seconds("cold_in_s", report.cold_in);
  if (report.cold_since) members.text("cold_since", instant_text(*report.cold_since));
  if (report.next) members.text("next", slot_text(*report.next));
  members.number("missed_count", report.missed_count);
}

// SURFACE 7, F.
Level failed_level(const run::RunReport& report) {
  return report.stale_in && *report.stale_in > Millis(0) ? Level::warn : Level::error;
}

Level level_of(const run::RunReport& report) {
  switch (report.outcome) {
    case Outcome::verified:
    case Outcome::unchanged:
    case Outcome::claimed_elsewhere:
      return Level::info;
    case Outcome::partial:
    case Outcome::rejected:
    case Outcome::upstream_failed:
    case Outcome::store_failed:
      return failed_level(report);
    case Outcome::verify_failed:
      return Level::error;
    case Outcome::superseded:
      return report_code(report) == code_of(ErrorKind::later_write) ? Level::info : Level::error;
    case Outcome::overlapped:
    case Outcome::missed:
    case Outcome::cancelled:
      return Level::warn;
  }
  return Level::error;
}

std::string sentence(const run::RunReport& report) {
  const std::string& name = report.schedule->name;
  if (went_well(report) && report.dry_run) return name + " dry run: would be written";
  const std::string start = name + " " + std::string(run::outcome_text(report.outcome));
  return went_well(report) ? start : start + ": " + whole_message(report);
}

}  // namespace

Fields record_fields(const run::RunReport& report) {
  Members members;
  add_identity(members, report);
  add_ending(members, report);
  add_stages(members, report);
  add_value(members, report);
  add_outlook(members, report);
  return members.take();
}

std::string record_json(const run::RunReport& report) {
  JsonObject object;
  object.add("type", "run");
  add_fields(object, record_fields(report));
  return object.text();
}

LogLine ended_line(const run::RunReport& report) {
  return {report.ended_wall, level_of(report), "run.ended", sentence(report), record_fields(report)};
}

}  // namespace prewarm::report
