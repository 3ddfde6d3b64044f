// SPDX-License-Identifier: Apache-2.0
// All chance of a simulated world, from one seed (splitmix64).
#pragma once

#include <chrono>
#include <cstdint>

namespace prewarm::sim {

/// True time, which no worker knows: since the world began.
using Nanos = std::chrono::nanoseconds;

class Chance {
 public:
  /// Seeds side by side must not walk one stream a step apart, so the seed itself is mixed first.
  explicit Chance(std::uint64_t seed) : state_(seed) { state_ = bits() ^ (bits() << 1U); }

  std::uint64_t bits() noexcept {
    std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31U);
  }
  /// 0 … count - 1.
  std::uint64_t below(std::uint64_t count) noexcept { return bits() % count; }
  bool one_in(std::uint64_t count) noexcept { return below(count) == 0; }
  Nanos between(Nanos least, Nanos most) noexcept {
    return least +
           Nanos(static_cast<std::int64_t>(below(static_cast<std::uint64_t>((most - least).count()) + 1)));
  }
  /// Mostly short, now and then up to `most`: what networks and schedulers do.
  Nanos latency(Nanos usual, Nanos most) noexcept {
    if (calm) return Nanos(0);
    return one_in(50) ? between(usual, most) : between(Nanos(0), usual);
  }
  bool calm = false;  // nothing takes time

 private:
  std::uint64_t state_;
};

}  // namespace prewarm::sim
