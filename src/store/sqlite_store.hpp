// SPDX-License-Identifier: Apache-2.0
// The embedded store: one SQLite file, one connection, host's clock (PROMISES 6). A window is one transaction
// begun IMMEDIATE: the fence decides on each head, COMMIT makes all of it durable, and a fresh read behind it
// returns what is there. Owned by the store thread.
#pragma once

#include <memory>
#include <string>

#include "prewarm/store/store.hpp"

namespace prewarm::store {

/// `path` as in sqlite:PATH. Opens nothing before the first call; a read of a missing file makes none.
std::unique_ptr<Store> make_sqlite_store(std::string path, StoreSettings settings, Clock& clock);

}  // namespace prewarm::store
