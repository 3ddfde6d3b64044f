// SPDX-License-Identifier: Apache-2.0
// The ways in which a Redis fails a worker, how each is brought about and ended, and what it may do to runs.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "campaign/failover_rig.hpp"

namespace prewarm::campaign {

/// One way in which a store fails.
struct StoreFault {
  std::string name;
  std::vector<std::string> config;
  std::function<void(FailoverRig&)> strike;
  std::function<void(FailoverRig&)> heal;
  std::set<std::string> codes;  // of runs that fail meanwhile; empty: none may
  bool must_fail = true;        // one of them at least
  bool lost = false;            // `value.lost` is to be told, once; else never
};

std::vector<StoreFault> store_faults();

}  // namespace prewarm::campaign
