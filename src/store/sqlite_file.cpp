// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_file.hpp"

#include <sys/stat.h>
#include <sys/vfs.h>

#include <array>

#include "store/sqlite_error.hpp"

namespace prewarm::store {
namespace {

// 50 ms of checking on a slow disk; pages of larger files are checked as they are read.
constexpr std::int64_t kMaxCheckedBytes = 32 << 20;

constexpr const char* kTables =
    "CREATE TABLE entries(key TEXT PRIMARY KEY, value BLOB NOT NULL, expires_at INTEGER NOT NULL);"
    "CREATE TABLE records(key TEXT PRIMARY KEY, text TEXT NOT NULL, expires_at INTEGER NOT NULL);"
    "CREATE INDEX entries_by_end ON entries(expires_at);"
    "PRAGMA application_id = 1349670765;"
    "PRAGMA user_version = 1;";
static_assert(kSqliteApplicationId == 1349670765 && kSqliteFormat == 1);

Result<void> look_at_place(const SqliteOpening& opening) {
  struct stat status {};
  const bool exists = stat(opening.path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode))
    return Error{ErrorKind::unreachable, "could not open " + opening.target + ": it is a folder",
                 "name a file in it"};
  struct statfs system {};
  const std::string place = exists ? opening.path : folder_of(opening.path);
  if (statfs(place.c_str(), &system) == 0 && is_network_file_system(system.f_type))
    return Error{
        ErrorKind::refused,
        "could not open " + opening.target + ": it is on a network file system, where locks do not hold",
        "put the file on a local disk, or use a redis:// store for several hosts"};
  return {};
}

Result<std::int64_t> number(sqlite3* db, const char* sql, const std::string& target) {
  Query query(db, sql);
  const int code = query.step();
  if (code != SQLITE_ROW) return sqlite_error(db, code, "read", target);
  return query.integer(0);
}

// Before anything of the file is read: what is in it must not be able to run code or make us touch other
// files.
Result<void> harden(sqlite3* db, const std::string& target) {
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  const int code = run_sql(db,
                           "PRAGMA synchronous = FULL; PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON;"
                           "PRAGMA temp_store = MEMORY;");
  if (code != SQLITE_OK) return sqlite_error(db, code, "open", target);
  return {};
}

// Asked once the file is known to be ours: it would change the mode of a stranger's file.
Result<void> use_rollback_journal(sqlite3* db, const std::string& target) {
  Query query(db, "PRAGMA journal_mode = DELETE");
  const int code = query.step();
  if (code != SQLITE_ROW) return sqlite_error(db, code, "open", target);
  if (query.text(0) == "delete") return {};
  return sqlite_error(db, SQLITE_BUSY, "open", target);
}

Result<void> check_pages(sqlite3* db, const std::string& target) {
  TRY_ASSIGN(const auto pages, number(db, "PRAGMA page_count", target));
  TRY_ASSIGN(const auto page_bytes, number(db, "PRAGMA page_size", target));
  if (pages * page_bytes > kMaxCheckedBytes) return {};
  Query query(db, "PRAGMA quick_check(1)");
  const int code = query.step();
  if (code == SQLITE_ROW && query.text(0) == "ok") return {};
  return sqlite_error(db, code == SQLITE_ROW ? SQLITE_CORRUPT : code, "read", target);
}

Error not_ours(const std::string& target) {
  return {ErrorKind::refused, "could not open " + target + ": the file is another program's database",
          "name another file; prewarm makes its own"};
}

}  // namespace

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool is_network_file_system(long magic) noexcept {
  constexpr std::array<std::uint32_t, 6> kMagics{0x6969,     0x517B,     0xFF534D42,
                                                 0xFE534D42, 0x5346414F, 0x00C36400};
  for (const std::uint32_t known : kMagics)
    if (static_cast<std::uint32_t>(magic) == known) return true;
  return false;
}

Result<void> inspect_sqlite(SqliteFile& file, const std::string& target) {
  sqlite3* db = file.db.get();
  TRY_ASSIGN(const auto id, number(db, "PRAGMA application_id", target));
  TRY_ASSIGN(const auto format, number(db, "PRAGMA user_version", target));
  TRY_ASSIGN(const auto things, number(db, "SELECT count(*) FROM sqlite_schema", target));
  if (id == 0 && format == 0 && things == 0) return {};
  if (id != kSqliteApplicationId || format < 1) return not_ours(target);
  if (format > kSqliteFormat)
    return Error{ErrorKind::ledger_newer,
                 target + " is of a newer prewarm (format " + std::to_string(format) +
                     ", known here: " + std::to_string(kSqliteFormat) + ")",
                 "upgrade this worker, or give it a file of its own"};
  TRY_ASSIGN(
      const auto tables,
      number(db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('entries', 'records')",
             target));
  if (tables != 2) return not_ours(target);
  TRY(check_pages(db, target));
  if (!file.read_only) TRY(use_rollback_journal(db, target));
  file.formatted = true;
  return {};
}

Result<SqliteFile> open_sqlite(const SqliteOpening& opening) {
  TRY(look_at_place(opening));
  sqlite3* opened = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (opening.create ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(opening.path.c_str(), &opened, flags, nullptr);
  SqliteFile file{Database(opened)};
  if (code != SQLITE_OK) return sqlite_error(opened, code, "open", opening.target);
  sqlite3_busy_timeout(opened, static_cast<int>(opening.patience.count()));
  file.read_only = sqlite3_db_readonly(opened, "main") == 1;
  TRY(harden(opened, opening.target));
  TRY(inspect_sqlite(file, opening.target));
  struct stat status {};
  if (stat(opening.path.c_str(), &status) == 0) {
    file.device = status.st_dev;
    file.inode = status.st_ino;
  }
  return file;
}

bool was_replaced(const SqliteFile& file, const std::string& path) noexcept {
  struct stat status {};
  return stat(path.c_str(), &status) != 0 || status.st_dev != file.device || status.st_ino != file.inode;
}

Result<void> format_sqlite(SqliteFile& file, const std::string& target) {
  sqlite3* db = file.db.get();
  int code = run_sql(db, "BEGIN IMMEDIATE");
  if (code != SQLITE_OK) return sqlite_error(db, code, "write to", target);
  Result<void> seen = inspect_sqlite(file, target);
  if (seen && !file.formatted) {
    code = run_sql(db, kTables);
    if (code == SQLITE_OK) code = run_sql(db, "COMMIT");
    if (code != SQLITE_OK) seen = sqlite_error(db, code, "write to", target);
    file.formatted = code == SQLITE_OK;
  }
  if (sqlite3_get_autocommit(db) == 0) run_sql(db, "ROLLBACK");
  return seen;
}

}  // namespace prewarm::store
