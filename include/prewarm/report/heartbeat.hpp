// SPDX-License-Identifier: Apache-2.0
// Heartbeats (SURFACE 7, Pings): when a ping is due, what it says, and which request it is in each of the
// four styles. A success ping exists only for a report whose every key has a VerifiedWrite (I3). The ping URL
// is a secret: it leaves in the request and is shown nowhere but as scheme and host. Sending is `Pinger`'s.
// Pure.
#pragma once

#include <optional>
#include <string>

#include "prewarm/http/fetcher.hpp"
#include "prewarm/run/report.hpp"

namespace prewarm::report {

/// A ping leaves at most this long after the run's deadline: a paused worker must not speak over its
/// successor.
inline constexpr Millis kPingGrace{30'000};
/// What the services keep of a body (reference: healthchecks, self-hosted default).
inline constexpr std::size_t kMaxPingBody = 10'000;
/// Characters of a cronitor message, as its own command line cuts them.
inline constexpr std::size_t kMaxCronitorMessage = 1000;

struct Ping {
  std::string schedule, env, rid, run_id;
  Slot slot;
  run::PingKind kind = run::PingKind::none;
  schedule::HeartbeatSpec heartbeat;
  std::string outcome, reason;  // empty for start, and for a worker that could not start
  int code = 0;
  std::string message;         // "503 on 3 attempts; old value kept", "verified v3, 14 items, 1332 B"
  std::string owner, runbook;  // of the schedule; fail alone
  BootTime not_after;          // dropped when it could only leave later
};

/// The start ping of a run; nothing when its heartbeat is off or its style has no start.
std::optional<Ping> start_ping(const run::Run& run);
/// The ping at the end, if any: success only with all proofs (ENSURE), fail with the reason; of a cancelled
/// run only if a start was sent.
std::optional<Ping> end_ping(const run::RunReport& report);

/// A worker that cannot start: the first error, told to one schedule's heartbeat.
struct NotStarted {
  std::string schedule;
  schedule::HeartbeatSpec heartbeat;
  std::string env;  // may be empty: that can be what is missing
  int code = 0;
  std::string message;
  Slot now;
  BootTime not_after;
};
/// Its fail ping; nothing when the heartbeat is off.
std::optional<Ping> preflight_ping(const NotStarted& what);

/// "upstream_failed http_5xx PW530: 503 on 3 attempts; old value kept"; the first line of the body where the
/// style has a text body.
std::string ping_body(const Ping& ping);
/// The request of a ping, its timeout left to the sender. Nothing when the style has none.
std::optional<http::Request> ping_request(const Ping& ping);
/// "https://hc-ping.com": scheme, host and port, all that may be shown of its URL.
std::string ping_display(const Ping& ping);
/// "start", "success", "fail".
std::string_view ping_kind_text(run::PingKind kind) noexcept;

}  // namespace prewarm::report
