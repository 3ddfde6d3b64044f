// SPDX-License-Identifier: Apache-2.0
// A local imitation of the Clerk users API (checked against the description `bapi/2026-05-12`), faithful in
// what a client can get wrong: a `limit` of 10 unless it says more, 100 `user_id` at most, unknown ids left
// out without a word, users in order of creation instead of that of the ids, a bearer token, 1,000 requests
// in 10 s and then 429 to everybody until `Retry-After` is over. Serves GET /v1/users, /v1/users/count,
// /v1/users/ID, and beside the real API /v1/experts, a list of ids. It counts what it is asked, and fails
// when told to. Thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/clerk_users.hpp"
#include "support/upstream.hpp"

namespace prewarm::testkit {

struct ClerkSettings {
  std::string token = "sk_test_imitation";
  std::size_t requests_a_window = 1000;  // of a production instance; 100 of a development instance
  std::chrono::milliseconds window{10'000};
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

/// Of the different requests for users, in order of arrival, each `every`th fails, and does so `times` times
/// before it succeeds: a client that tries again often enough gets everything, whatever the order.
struct ClerkTrouble {
  enum class Kind : std::uint8_t { rate_limited, server_error, cut } kind;
  std::size_t every;
  std::size_t times = 1;
  /// Of rate_limited. Above 0, as with the real API, nobody else is answered either until it is over.
  std::chrono::seconds retry_after{0};
};

class ClerkApi {
 public:
  explicit ClerkApi(ClerkSettings settings = {});
  ~ClerkApi();
  ClerkApi(const ClerkApi&) = delete;
  ClerkApi& operator=(const ClerkApi&) = delete;

  // --- the people ---
  /// clerk_user(0) to clerk_user(count - 1), instead of everybody there was.
  void people(std::size_t count, int edition = 0);
  /// A new user, or a changed one.
  void put(const ClerkUser& user);
  /// A JSON array of User objects, kept as they are, such as sample("clerk-users.json").
  void put_sample(std::string_view json);
  void forget(const std::string& id);
  /// What /v1/experts lists: {"ids":["user_…"],"experts":[{"id":"user_…"}],"total":1}.
  void experts(std::vector<std::string> ids);

  // --- its moods, of all requests for users ---
  void trouble(std::vector<ClerkTrouble> troubles);
  void delay(std::chrono::milliseconds before_each_answer);
  /// After so many requests, the answers to the others wait for the gate.
  void hold_after(std::size_t requests, std::shared_ptr<Gate> gate);

  // --- what it saw ---
  std::size_t requests() const;       // for users, failed ones too
  std::size_t most_ids() const;       // in one request
  std::size_t refused() const;        // 429, whether by the limit or by a trouble
  std::size_t most_a_second() const;  // requests that arrived within any one second
  std::size_t most_at_once() const { return upstream_.most_at_once(); }

  const std::string& token() const noexcept { return settings_.token; }
  std::string url(const std::string& target = "/v1/users") const { return upstream_.url(target); }
  Upstream& upstream() noexcept { return upstream_; }

 private:
  struct State;
  const ClerkSettings settings_;
  const std::unique_ptr<State> state_;
  Upstream upstream_;  // last: its threads use the rest
};

}  // namespace prewarm::testkit
