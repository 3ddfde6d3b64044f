// SPDX-License-Identifier: Apache-2.0
// The proof that a store orders writes (PROMISES 2, Rights): one window writes the probe key twice, the
// second time one millisecond earlier, and the second must be superseded. The same for every store. Pure.
#pragma once

#include <array>
#include <span>
#include <string>

#include "prewarm/base/clock.hpp"
#include "prewarm/base/result.hpp"
#include "prewarm/run/run.hpp"
#include "prewarm/store/store.hpp"

namespace prewarm::store {

inline constexpr Millis kProbeTtl{60'000};
inline constexpr Millis kProbeMaxAge{60'000};

/// The two writes to prewarm:{env}:probe:{worker}, at `now` of the store's clock.
std::array<run::Entry, 2> probe_entries(const StoreSettings& settings, WallTime now);
/// Errors: what the store said of either write; store_auth when the earlier one went in.
Result<void> judge_probe(std::span<const run::ReadBack> answers, const std::string& target);

}  // namespace prewarm::store
