// SPDX-License-Identifier: Apache-2.0
// A whole world from one seed: workers of two versions, upstreams, the store, a heartbeat service, an
// operator, stale writers, and a random part of all faults; 24 hours of it, and at the end a calm in which
// everything must be well again.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace prewarm::sim {

struct Outcome {
  std::vector<std::string> violations;
  std::map<std::string, std::uint64_t> situations;
  std::uint64_t trace = 0;
  std::uint64_t turns = 0;
};

/// `telling`: every event goes to stdout.
Outcome live(std::uint64_t seed, bool telling = false);

}  // namespace prewarm::sim
