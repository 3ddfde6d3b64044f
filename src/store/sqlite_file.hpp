// SPDX-License-Identifier: Apache-2.0
// The database file of the SQLite store: opening it safely, and its format.
//
//   application_id 0x5072576d ("PrWm"), user_version 1, rollback journal, synchronous FULL
//   entries(key TEXT PRIMARY KEY, value BLOB, expires_at INTEGER)   expires_at: ms since 1970, UTC
//   records(key TEXT PRIMARY KEY, text TEXT, expires_at INTEGER)    the ledger
//
// A row whose expires_at has passed is absent, for readers too, who compare it themselves (and set a busy
// timeout). Owned by the store thread.
#pragma once

#include <string>

#include "prewarm/base/clock.hpp"
#include "prewarm/base/result.hpp"
#include "store/sqlite_handle.hpp"

namespace prewarm::store {

inline constexpr int kSqliteApplicationId = 0x5072576d;
inline constexpr int kSqliteFormat = 1;

struct SqliteFile {
  Database db;
  bool read_only = false;
  bool formatted = false;  // has our tables; a file of no bytes has none yet
  std::uint64_t device = 0, inode = 0;
};

struct SqliteOpening {
  std::string path, target;
  bool create = false;  // make the file if there is none
  Millis patience{};    // for the lock of another process
};

/// Errors: unreachable (no such folder, a folder, no right), refused (network file system, another program's
/// database, damaged), ledger_newer.
Result<SqliteFile> open_sqlite(const SqliteOpening& opening);
/// Looks again whether the file has our format. Errors: as above.
Result<void> inspect_sqlite(SqliteFile& file, const std::string& target);
/// Makes the tables unless another process was faster.
Result<void> format_sqlite(SqliteFile& file, const std::string& target);

/// The path names another file by now, or none: what is open would be written for nobody.
bool was_replaced(const SqliteFile& file, const std::string& path) noexcept;

/// "." for a bare file name.
std::string folder_of(const std::string& path);

/// NFS, SMB, AFS, Ceph: locks there do not hold what SQLite needs. `magic`: f_type of statfs.
bool is_network_file_system(long magic) noexcept;

}  // namespace prewarm::store
