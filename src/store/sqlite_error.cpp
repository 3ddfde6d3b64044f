// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_error.hpp"

#include <cerrno>
#include <system_error>

namespace prewarm::store {
namespace {

struct Cause {
  ErrorKind kind = ErrorKind::refused;
  std::string what;
  std::string remedy{};
  bool retryable = false;
};

const char kFreeSpace[] = "free space on that file system, or move the file; what was stored is still whole";

std::string with_reason(std::string what, int system_error) {
  if (system_error != 0) what += ": " + std::generic_category().message(system_error);
  return what;
}

Cause io_cause(int system_error) {
  // A quota and a file-size limit are disk full under other names.
  if (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG)
    return {ErrorKind::refused, "no space is left for it", kFreeSpace, true};
  return {ErrorKind::refused, with_reason("input or output failed", system_error),
          "look at the disk and at the kernel's log", true};
}

Cause cause_of(int code, int system_error) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorKind::refused, "another process held its lock until the deadline",
              "find who holds it (fuser FILE); readers should be short", true};
    case SQLITE_READONLY:
      return {ErrorKind::refused, "the file or its folder is read-only",
              "give this user the right to write the file and its folder"};
    case SQLITE_FULL:
      return {ErrorKind::refused, "no space is left for it", kFreeSpace, true};
    case SQLITE_IOERR:
      return io_cause(system_error);
    case SQLITE_CORRUPT:
      return {ErrorKind::refused, "the file is damaged", "move it away; the next runs fill a new one"};
    case SQLITE_NOTADB:
      return {ErrorKind::refused, "the file is not an SQLite database", "name another file, or move it away"};
    case SQLITE_CANTOPEN:
      return {ErrorKind::unreachable, with_reason("it or its journal cannot be opened", system_error),
              "look at the path and at the rights of its folder"};
    default:
      return {ErrorKind::refused, sqlite3_errstr(code)};
  }
}

// The connection forgets it when the failed COMMIT was taken back; the file's own memory of it stays.
int system_error_of(sqlite3* db) {
  if (db == nullptr) return 0;
  int error = sqlite3_system_errno(db);
  if (error == 0) sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &error);
  return error;
}

}  // namespace

Error sqlite_error(sqlite3* db, int code, const std::string& doing, const std::string& target) {
  Cause cause = cause_of(code, system_error_of(db));
  return {cause.kind, "could not " + doing + " " + target + ": " + cause.what, std::move(cause.remedy),
          cause.retryable};
}

}  // namespace prewarm::store
