// SPDX-License-Identifier: Apache-2.0
// Says when the store goes and comes back: `store.down` at the first attempt that fails, not when a run's
// deadline ends, and then with the 2nd, 4th, 8th … run that failed; `store.up` once, with how long it was.
// One for the life of a process, so that what a probe at start found counts too. Used by one thread at a
// time: by whoever probes, then by the store thread.
#pragma once

#include <cstdint>
#include <optional>

#include "prewarm/base/log.hpp"
#include "prewarm/store/store.hpp"

namespace prewarm::pipeline {

class StoreWatch {
 public:
  /// Both outlive the watch.
  StoreWatch(Log& log, Clock& clock) : log_(log), clock_(clock) {}
  StoreWatch(const StoreWatch&) = delete;
  StoreWatch& operator=(const StoreWatch&) = delete;
  ~StoreWatch() = default;

  /// Hears of every attempt and connection of `store` from now on, until the store is observed by another.
  void listen(store::Store& store);
  /// A run or a probe ended with this error of the store.
  void failed(const Error& error);
  /// The store answered what a run needs to begin. A connection alone is no end of an outage: a server that
  /// loads its data takes connections and logins, and refuses everything else.
  void answered();
  /// The store took a write.
  void works();

 private:
  void attempt_failed(const Error& error);
  void connected(const std::string& target);
  void write_down(const Error& error);

  Log& log_;
  Clock& clock_;
  std::optional<ErrorKind> down_;  // why, while it is down
  BootTime down_since_{};
  std::int64_t failures_ = 0;  // runs and probes that ended so
};

}  // namespace prewarm::pipeline
