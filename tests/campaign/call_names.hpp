// SPDX-License-Identifier: Apache-2.0
// Names of system calls. Pure.
#pragma once

#include <string>

namespace prewarm::campaign {

/// "sendto", or "call 999" of one that the program is not known to make.
std::string call_text(long number);

}  // namespace prewarm::campaign
