// SPDX-License-Identifier: Apache-2.0
// Ownership over SQLite's C handles, and one statement prepared, bound and stepped. No rules of ours are
// here. Errors are SQLite's own result codes; whoever asks turns them into an Error. Owned by the store
// thread.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace prewarm::store {

struct CloseDatabase {
  void operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

/// Runs statements without parameters and rows. SQLITE_OK or the extended code.
int run_sql(sqlite3* db, const char* sql) noexcept;

/// One statement. What is bound must outlive the steps; parameters and columns are numbered in order.
class Query {
 public:
  Query(sqlite3* db, const char* sql) noexcept;
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query() { sqlite3_finalize(statement_); }

  Query& bind(std::int64_t number) noexcept;
  Query& bind_text(std::string_view text) noexcept;
  Query& bind_blob(std::string_view bytes) noexcept;

  /// SQLITE_ROW, SQLITE_DONE, or the extended code of the first thing that failed, preparing included.
  int step() noexcept;
  std::int64_t integer(int column) const noexcept { return sqlite3_column_int64(statement_, column); }
  std::string text(int column) const;
  /// For another round with other parameters.
  void reset() noexcept;

 private:
  void note(int code) noexcept {
    if (failed_ == SQLITE_OK) failed_ = code;
  }
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
  int failed_ = SQLITE_OK;
};

}  // namespace prewarm::store
