// SPDX-License-Identifier: Apache-2.0
// One decision of the fence, out of bytes: version and instant of what is written, the store's clock and D +
// U, numbers of ms, a line each; behind them what is at the key. Shared by the fuzz target and the test that
// asks a real server.
#pragma once

#include <string_view>

#include "fuzz/input.hpp"
#include "prewarm/envelope/envelope.hpp"
#include "store/fence.hpp"

namespace prewarm::fuzz {

struct FenceInput {
  store::Token ours;
  store::FenceClock clock;
  std::string_view found;
};

/// Instants lie in the years 0000 to 9999.
inline FenceInput fence_input(Input& input) {
  constexpr std::int64_t kFirst = -62'167'219'200'000, kLast = 253'402'300'799'999;
  FenceInput made;
  made.ours.version = input.number(1, envelope::kMaxVersion);
  made.ours.instant = WallTime(Millis(input.number(kFirst, kLast)));
  made.clock.now = WallTime(Millis(input.number(kFirst, kLast)));
  made.clock.max_age = Millis(input.number(0, 86'400'000));
  made.found = input.rest();
  return made;
}

}  // namespace prewarm::fuzz
