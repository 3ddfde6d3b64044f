// SPDX-License-Identifier: Apache-2.0
// The rules of `guard` that need no stored value; those that compare are in compare.cpp. Pure.
#pragma once

#include "prewarm/shape/shape.hpp"

namespace prewarm::shape {

/// `value`: before `as`. Errors: guard (PW610) with rule, limit and what came.
Result<void> guard_value(const schedule::GuardSpec& guard, const Shaped& shaped, std::string_view value);

/// "guard.minItems 1: 0 items came", out of field, limit and what came.
Error refused(std::string_view field, const std::string& limit, const std::string& what);
std::string items_text(std::size_t items);  // "1 item"

}  // namespace prewarm::shape
