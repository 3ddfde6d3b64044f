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

#include "support/unix_relay.hpp"

namespace prewarm::test {

class Intruder {
 public:
  Intruder(std::filesystem::path redis_socket, const std::string& key, std::function<void()> strike);

  std::string url() const { return relay_.url(); }
  int strikes() const noexcept { return strikes_; }

 private:
  void serve(const testkit::Descriptor& client, const std::atomic<bool>& stop);

  const std::filesystem::path redis_socket_;
  const std::string marker_;  // the GET as it stands on the wire
  const std::function<void()> strike_;
  std::atomic<int> strikes_{0};
  testkit::UnixRelay relay_;
};

}  // namespace prewarm::test
