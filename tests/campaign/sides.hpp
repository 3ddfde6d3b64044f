// SPDX-License-Identifier: Apache-2.0
// The stores that live through one trace side by side: the simulation's model and the real ones. Each is the
// product's seam with the hands of an operator beside it. Owned by one thread.
#pragma once

#include <memory>

#include "campaign/trace.hpp"
#include "support/redis_server.hpp"

namespace prewarm::campaign {

class Side {
 public:
  virtual ~Side() = default;
  virtual const char* name() const noexcept = 0;
  virtual Outcome act(const Operation& operation) = 0;
  /// All that is there, as an operator sees it at `now`.
  virtual Shown show(WallTime now) = 0;
};

std::unique_ptr<Side> model_side();
/// `by_script`: as a user who may make no transactions, so that every window goes by the script.
std::unique_ptr<Side> redis_side(const testkit::RedisServer& server, bool by_script);
std::unique_ptr<Side> sqlite_side();
/// A server for `redis_side`.
testkit::RedisSettings side_settings();

}  // namespace prewarm::campaign
