// SPDX-License-Identifier: Apache-2.0
// Does on a connection what a script says. Blocks as long as the script wants, but not longer than the client
// stays and the server runs. In the connection's thread.
#pragma once

#include <functional>

#include "support/script.hpp"
#include "support/wire.hpp"

namespace prewarm::testkit {

/// True when the connection is fit for another request. `before_the_first_byte` is called when all waits
/// ahead of it are over, unless the client leaves in them.
bool play(Wire& wire, const Script& script, const std::function<void()>& before_the_first_byte = {});

}  // namespace prewarm::testkit
