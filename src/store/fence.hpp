// SPDX-License-Identifier: Apache-2.0
// The decision every write stands before (DESIGN 2.4, PROMISES 2 and 4): may this token go to this key? The
// same decision as write.lua takes inside Redis; a test compares the two on random heads. Used where a write
// is not made by that script: in SQLite, and in windows of several keys to Redis. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "prewarm/base/clock.hpp"
#include "prewarm/run/run.hpp"

namespace prewarm::store {

/// What a write brings along: its version and the instant before its fetch began.
struct Token {
  std::int64_t version = 0;
  WallTime instant;
};

/// The store's clock, and how old a write may be by it (D + U).
struct FenceClock {
  WallTime now;
  Millis max_age{};
};

/// written, superseded or expired. `old_head`: at least the first 80 bytes of what is at the key, or all of
/// it; empty when there is nothing, or nothing that is text.
run::ReadBack::Answer fence_decision(std::string_view old_head, const Token& ours, const FenceClock& clock);

}  // namespace prewarm::store
