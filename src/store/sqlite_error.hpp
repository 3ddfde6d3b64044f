// SPDX-License-Identifier: Apache-2.0
// SQLite's result codes as Errors that say what to do: disk full, read-only, damaged, locked by another
// process. Pure apart from asking the connection for its last message.
#pragma once

#include <sqlite3.h>

#include <string>

#include "prewarm/base/result.hpp"

namespace prewarm::store {

/// `code`: the extended result code; `doing`: "write to" or "read"; `target`: "sqlite:prewarm.db". `db` may
/// be null. Kinds: refused, unreachable (cannot be opened).
Error sqlite_error(sqlite3* db, int code, const std::string& doing, const std::string& target);

}  // namespace prewarm::store
