// SPDX-License-Identifier: Apache-2.0
// Delivers pings in the background: 3 attempts, 5 s each, 15 s in all, at most 256 pings inside, never later
// than a ping's own last instant. Pings of one schedule keep their order; schedules do not wait for each
// other. A ping never blocks, delays or fails a run: what cannot be delivered is logged (`heartbeat.failed`)
// and forgotten. Owned by the record thread:
//
//   pinger.add(*ping); ... pinger.turn(until); ...   and at the end: turn until idle() or time is up,
//   abandon()
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "prewarm/base/log.hpp"
#include "prewarm/http/fetcher.hpp"
#include "prewarm/report/heartbeat.hpp"
#include "prewarm/report/repeats.hpp"

namespace prewarm::report {

/// SURFACE 7, Pings.
inline constexpr std::size_t kMaxPings = 256;
inline constexpr int kPingAttempts = 3;
inline constexpr Millis kPingAttemptTime{5'000};
inline constexpr Millis kPingBudget{15'000};
/// No more at once than the fetcher starts at once (DESIGN 5): a ping waits here, where its last instant is
/// looked at, never inside the fetcher.
inline constexpr std::size_t kMaxPingsInFlight = 64;
inline constexpr std::size_t kMaxPingsPerHost = 8;

class Pinger {
 public:
  /// The fetcher is the pinger's alone; all three outlive it.
  Pinger(http::Fetcher& fetcher, Clock& clock, Log& log);
  /// Takes a ping; drops it, logged (PW802), when 256 are inside already.
  void add(Ping ping);
  /// Sends what is due and handles answers; returns when `until` is reached, a transfer ended, the last ping
  /// left or the fetcher was woken.
  void turn(BootTime until);
  /// Nothing waits and nothing is in flight.
  bool idle() const noexcept { return waiting_.empty() && sending_.empty(); }
  /// Gives up all that is inside, each logged (PW802).
  void abandon();

 private:
  // One ping on its way; in flight under `transfer`, or waiting for its next attempt.
  struct Sending {
    Ping ping;
    std::string host;
    int attempts = 0;
    BootTime give_up_at;
    std::uint64_t transfer = 0;
    std::optional<BootTime> retry_at;
  };
  void launch(BootTime now);
  void retry(BootTime now);
  bool may_begin(const Ping& ping) const;
  void begin(Ping ping, BootTime now);
  void attempt(Sending& sending, BootTime now);
  void finish(http::Transfer transfer, BootTime now);
  void report_sent(const Sending& sending, int status);
  void report_failure(const Ping& ping, int code, const std::string& why);

  http::Fetcher& fetcher_;
  Clock& clock_;
  Log& log_;
  Repeats repeats_;
  std::deque<Ping> waiting_;
  std::map<std::string, Sending> sending_;  // by schedule: one at a time keeps the order
  std::uint64_t last_transfer_ = 0;
};

}  // namespace prewarm::report
