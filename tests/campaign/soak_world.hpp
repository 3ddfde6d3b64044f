// SPDX-License-Identifier: Apache-2.0
// A worker's world for the long run: a store, an upstream and a heartbeat sink, each behind a link, and what
// befalls them, in an order that a seed gives. Owned by one thread.
#pragma once

#include <atomic>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "cli/world.hpp"
#include "support/forwarder.hpp"

namespace prewarm::campaign {

class SoakWorld {
 public:
  explicit SoakWorld(std::uint64_t seed);

  testkit::ChildCommand command() const;
  /// Something happens, and is over when it returns. What it was.
  std::string strike(const testkit::Process& worker);

  const std::vector<std::string>& names() const noexcept { return names_; }  // of the schedules
  std::vector<std::string> keys() const;
  std::optional<std::string> value(const std::string& key) const { return redis_.value(key); }
  /// The run ids that a ping of success has named.
  std::set<std::string> told_success() const;
  std::size_t fetches() const noexcept { return fetches_; }

 private:
  testkit::Answer answer(const testkit::UpstreamRequest& request);
  void write_schedules();
  std::size_t any(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
  }

  std::mt19937_64 random_;
  std::atomic<bool> upstream_is_ill_{false};
  std::atomic<std::size_t> fetches_{0};
  testkit::RedisServer redis_;
  test::World world_;
  testkit::Forwarder store_, upstream_, sink_;
  std::vector<std::string> names_;
};

}  // namespace prewarm::campaign
