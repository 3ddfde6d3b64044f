// SPDX-License-Identifier: Apache-2.0
// How often a host may be asked (SURFACE 4, `fetch.rate` and `fetch.burst`). Pure: values.
#pragma once

#include <cstdint>

#include "prewarm/base/clock.hpp"

namespace prewarm::schedule {

/// In any span of time at most `burst` + `count` x span / `per` requests leave.
struct Rate {
  std::int64_t count = 0;  // 1-1,000,000
  Millis per{};            // 1 s-1 h
  std::int64_t burst = 0;  // 1-count
  friend bool operator==(const Rate&, const Rate&) = default;
};

}  // namespace prewarm::schedule
