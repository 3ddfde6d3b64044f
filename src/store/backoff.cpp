// SPDX-License-Identifier: Apache-2.0
#include "store/backoff.hpp"

#include <algorithm>

namespace prewarm::store {
namespace {
constexpr Millis kMaxCap{2000};
// Jitter may be next to nothing; a loop without any wait is none.
constexpr Millis kLeast{5};
// What an attempt needs; a shorter one would only turn a known refusal into silence.
constexpr Millis kAttempt{100};
}  // namespace

bool Backoff::wait(BootTime deadline) noexcept {
  const BootTime now = clock_.boot_now();
  const std::chrono::nanoseconds left = deadline - now - kAttempt;
  if (left <= kLeast) return false;
  const std::chrono::nanoseconds cap = std::min<std::chrono::nanoseconds>(cap_, left);
  cap_ = std::min(2 * cap_, kMaxCap);
  const auto share = static_cast<double>(clock_.random() >> 11) * 0x1p-53;
  const std::chrono::nanoseconds jitter(static_cast<std::int64_t>(share * static_cast<double>(cap.count())));
  return clock_.sleep_until(now + std::max<std::chrono::nanoseconds>(jitter, kLeast));
}

}  // namespace prewarm::store
