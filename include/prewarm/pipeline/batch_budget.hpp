// SPDX-License-Identifier: Apache-2.0
// How much of fan-outs' answers may be between fetch and store: the fetch stage asks before it sends more
// requests, the store stage gives back. So a slow store holds the upstream back, not memory. Thread-safe.
#pragma once

#include <atomic>
#include <cstddef>

namespace prewarm::pipeline {

class BatchBudget {
 public:
  static constexpr std::size_t kBatches = 16;      // DESIGN 5
  static constexpr std::size_t kBytes = 8U << 20;  // of bodies; one larger than that travels alone

  bool full() const noexcept { return batches_ >= kBatches || bytes_ >= kBytes; }
  void take(std::size_t bytes) noexcept { ++batches_, bytes_ += bytes; }
  /// True when it was full: whoever waits for room must be told.
  bool give_back(std::size_t bytes) noexcept {
    const bool was_full = full();
    --batches_, bytes_ -= bytes;
    return was_full;
  }

 private:
  std::atomic<std::size_t> batches_{0}, bytes_{0};
};

}  // namespace prewarm::pipeline
