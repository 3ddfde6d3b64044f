// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "prewarm/base/memory_limit.hpp"

namespace prewarm {
namespace {

// What a worker needs without bodies: 12 MiB with one schedule, 33 in the midst of a fan-out of 100,000 keys.
constexpr std::uint64_t kWithoutBodies = 32ULL << 20;
// A body is there, is what a value is made of, and is on its way to the store.
constexpr std::uint64_t kCopies = 3;
// The rest is for what the kernel counts besides: sockets, pages of files, other processes.
constexpr std::uint64_t kPercent = 70;

}  // namespace

std::uint64_t body_budget(std::optional<std::uint64_t> limit, std::uint64_t most) noexcept {
  if (!limit) return most;
  const std::uint64_t ours = *limit * kPercent / 100;
  return std::min(most, ours > kWithoutBodies ? (ours - kWithoutBodies) / kCopies : 0);
}

std::uint64_t limit_for(std::uint64_t bodies) noexcept {
  return ((kWithoutBodies + kCopies * bodies) * 100 + kPercent - 1) / kPercent;
}

}  // namespace prewarm
