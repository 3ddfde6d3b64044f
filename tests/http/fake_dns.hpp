// SPDX-License-Identifier: Apache-2.0
// DNS as a test wants it: this program's own getaddrinfo stands before the C library's, also for libcurl, and
// answers names that end in ".test". Thread-safe; one at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/wire.hpp"

namespace prewarm::http::test {

class FakeDns {
 public:
  FakeDns();
  ~FakeDns();  // every ".test" name is unknown again
  FakeDns(const FakeDns&) = delete;
  FakeDns& operator=(const FakeDns&) = delete;

  void answer(const std::string& name, std::vector<std::string> addresses);
  /// Does not answer before the gate opens.
  void hold(const std::string& name, std::shared_ptr<testkit::Gate> gate);
  int asked() const;
};

}  // namespace prewarm::http::test
