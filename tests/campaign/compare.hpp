// SPDX-License-Identifier: Apache-2.0
// Where two stores part: in what they answered to one operation, or in what lies in them afterwards. Pure.
#pragma once

#include "campaign/campaign.hpp"
#include "campaign/trace.hpp"

namespace prewarm::campaign {

/// `model` is the measure. `other` may answer an old length that is that of the head; a file (`is_file`) may
/// also tell an empty text from nothing, and has a long life for one that never ends.
Findings differences(const Operation& operation, const Outcome& model, const Outcome& other, bool is_file);
Findings differences(const Shown& model, const Shown& other);
/// What is left of a life that began as one for ever in a SQLite file is still longer than this.
inline constexpr Millis kForEver = std::chrono::hours(24 * 365 * 50);

}  // namespace prewarm::campaign
