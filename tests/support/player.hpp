// SPDX-License-Identifier: Apache-2.0
// Does on a connection what a script says. Blocks as long as the script wants, but not longer than the client
// stays and the server runs. In the connection's thread.
#pragma once

#include "support/script.hpp"
#include "support/wire.hpp"

namespace prewarm::testkit {

/// True when the connection is fit for another request.
bool play(Wire& wire, const Script& script);

}  // namespace prewarm::testkit
