// SPDX-License-Identifier: Apache-2.0
// The three date forms of HTTP (RFC 9110 5.6.7), as in `Date` and `Retry-After`. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "prewarm/base/clock.hpp"

namespace prewarm::upstream {

/// Nothing unless the text is exactly one of the forms and the date exists; the name of the day is not
/// checked against it. `now` settles the century of RFC 850's two digits.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text, WallTime now);

}  // namespace prewarm::upstream
