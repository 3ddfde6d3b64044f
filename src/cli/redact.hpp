// SPDX-License-Identifier: Apache-2.0
// What is typed comes back in errors, and people type passwords where none belong. Every text that a command
// says of its own passes here before it is printed, logged or sent. Guesses on the safe side: rather too much
// is left out than too little. Pure.
#pragma once

#include <string>
#include <string_view>

namespace prewarm::cli {

/// The text with "x://user:pass@" as "x://…@" and "password=…" without what follows.
std::string without_credentials(std::string_view text);

}  // namespace prewarm::cli
