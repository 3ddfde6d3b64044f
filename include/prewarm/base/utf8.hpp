// SPDX-License-Identifier: Apache-2.0
// One well-formed UTF-8 sequence at a time, for the JSON scanner and the JSON writer.
// Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace prewarm {

/// Length of the well-formed UTF-8 sequence at the front (RFC 3629, no overlong forms, no surrogates); 0 when
/// there is none.
std::size_t utf8_length(std::string_view text) noexcept;
/// Appends the UTF-8 of `code`, which is no surrogate and at most U+10FFFF.
void append_utf8(std::string& out, char32_t code);

}  // namespace prewarm
