// SPDX-License-Identifier: Apache-2.0
// Lists of numbers and names as people say them. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prewarm::schedule {

/// The values whose bits are set, ascending.
std::vector<int> values_in(std::uint64_t set);
/// The step between neighbours if it is the same throughout; nothing for fewer than two values.
std::optional<int> common_step(const std::vector<int>& values);

/// "a", "a and b", "a, b and c".
std::string listed(const std::vector<std::string>& parts, std::string_view last = "and");
/// Runs of three or more as ranges: "1, 3 and 5 to 9".
std::string listed_values(const std::vector<int>& values, const std::function<std::string(int)>& name);
std::string listed_numbers(const std::vector<int>& values);

/// "minute 5", "minutes 0 and 35".
std::string numbered(const std::string& noun, const std::vector<int>& values);

/// "2nd", "11th".
std::string ordinal(int n);
/// "09:05", of minutes after midnight.
std::string time_of_day(int minute);

}  // namespace prewarm::schedule
