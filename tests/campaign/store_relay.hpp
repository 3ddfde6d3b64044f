// SPDX-License-Identifier: Apache-2.0
// A store that says what no sound one says: a relay in front of a real Redis, which passes commands and
// replies on one by one, and at a chosen command answers with other bytes, or lets another client strike
// first. Listens on a unix socket. Thread-safe; ends with the object.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "support/answer.hpp"
#include "support/unix_relay.hpp"

namespace prewarm::campaign {

struct Twist {
  std::string command;             // the word in front, "EVALSHA"
  std::string word;                // that one of its words must be, "news:production:v1"; empty: any
  int first = 1, last = 1;         // of the commands that match
  std::function<void()> before{};  // what another client does before the command is passed on
  bool pass = false;               // the command reaches the store, also where its reply is another
  bool replaces = false;           // `reply` is sent instead of the store's
  std::string reply{};
  std::string more{};  // sent behind it, at once
  std::chrono::milliseconds delay{0};
  testkit::Ending ending = testkit::Ending::keep;
  bool byte_by_byte = false;  // all replies, of every command
};

class StoreRelay {
 public:
  StoreRelay(std::filesystem::path redis_socket, Twist twist);

  std::string url() const { return relay_.url(); }
  int twisted() const noexcept { return twisted_; }

 private:
  using Words = std::vector<std::string>;
  // The two ends of a connection that is served.
  struct Ends {
    const testkit::Descriptor& client;
    const testkit::Descriptor& server;
    const std::atomic<bool>& stop;
  };
  void serve(const testkit::Descriptor& client, const std::atomic<bool>& stop);
  bool answer(const Ends& ends, const Words& words, const std::string& raw);
  bool is_the_one(const Words& words);
  void say(const testkit::Descriptor& client, const std::string& bytes) const;

  const std::filesystem::path redis_socket_;
  const Twist twist_;
  int matched_ = 0;
  std::atomic<int> twisted_{0};
  testkit::UnixRelay relay_;
};

}  // namespace prewarm::campaign
