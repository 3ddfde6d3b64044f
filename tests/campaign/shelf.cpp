// SPDX-License-Identifier: Apache-2.0
#include "campaign/shelf.hpp"

#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>

#include "support/temp_dir.hpp"

namespace prewarm::campaign {
namespace {

class RedisShelf : public ShelfKeeper {
 public:
  std::string url() const override { return redis_.unix_url(); }
  void wipe() override {
    redis_.command({"FLUSHALL"});
    redis_.command({"SCRIPT", "FLUSH"});
  }
  void remove(const std::string& key) override { redis_.command({"DEL", key}); }
  Shelf look(const std::vector<std::string>& keys) override { return look_at(redis_, keys); }

 private:
  testkit::RedisServer redis_;
};

/// A file, open as long as the object lives.
class Copy {
 public:
  explicit Copy(const std::filesystem::path& file) {
    if (sqlite3_open_v2(file.c_str(), &db_, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK) {
      const std::string why = sqlite3_errmsg(db_);
      sqlite3_close(db_);
      throw std::runtime_error("cannot open the copy: " + why);
    }
  }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  ~Copy() { sqlite3_close(db_); }

  /// All rows of a statement of up to three columns.
  std::vector<std::vector<std::string>> rows(const char* sql) {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(db_, sql, -1, &raw, nullptr) != SQLITE_OK)
      throw std::runtime_error(std::string(sql) + ": " + sqlite3_errmsg(db_));
    const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(raw, sqlite3_finalize);
    std::vector<std::vector<std::string>> all;
    int code = 0;
    while ((code = sqlite3_step(raw)) == SQLITE_ROW) {
      std::vector<std::string>& row = all.emplace_back();
      for (int i = 0; i < sqlite3_column_count(raw); ++i) {
        const void* bytes = sqlite3_column_blob(raw, i);
        const auto count = static_cast<std::size_t>(sqlite3_column_bytes(raw, i));
        row.emplace_back(count == 0 ? "" : static_cast<const char*>(bytes), count);
      }
    }
    if (code != SQLITE_DONE) throw std::runtime_error(std::string(sql) + ": " + sqlite3_errmsg(db_));
    return all;
  }

 private:
  sqlite3* db_ = nullptr;
};

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Shelf look_at_copy(Copy& copy) {
  Shelf shelf;
  for (const auto& row : copy.rows("PRAGMA integrity_check"))
    if (row.at(0) != "ok") shelf.unsound.push_back("integrity_check: " + row.at(0));
  const auto tables = copy.rows("SELECT name FROM sqlite_schema WHERE name IN ('entries','records')");
  if (tables.empty()) return shelf;
  if (tables.size() != 2) shelf.unsound.push_back("one of the two tables alone is there");
  for (const auto& row : copy.rows("SELECT key, value, expires_at FROM entries"))
    shelf.values[row.at(0)] = {row.at(1), std::stoll(row.at(2)) - now_ms()};
  for (const auto& row : copy.rows("SELECT key, text FROM records")) shelf.ledger[row.at(0)] = row.at(1);
  return shelf;
}

class SqliteShelf : public ShelfKeeper {
 public:
  std::string url() const override { return "sqlite:" + (directory_ / "cache.db").string(); }
  void wipe() override {
    for (const char* name : {"cache.db", "cache.db-journal"}) std::filesystem::remove(directory_ / name);
  }
  void remove(const std::string& key) override {
    Copy(directory_ / "cache.db").rows(("DELETE FROM entries WHERE key = '" + key + "'").c_str());
  }
  Shelf look(const std::vector<std::string>& /*keys*/) override {
    if (!std::filesystem::exists(directory_ / "cache.db")) return {};
    const testkit::TempDir apart;
    for (const char* name : {"cache.db", "cache.db-journal"})
      if (std::filesystem::exists(directory_ / name))
        std::filesystem::copy_file(directory_ / name, apart / name);
    Copy copy(apart / "cache.db");
    return look_at_copy(copy);
  }

 private:
  testkit::TempDir directory_;
};

}  // namespace

Shelf look_at(const testkit::RedisServer& redis, const std::vector<std::string>& keys) {
  Shelf shelf;
  testkit::Resp link = redis.connect();
  for (const std::string& key : keys) {
    link.send({"GET", key});
    link.send({"PTTL", key});
  }
  for (const std::string& key : keys) {
    const testkit::Reply value = link.receive(), life = link.receive();
    if (value.is_error()) shelf.unsound.push_back(key + ": " + value.text);
    if (!value.is_nil() && !value.is_error()) shelf.values[key] = {value.text, life.number()};
  }
  for (const testkit::Reply& key : link.command({"KEYS", "prewarm:*:schedule:*"}).items)
    shelf.ledger[key.text] = link.command({"GET", key.text}).text;
  return shelf;
}

std::unique_ptr<ShelfKeeper> redis_shelf() { return std::make_unique<RedisShelf>(); }
std::unique_ptr<ShelfKeeper> sqlite_shelf() { return std::make_unique<SqliteShelf>(); }

// By hand and not by the product's reader: the campaign is to find the product's mistakes.
std::optional<Whole> whole(const std::string& bytes, int version) {
  const std::string before = R"({"version":)" + std::to_string(version) + R"(,"lastUpdated":")";
  const std::string between = R"(","payload":)", form = "dddd-dd-ddTdd:dd:dd.dddZ";
  const std::size_t head = before.size() + form.size() + between.size();
  if (bytes.size() <= head + 1 || bytes.rfind(before, 0) != 0 || bytes.back() != '}' ||
      bytes.compare(head - between.size(), between.size(), between) != 0)
    return std::nullopt;
  Whole parts{bytes.substr(before.size(), form.size()), bytes.substr(head, bytes.size() - head - 1)};
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool digit = parts.instant[i] >= '0' && parts.instant[i] <= '9';
    if (form[i] == 'd' ? !digit : parts.instant[i] != form[i]) return std::nullopt;
  }
  return parts;
}

}  // namespace prewarm::campaign
