// SPDX-License-Identifier: Apache-2.0
// Which words can be zone names at all, and what to write instead of one that is none. Reads the lists of the
// zone folder when asked. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace prewarm::schedule {

/// Fixed on purpose: TZDIR is not obeyed.
inline constexpr std::string_view kZoneFolder = "/usr/share/zoneinfo";

/// "UTC", or two to four parts of letters, digits, "_", "+" and "-" joined by "/", none of the database's
/// inner folders ("posix/", "right/"). Says nothing of whether the zone exists.
bool is_zone_name(std::string_view name);
/// The cure for PW215 of a name that could not be loaded, naming at most 3 zones, as after "do:".
std::string zone_remedy(std::string_view name);

}  // namespace prewarm::schedule
