// SPDX-License-Identifier: Apache-2.0
// Text of refused expressions made fit to be shown: one printable line, cut, in quotes; and read as the
// person meant it where only the characters are wrong. Pure.
#pragma once

#include <string>
#include <string_view>

namespace prewarm::schedule {

/// Bytes of an item that are looked at for advice; no sound item is as long.
inline constexpr std::size_t kItemLookedAt = 64;

/// Printable, at most 60 bytes and an ellipsis.
std::string shown(std::string_view text);
/// The same in double quotes.
std::string in_quotes(std::string_view text);
/// Digits of other scripts, dashes, full-width signs and odd blanks as their ASCII counterparts; what has
/// none is dropped.
std::string ascii_of(std::string_view text);

}  // namespace prewarm::schedule
