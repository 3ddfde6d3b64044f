// SPDX-License-Identifier: Apache-2.0
#include "prewarm/report/heartbeat.hpp"

#include "prewarm/base/planted.hpp"
#include "prewarm/report/reason.hpp"

namespace prewarm::report {
namespace {

using run::PingKind;

Ping ping_of_run(const schedule::Schedule& schedule, PingKind kind, Slot slot, BootTime started) {
  Ping ping;
  ping.schedule = schedule.name;
  ping.env = schedule.env;
  ping.kind = kind;
  ping.slot = slot;
  ping.heartbeat = schedule.heartbeat;
  ping.not_after = started + schedule.timeout + kPingGrace;
  return ping;
}

bool wanted(const run::RunReport& report, PingKind kind) {
  if (kind == PingKind::none || !report.heartbeat || report.dry_run) return false;
  if (report.schedule->heartbeat.url.empty()) return false;
  return report.outcome != run::Outcome::cancelled || report.start_ping_sent;
}

// Plants 1 to 3.
std::optional<PingKind> planted_ping(const run::RunReport& report) {
  const bool wrong = (planted(Plant::ping_success_always) && !report.run_id.empty()) ||
                     (planted(Plant::ping_on_superseded) && report.outcome == run::Outcome::superseded) ||
                     (planted(Plant::ping_on_partial) && report.outcome == run::Outcome::partial);
  return wrong ? std::optional(PingKind::success) : std::nullopt;
}

}  // namespace

std::optional<Ping> start_ping(const run::Run& run) {
  const schedule::HeartbeatSpec& heartbeat = run.schedule->heartbeat;
  if (!run.heartbeat || run.dry_run || heartbeat.url.empty()) return std::nullopt;
  if (run.if_older_than) return std::nullopt;  // it may find nothing to do, and then no end would follow
  if (heartbeat.style == schedule::HeartbeatStyle::betterstack) return std::nullopt;
  Ping ping = ping_of_run(*run.schedule, PingKind::start, run.slot, run.started);
  ping.rid = run.rid;
  ping.run_id = run.run_id;
  return ping;
}

std::optional<Ping> end_ping(const run::RunReport& report) {
  const ErrorKind kind = report.error ? report.error->kind : ErrorKind::invalid;
  PingKind end = run::ping_of(report.outcome, kind);
  if (const auto wrong = planted_ping(report)) end = *wrong;
  if (!wanted(report, end)) return std::nullopt;
  // I3: a success that is not proven for every key is never said.
  ENSURE(end != PingKind::success || report.all_verified() || planted_ping(report));
  Ping ping = ping_of_run(*report.schedule, end, report.slot, report.started);
  ping.rid = report.rid;
  ping.run_id = report.run_id;
  ping.outcome = run::outcome_text(report.outcome);
  ping.reason = reason_text(report);
  ping.code = report_code(report);
  ping.message = end == PingKind::success ? ping_text(report) : whole_message(report);
  if (end == PingKind::fail) {
    ping.owner = report.schedule->owner;
    ping.runbook = report.schedule->runbook;
  }
  return ping;
}

std::optional<Ping> preflight_ping(const NotStarted& what) {
  if (what.heartbeat.url.empty()) return std::nullopt;
  Ping ping;
  ping.schedule = what.schedule;
  ping.env = what.env;
  ping.rid = run::rid_of(what.env, what.schedule, what.now);
  ping.slot = what.now;
  ping.kind = PingKind::fail;
  ping.heartbeat = what.heartbeat;
  ping.code = what.code;
  ping.message = what.message;
  ping.not_after = what.not_after;
  return ping;
}

std::string_view ping_kind_text(PingKind kind) noexcept {
  switch (kind) {
    case PingKind::none:
      return "none";
    case PingKind::start:
      return "start";
    case PingKind::success:
      return "success";
    case PingKind::fail:
      return "fail";
  }
  return "none";
}

}  // namespace prewarm::report
