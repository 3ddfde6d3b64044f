// SPDX-License-Identifier: Apache-2.0
// The world of a fan-out: the Clerk sample's schedule, the imitation of its API and a Redis, and what its
// keys must hold. Each test makes its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cli/world.hpp"
#include "support/clerk_api.hpp"

namespace prewarm::test {

using Change = std::pair<std::string, std::string>;  // a piece of text and what takes its place
/// Throws std::runtime_error unless each piece stands there exactly once.
std::string changed(std::string text, const std::vector<Change>& changes);

/// The Clerk sample of schedules/, with this `fetch.url` and without validators.
std::string clerk_sample(const std::string& url);

inline const Change kNoRetries{R"("timeout": "20s")", R"("timeout": "20s", "retries": 0)"};
inline const std::string kRedisSet = R"({ "redisSet": "experts:{env}:ids" })";

struct FanoutWorld : World {
  testkit::RedisServer redis;
  testkit::ClerkApi api;

  FanoutWorld();
  /// schedules/clerk-experts.jsonc: the sample with some of it changed.
  void experts(const std::vector<Change>& changes = {}) const;
  /// The sample with these ids instead of the Redis set.
  void experts_of(const std::vector<std::string>& ids, std::vector<Change> changes = {}) const;
  /// SADD to the set that the sample names.
  void list(const std::vector<std::string>& ids) const;

  /// once clerk-experts --json, with flags.
  testkit::Finished once(const std::vector<std::string>& flags = {}) const;
  /// Everything that Redis holds: keys, values, members of sets.
  std::string everything() const;
  std::vector<std::optional<std::string>> values(const std::vector<std::string>& keys) const;
};

std::string key_of(const std::string& id);
std::string alias_of(const std::string& username);
/// user 0 to user count - 1 of the imitation.
std::vector<std::string> ids_up_to(std::size_t count);
std::string json_list(const std::vector<std::string>& texts);

/// What the sample makes of a user, byte for byte.
std::string profile(const testkit::ClerkUser& user);
/// The payload of a whole envelope of version 2; nothing when it is no such thing.
std::optional<std::string> payload_in(const std::optional<std::string>& value);

/// The keys of users 0 to count - 1 (by id and by username) that do not hold that edition of their user.
std::vector<std::string> wrong_keys(const FanoutWorld& world, std::size_t count, int edition);
/// Which edition each key holds: those of `wrong_keys`, in that order. -1: none of 0 to `latest`, or not
/// whole.
std::vector<int> editions(const FanoutWorld& world, std::size_t count, int latest);

/// The one value of that member in the run records of --json; "" when there is none, and when there are
/// several.
std::string of_run(const testkit::Finished& outcome, const std::string& member);

/// Asks until it is so; false when it has not been so in time.
template <class Condition>
bool until(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + testkit::kDeadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace prewarm::test
