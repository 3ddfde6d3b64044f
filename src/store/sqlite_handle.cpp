// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_handle.hpp"

namespace prewarm::store {

int run_sql(sqlite3* db, const char* sql) noexcept {
  return sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK ? SQLITE_OK
                                                                       : sqlite3_extended_errcode(db);
}

Query::Query(sqlite3* db, const char* sql) noexcept {
  note(sqlite3_prepare_v2(db, sql, -1, &statement_, nullptr));
}

Query& Query::bind(std::int64_t number) noexcept {
  note(sqlite3_bind_int64(statement_, ++bound_, number));
  return *this;
}

Query& Query::bind_text(std::string_view text) noexcept {
  note(sqlite3_bind_text64(statement_, ++bound_, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Query& Query::bind_blob(std::string_view bytes) noexcept {
  note(sqlite3_bind_blob64(statement_, ++bound_, bytes.data(), bytes.size(), SQLITE_STATIC));
  return *this;
}

int Query::step() noexcept { return failed_ != SQLITE_OK ? failed_ : sqlite3_step(statement_); }

std::string Query::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const auto length = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return bytes == nullptr ? std::string() : std::string(bytes, length);
}

void Query::reset() noexcept {
  sqlite3_reset(statement_);
  bound_ = 0;
}

}  // namespace prewarm::store
