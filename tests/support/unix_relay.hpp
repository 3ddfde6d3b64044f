// SPDX-License-Identifier: Apache-2.0
// Something of a test's own between a program and a server: listens on a unix socket and serves one
// connection after the other, since the program under test has one. Thread-safe; ends with the object.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "support/socket.hpp"
#include "support/temp_dir.hpp"

namespace prewarm::testkit {

class UnixRelay {
 public:
  /// Called for each connection, on a thread of the relay's; returns soon once `stop` is true. An exception
  /// ends the connection.
  using Serve = std::function<void(const Descriptor& client, const std::atomic<bool>& stop)>;
  /// Throws std::runtime_error when it cannot listen. What `serve` refers to outlives the relay.
  explicit UnixRelay(Serve serve);
  ~UnixRelay();
  UnixRelay(const UnixRelay&) = delete;
  UnixRelay& operator=(const UnixRelay&) = delete;

  std::string url() const { return "redis+unix://" + (directory_.path() / "s").string(); }

 private:
  void accept_loop();

  TempDir directory_;
  const Serve serve_;
  std::atomic<bool> stop_{false};
  Descriptor listener_;
  std::thread thread_;
};

}  // namespace prewarm::testkit
