// SPDX-License-Identifier: Apache-2.0
// The rare situations that the simulation must reach (PROMISES 10.1), each by a name; what is counted under
// another name is a fault of the simulation. Pure.
#pragma once

#include <string_view>
#include <vector>

namespace prewarm::sim {

/// In order of name.
const std::vector<std::string_view>& situations();
bool is_situation(std::string_view name) noexcept;

}  // namespace prewarm::sim
