// SPDX-License-Identifier: Apache-2.0
// A Redis server that lies on order: a thread that speaks RESP2 on a loopback port, keeps values in a map,
// and lets a test replace the answer to any command by bytes of its own. Everything the store says to a sound
// server is answered as one would, the fence apart: each script call writes. Transactions are refused until a
// test allows them, and then see no conflict of their own. The functions are thread-safe;
// the answerer is called on the server's thread.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/socket.hpp"
#include "support/wire.hpp"

namespace prewarm::store {

using Words = std::vector<std::string>;

struct Instead {
  enum class Then : unsigned char { go_on, close };
  std::string bytes;  // sent in place of the answer; empty: silence
  Then then = Then::go_on;
};
/// Nothing: the sound answer.
using Answerer = std::function<std::optional<Instead>(const Words& words)>;

std::string bulk(const std::string& text);

class FakeRedis {
 public:
  FakeRedis();
  ~FakeRedis();
  FakeRedis(const FakeRedis&) = delete;
  FakeRedis& operator=(const FakeRedis&) = delete;

  std::string url() const { return "redis://127.0.0.1:" + std::to_string(testkit::local_port(listener_)); }
  void answer(Answerer answerer);
  void allow_transactions();
  /// Sends every byte on its own.
  void split(bool split);
  /// Unasked bytes to everyone who is connected.
  void say(const std::string& bytes);
  /// Ends every connection.
  void hang_up();
  void put(const std::string& key, const std::string& value);
  std::optional<std::string> value(const std::string& key);
  /// Commands heard so far, first words only ("SCRIPT LOAD" with both), and connections accepted.
  std::vector<std::string> heard();
  int connections();

 private:
  struct Client {
    testkit::Descriptor socket;
    std::string bytes;
    std::optional<std::vector<Words>> queue{};  // after MULTI
  };
  void serve();
  void accept_one();
  bool hear(Client& client);
  bool respond(Client& client, const Words& words);
  void send(const Client& client, const std::string& bytes);
  std::string sound_answer(Client& client, const Words& words);
  std::string answer_in_transaction(Client& client, const Words& words);
  std::string answer_now(const Words& words);
  std::string sound_answer_to_read(const Words& words);
  std::string script_answer(const Words& words);

  testkit::Descriptor listener_;
  testkit::Gate stop_;
  std::mutex mutex_;
  Answerer answerer_;
  bool split_ = false, transactions_ = false;
  int connections_ = 0;
  std::map<std::string, std::string> values_;
  std::vector<std::string> heard_;
  std::vector<Client> clients_;
  std::thread thread_;
};

}  // namespace prewarm::store
