// SPDX-License-Identifier: Apache-2.0
// A whole world from one seed: workers of two versions, upstreams, the store, a heartbeat service, an
// operator, stale writers, and a random part of all faults; 24 hours of it, and at the end a calm in which
// everything must be well again.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace prewarm::sim {

/// What is lived: a seed says all but this.
struct Life {
  std::uint64_t seed = 1;
  std::set<std::string> without{};    // kinds of faults that are left out; `Outcome::faults` has their names
  std::chrono::hours faults_for{23};  // from the start; then the calm
  bool telling = false;               // every event goes to stdout
};

struct Outcome {
  std::vector<std::string> violations;
  std::map<std::string, std::uint64_t> situations;
  std::set<std::string> faults;  // kinds that this world had
  std::uint64_t trace = 0;
  std::uint64_t turns = 0;
};

Outcome live(const Life& life);
inline Outcome live(std::uint64_t seed) { return live(Life{seed}); }

/// The first violation's promise, "I4"; empty if there is none.
std::string broken_promise(const Outcome& outcome);
/// A life with fewer faults or hours in which the same promise is broken: each is left out in turn, and stays
/// out if it does not matter.
Life shortened(Life life);
/// The command line for `sim` that lives it.
std::string command_of(const Life& life);

}  // namespace prewarm::sim
