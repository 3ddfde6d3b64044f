// SPDX-License-Identifier: Apache-2.0
// When do two JSON values mean the same? Numbers by value (1e2 and 100.0), strings by their text, not by
// their escapes; members in their order. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace prewarm::shape {

enum class Case : std::uint8_t { counts, folded };  // folded: ASCII letters alone

/// Equal for sound JSON values that mean the same, and only for these. Not JSON itself.
std::string meaning_of(std::string_view value, Case letters);

}  // namespace prewarm::shape
