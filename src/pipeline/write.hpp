// SPDX-License-Identifier: Apache-2.0
// What the commit stages share: comparing a fresh value with the stored one, and the fenced write of any
// number of keys with read-back and verdict. On the store thread.
#pragma once

#include <string>
#include <vector>

#include "prewarm/run/run.hpp"
#include "prewarm/run/verdict.hpp"
#include "prewarm/shape/shape.hpp"
#include "prewarm/store/store.hpp"

namespace prewarm::pipeline {

struct Fresh {
  const shape::Shaped& shaped;
  const std::string& key;
  std::int64_t refusals = 0;  // in a row until now
};
struct Compared {
  Result<void> verdict;
  bool refused =
      false;  // by a rule that compares; with `guard.confirmations` the verdict may be good all the same
};
/// Whether the stored value allows the fresh one; reads it only if a rule would look at it. Errors: guard,
/// those of Store::read.
Compared compare(const Fresh& fresh, const run::Run& run, store::Store& store);

struct Target {
  const run::Run& run;
  WallTime store_now;
  store::Store& store;
  Clock& clock;
};
struct Written {
  std::vector<run::Verdict>
      verdicts;  // one an entry, in order; none: the deadline had passed, nothing was sent
  Millis store_took{}, verify_took{};
};
/// The same bytes are sent again until the deadline where the outcome is open.
Written write_and_verify(std::vector<run::Entry> entries, const Target& target);
/// Of a write that was not sent.
Error too_late();

}  // namespace prewarm::pipeline
