// SPDX-License-Identifier: Apache-2.0
// Instants as text: RFC 3339 in and out. The 24-character form is the one stored in envelopes.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "prewarm/base/clock.hpp"
#include "prewarm/base/result.hpp"

namespace prewarm {

/// "2026-05-01T13:00:19.187Z", always 24 characters. Years 0000..9999 (ENSURE).
std::string instant_text(WallTime instant);
/// "2026-05-01T13:00:00Z".
std::string slot_text(Slot slot);
/// "20260501T130000Z", for ledger keys.
std::string slot_compact(Slot slot);
/// "2026-05-01T15:00:00+02:00"; "+00:00" for UTC. `offset` is east of UTC.
std::string local_text(Slot slot, std::chrono::seconds offset);
/// Exactly the 24-character form, a date that exists, hour 0..23, minute and second 0..59; else nothing.
std::optional<WallTime> parse_instant(std::string_view text) noexcept;
/// Any RFC 3339 date-time with "Z" or a numeric offset; a fraction is cut to milliseconds. Errors: invalid.
Result<WallTime> parse_rfc3339(std::string_view text);

}  // namespace prewarm
