// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_world.hpp"

#include <stdexcept>

#include "store/sqlite_handle.hpp"

namespace prewarm::store {
namespace {

Database open_other(const std::string& path) {
  sqlite3* opened = nullptr;
  sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  sqlite3_busy_timeout(opened, 10'000);
  return Database(opened);
}

void step_through(Query& query, sqlite3* db) {
  if (query.step() != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(db));
}

}  // namespace

std::unique_ptr<Store> SqliteWorld::store() {
  return sure(make_store(Secret("sqlite:" + path()), test_settings(), clock()));
}

void SqliteWorld::plant(const std::string& key, const std::string& bytes, std::optional<Millis> ttl) {
  // The store makes the tables: its first write is the probe.
  sure(store()->probe(soon()));
  const auto db = open_other(path());
  Query query(db.get(), "INSERT OR REPLACE INTO entries(key, value, expires_at) VALUES(?1, ?2, ?3)");
  const WallTime ends = clock().wall_now() + ttl.value_or(std::chrono::hours(24 * 36525));
  query.bind_text(key).bind_blob(bytes).bind(ends.time_since_epoch().count());
  step_through(query, db.get());
}

void SqliteWorld::plant_other_type(const std::string& key) {
  plant(key, "");
  const auto db = open_other(path());
  Query query(db.get(), "UPDATE entries SET value = 42 WHERE key = ?1");
  step_through(query.bind_text(key), db.get());
}

std::optional<std::string> SqliteWorld::value(const std::string& key) {
  const auto db = open_other(path());
  Query query(db.get(), "SELECT value FROM entries WHERE key = ?1");
  if (query.bind_text(key).step() != SQLITE_ROW) return std::nullopt;
  return query.text(0);
}

std::optional<Millis> SqliteWorld::ttl(const std::string& key) {
  const auto db = open_other(path());
  Query query(db.get(), "SELECT expires_at FROM entries WHERE key = ?1");
  if (query.bind_text(key).step() != SQLITE_ROW) return std::nullopt;
  return Millis(query.integer(0)) - clock().wall_now().time_since_epoch();
}

std::optional<std::string> SqliteWorld::sql(const std::string& statement) {
  const auto db = open_other(path());
  Query query(db.get(), statement.c_str());
  const int code = query.step();
  if (code == SQLITE_DONE) return std::nullopt;
  if (code != SQLITE_ROW) throw std::runtime_error(sqlite3_errmsg(db.get()));
  return query.text(0);
}

}  // namespace prewarm::store
