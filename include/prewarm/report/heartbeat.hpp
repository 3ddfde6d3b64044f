// SPDX-License-Identifier: Apache-2.0
// Heartbeats (SURFACE 7, Pings): which request a ping is in each of the four styles, and the sender that
// delivers pings in the background: 3 attempts, 5 s each, 15 s in all, queue of 256, never later than the
// run's deadline + 30 s. A ping never blocks, delays or fails a run. A success ping exists only for a report
// whose every key has a VerifiedWrite. `ping_request` is pure. A Pinger is owned by the record thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "prewarm/base/log.hpp"
#include "prewarm/http/fetcher.hpp"
#include "prewarm/run/report.hpp"

namespace prewarm::report {

struct Ping {
  std::string schedule, env, rid, run_id;
  Slot slot;
  run::PingKind kind = run::PingKind::none;
  schedule::HeartbeatSpec heartbeat;
  std::string outcome, reason, message;  // fail and success
  int code = 0;
  BootTime not_after;  // dropped when it could only leave later
};

/// The start ping of a run; nothing when its heartbeat is off.
std::optional<Ping> start_ping(const run::Run& run);
/// The ping at the end, if any: success only with all proofs (ENSURE), fail with the reason.
std::optional<Ping> end_ping(const run::RunReport& report);
/// A fail ping of a worker that cannot start: message and code of the first error.
Ping preflight_ping(const std::string& schedule, const schedule::HeartbeatSpec& heartbeat,
                    const std::string& env, int code, const std::string& message, Slot now,
                    BootTime not_after);

/// The request of a ping. Nothing when the style has none (betterstack has no start).
std::optional<http::Request> ping_request(const Ping& ping);

class Pinger {
 public:
  Pinger(http::Fetcher& fetcher, Clock& clock, Log& log);
  /// Takes a ping; drops it, counted and logged (PW802), when 256 wait already. Pings of one schedule keep
  /// their order.
  void add(Ping ping);
  /// Sends what is due and handles answers; returns when `until` is reached, a transfer ended or the fetcher
  /// was woken.
  void turn(BootTime until);
  bool idle() const noexcept;

 private:
  struct Sending;
  void launch(BootTime now);
  void finish(std::uint64_t id, Result<http::Response> result);
  void give_up(const Ping& ping, int code, const std::string& why);

  http::Fetcher& fetcher_;
  Clock& clock_;
  Log& log_;
  std::deque<Ping> waiting_;
  std::map<std::uint64_t, Sending> sending_;
  std::uint64_t next_id_ = 1;
};

}  // namespace prewarm::report
