// SPDX-License-Identifier: Apache-2.0
// Stands between a store and its server, so that a test can act at a point of the conversation that it would
// otherwise have to hit by luck: before EXEC reaches the server. A thread of its own; `before_exec` is called
// there, once.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "support/socket.hpp"
#include "support/wire.hpp"

namespace prewarm::store {

class Relay {
 public:
  Relay(std::filesystem::path server, std::function<void()> before_exec);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  std::string url() const { return "redis://127.0.0.1:" + std::to_string(testkit::local_port(listener_)); }

 private:
  void serve();
  void carry(const testkit::Descriptor& client, const testkit::Descriptor& server);

  std::filesystem::path server_;
  std::function<void()> before_exec_;
  testkit::Descriptor listener_;
  testkit::Gate stop_;
  std::thread thread_;
};

}  // namespace prewarm::store
