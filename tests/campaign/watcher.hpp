// SPDX-License-Identifier: Apache-2.0
// Reads one key of a Redis over and over, as readers would, and holds what it sees against I1 (whole
// envelopes alone) and I4 (no instant before one that was seen). A server that does not answer is waited for.
// One thread of its own. Thread-safe.
#pragma once

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "campaign/campaign.hpp"
#include "support/redis_server.hpp"

namespace prewarm::campaign {

class Watcher {
 public:
  Watcher(const testkit::RedisServer& redis, std::string key);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  /// From now on of that server, whose history is another: what comes may be earlier than what was.
  void turn_to(const testkit::RedisServer& redis);
  /// The same server; the value may have been lost.
  void new_history();
  Findings findings() const;
  std::size_t reads() const { return reads_; }

 private:
  void watch();
  void see(const std::string& bytes);

  std::string key_;
  std::atomic<const testkit::RedisServer*> redis_;
  std::atomic<bool> stop_{false};
  std::atomic<std::size_t> reads_{0};
  mutable std::mutex mutex_;
  std::string latest_;  // instant; guarded, as what follows
  Findings findings_;
  std::thread thread_;
};

}  // namespace prewarm::campaign
