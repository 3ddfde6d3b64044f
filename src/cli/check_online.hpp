// SPDX-License-Identifier: Apache-2.0
// `check --online`: the store's probe, then every schedule fetched, shaped and guarded once. Writes nothing
// but the probe key, prewarm:ENV:probe:WORKER. Owned by the main thread.
#pragma once

#include <vector>

#include "cli/workspace.hpp"

namespace prewarm::cli {

/// One finding for the store and one for each schedule, those that are well included; of a store that does
/// not do, that alone. Ordered by file. Blocks until every schedule ended.
std::vector<schedule::Finding> check_online(Workspace& workspace, Output& out);

}  // namespace prewarm::cli
