// SPDX-License-Identifier: Apache-2.0
// Another writer with perfect timing: a relay in front of a Redis that passes everything on, but holds the
// first GET of one key back until the script before it has been answered, lets the test strike, and only then
// lets the GET go. The moment between a write and its read-back cannot be hit from outside otherwise.
// Thread-safe; ends with the object.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "support/socket.hpp"
#include "support/temp_dir.hpp"

namespace prewarm::test {

class Intruder {
 public:
  Intruder(std::filesystem::path redis_socket, const std::string& key, std::function<void()> strike);
  ~Intruder();
  Intruder(const Intruder&) = delete;
  Intruder& operator=(const Intruder&) = delete;

  std::string url() const { return "redis+unix://" + (directory_ / "s").string(); }
  int strikes() const noexcept { return strikes_; }

 private:
  void accept_loop();
  void relay(testkit::Descriptor client);

  testkit::TempDir directory_;
  const std::filesystem::path redis_socket_;
  const std::string marker_;  // the GET as it stands on the wire
  const std::function<void()> strike_;
  std::atomic<int> strikes_{0};
  std::atomic<bool> stop_{false};
  testkit::Descriptor listener_;
  std::thread thread_;
};

}  // namespace prewarm::test
