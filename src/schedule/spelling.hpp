// SPDX-License-Identifier: Apache-2.0
// The right spelling of a value that was probably meant by a wrong one: 90 as "90s", "5 min" as "5m", "2MB"
// as "2MiB". For remedies only; nothing is read this way. Pure.
#pragma once

#include <string>
#include <string_view>

#include "document.hpp"

namespace prewarm::schedule {

/// In quotes, as a file writes it; empty if nothing near is known.
std::string meant_duration(const Node& node);
std::string meant_rate(const Node& node);
std::string meant_size(const Node& node);
/// A number written as a text, or 3.0 for 3.
std::string meant_integer(const Node& node);
std::string meant_number(const Node& node);
/// "true" or "false" for what other formats accept.
std::string meant_boolean(const Node& node);

}  // namespace prewarm::schedule
