// SPDX-License-Identifier: Apache-2.0
// A heartbeat service: an upstream that takes every ping and remembers it, or answers what the test wants
// instead (500, 429, silence). It understands the four styles just enough to say which event a ping reports.
// Thread-safe.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "support/upstream.hpp"

namespace prewarm::testkit {

struct Ping {
  std::string method, path, query, body;
  std::string event;  // start, success or fail
  std::string rid;    // of the query; empty where the style has none there
  std::chrono::steady_clock::time_point arrived;
};

class Sink {
 public:
  Sink();
  explicit Sink(const UpstreamSettings& settings);

  /// The heartbeat's URL in a schedule, whatever the style.
  std::string url(const std::string& path = "/ping/recent-listens") const { return upstream_.url(path); }
  /// For pings from now on; at first 200 "OK". A list is used up and its last answer stays.
  void answer(std::vector<Answer> in_turn);

  /// Every attempt, in order of arrival, whatever it was answered.
  std::vector<Ping> pings() const;
  /// "start success" or "start fail fail": what a test mostly wants to know.
  std::string events() const;
  /// The `number`th (from 1). Throws std::runtime_error when it does not come in time.
  Ping wait_for_ping(std::size_t number, std::chrono::milliseconds limit = kDeadline) const;
  Upstream& upstream() noexcept { return upstream_; }

 private:
  Upstream upstream_;
};

}  // namespace prewarm::testkit
