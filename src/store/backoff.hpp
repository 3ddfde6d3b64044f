// SPDX-License-Identifier: Apache-2.0
// Waits between attempts of one call: full jitter below a cap that doubles from 50 ms to 2 s. Ended early by
// Clock::wake, so that a worker that is asked to stop does not go on trying. Owned by one thread.
#pragma once

#include "prewarm/base/clock.hpp"

namespace prewarm::store {

class Backoff {
 public:
  explicit Backoff(Clock& clock) noexcept : clock_(clock) {}
  /// False when there is nothing more to try: the deadline is there, or somebody woke us.
  bool wait(BootTime deadline) noexcept;

 private:
  Clock& clock_;
  Millis cap_{50};
};

}  // namespace prewarm::store
