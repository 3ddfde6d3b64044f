// SPDX-License-Identifier: Apache-2.0
// A worker with one schedule, every 2 s, and the Redis that fails it, which may have a replica. A reader
// never stops looking, and each ping of success is checked against what is there. Owned by one thread.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "campaign/campaign.hpp"
#include "campaign/watcher.hpp"
#include "cli/world.hpp"
#include "support/forwarder.hpp"

namespace prewarm::campaign {

inline const std::string kFailoverKey = "news:production:v1";
inline constexpr std::chrono::seconds kFailoverGap{2};       // of the schedule
inline constexpr std::chrono::seconds kFailoverDeadline{1};  // D
inline constexpr std::chrono::seconds kFailoverSlack{2};     // for a busy machine

struct EndedRun {
  std::string outcome, code, instant;
};

class FailoverRig {
 public:
  FailoverRig(testkit::RedisSettings settings, std::uint64_t seed);
  ~FailoverRig();
  FailoverRig(const FailoverRig&) = delete;
  FailoverRig& operator=(const FailoverRig&) = delete;

  void start();
  /// Any time between the two.
  void pause_for(std::chrono::milliseconds least, std::chrono::milliseconds most);
  std::string log() const { return worker->text(testkit::Process::Stream::err); }
  std::vector<EndedRun> ended() const;
  /// Until `count` runs behind the first `mark` ended so ("!verified": any other way).
  bool wait_for(std::size_t mark, const std::string& outcome, std::size_t count,
                std::chrono::milliseconds limit) const;

  std::mt19937_64 chance;
  testkit::RedisServer redis;
  testkit::Forwarder link;  // between worker and primary
  std::optional<testkit::RedisServer> replica;
  std::optional<testkit::Forwarder> replication;
  Watcher watcher;
  test::World world;
  std::atomic<int> editions{0};
  std::atomic<std::size_t> successes{0};
  std::atomic<const testkit::RedisServer*> primary{&redis};  // nullptr: not to be read now
  std::mutex mutex;
  Findings findings;  // guarded
  std::optional<testkit::Process> worker;
  std::optional<testkit::Resp> busy;

 private:
  void see_success();
};

/// Throws std::runtime_error after 10 s.
void wait_until(const std::function<bool()>& condition, const std::string& what);

}  // namespace prewarm::campaign
