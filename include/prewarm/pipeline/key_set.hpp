// SPDX-License-Identifier: Apache-2.0
// Which keys a run has met, by a 64-bit hash of each: of a million keys two that differ are taken for one in
// one run of 30 million. 16 MiB for a million. Owned by one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace prewarm::pipeline {

class KeySet {
 public:
  /// False if it was there.
  bool add(std::string_view key);

 private:
  void grow();
  bool put(std::uint64_t hash) noexcept;

  std::vector<std::uint64_t> table_;  // open addressing, a power of two, at most half full; 0 is empty
  std::size_t size_ = 0;
};

}  // namespace prewarm::pipeline
