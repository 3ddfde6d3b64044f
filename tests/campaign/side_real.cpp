// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>
#include <thread>

#include "campaign/act.hpp"
#include "campaign/compare.hpp"
#include "campaign/sides.hpp"
#include "store/sqlite_handle.hpp"
#include "support/temp_dir.hpp"

namespace prewarm::campaign {
namespace {

using namespace std::chrono_literals;
using Kind = Operation::Kind;

constexpr auto kAmple = 20s;
// A full server is asked again until the deadline.
constexpr auto kForFull = 80ms;
constexpr auto kHundredYears = std::chrono::hours(24 * 36525);  // in SQLite: for ever
const std::string kUser = "worker", kPassword = "hunter2";

/// A store of the product's on the machine's clocks.
class RealSide : public Side {
 public:
  explicit RealSide(const std::string& url, const std::string& user = "") {
    store::StoreSettings settings;
    settings.env = "test";
    settings.worker = "worker-1";
    settings.user = user;
    if (!user.empty()) settings.password = Secret(kPassword);
    auto made = store::make_store(Secret(url), std::move(settings), *clock_);
    if (!made) throw std::runtime_error(made.error().message);
    store_ = *std::move(made);
    if (const auto ready = store_->probe(clock_->boot_now() + kAmple); !ready)
      throw std::runtime_error(ready.error().message);
  }

  Outcome act(const Operation& operation) override {
    if (operation.full) fill(true);
    const BootTime now = clock_->boot_now();
    const auto patience = operation.late   ? Millis(-1'000)
                          : operation.full ? Millis(kForFull)
                                           : Millis(kAmple);
    Outcome outcome = act_on(*store_, operation, now + patience);
    if (operation.full) fill(false);
    operate(operation);
    return outcome;
  }

 protected:
  virtual void operate(const Operation& operation) = 0;
  virtual void fill(bool full) = 0;

 private:
  std::unique_ptr<Clock> clock_ = make_system_clock();
  std::unique_ptr<store::Store> store_;
};

class RedisSide final : public RealSide {
 public:
  RedisSide(const testkit::RedisServer& server, bool by_script)
      : RealSide(server.unix_url() + (by_script ? "?db=1" : "?db=0"), by_script ? kUser : ""),
        by_script_(by_script),
        link_(server.connect()) {
    command({"SELECT", by_script ? "1" : "0"});
    command({"FLUSHDB"});
  }
  const char* name() const noexcept override { return by_script_ ? "redis by script" : "redis"; }

  Shown show(WallTime /*now*/) override {
    Shown shown;
    for (const testkit::Reply& key : command({"KEYS", "*"}).items) {
      if (key.text.find(":probe:") != std::string::npos) continue;
      const std::int64_t left = command({"PTTL", key.text}).number();
      if (left == -2) continue;
      Lying& lying = shown[key.text];
      lying.text = command({"TYPE", key.text}).text == "string";
      if (lying.text) lying.bytes = command({"GET", key.text}).text;
      if (left >= 0) lying.ttl = Millis(left);
    }
    return shown;
  }

 private:
  testkit::Reply command(const std::vector<std::string>& words) {
    testkit::Reply reply = link_.command(words);
    if (reply.is_error()) throw std::runtime_error(words.front() + ": " + reply.text);
    return reply;
  }

  void fill(bool full) override { command({"CONFIG", "SET", "maxmemory", full ? "1" : "0"}); }

  void plant(const std::string& key, const Lying& lying) {
    command({"DEL", key});
    if (lying.text)
      command({"SET", key, lying.bytes});
    else
      command({"RPUSH", key, "a", "b"});
    if (lying.ttl) command({"PEXPIRE", key, std::to_string(lying.ttl->count())});
  }

  void operate(const Operation& operation) override {
    switch (operation.kind) {
      case Kind::plant:
        return plant(operation.keys.front(), operation.planted);
      case Kind::remove:
        command({"DEL", operation.keys.front()});
        return;
      case Kind::flush:
        command({"FLUSHDB"});
        return;
      case Kind::lapse:
        // With an instant in the past Redis would delete the key at once; so it ends by itself.
        command({"PEXPIRE", operation.keys.front(), "1"});
        std::this_thread::sleep_for(3ms);
        return;
      case Kind::forget_scripts:
        command({"SCRIPT", "FLUSH"});
        return;
      default:
        return;
    }
  }

  const bool by_script_;
  testkit::Resp link_;
};

class SqliteSide final : public RealSide {
 public:
  explicit SqliteSide(std::unique_ptr<testkit::TempDir> directory)
      : RealSide("sqlite:" + (*directory / "cache.db").string()), directory_(std::move(directory)) {
    sqlite3* opened = nullptr;
    sqlite3_open_v2((*directory_ / "cache.db").c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
    other_.reset(opened);
    sqlite3_busy_timeout(opened, 10'000);
    // What an operator does need not survive a loss of power.
    store::run_sql(opened, "PRAGMA synchronous = OFF");
  }
  const char* name() const noexcept override { return "sqlite"; }

  Shown show(WallTime now) override {
    Shown shown;
    store::Query query(other_.get(),
                       "SELECT key, value, typeof(value) = 'blob', expires_at FROM entries UNION ALL"
                       " SELECT key, text, 1, expires_at FROM records");
    int code = 0;
    while ((code = query.step()) == SQLITE_ROW) {
      const Millis left = Millis(query.integer(3)) - now.time_since_epoch();
      if (left.count() <= 0 || query.text(0).find(":probe:") != std::string::npos) continue;
      Lying& lying = shown[query.text(0)];
      lying.text = query.integer(2) != 0;
      if (lying.text) lying.bytes = query.text(1);
      if (left < kForEver) lying.ttl = left;
    }
    if (code != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(other_.get()));
    return shown;
  }

 private:
  void fill(bool /*full*/) override {}

  void change(store::Query& query) {
    if (query.step() != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(other_.get()));
  }
  void for_both_tables(const std::string& before, const std::string& after, const std::string& key) {
    for (const char* table : {"entries", "records"}) {
      store::Query query(other_.get(), (before + table + after + " WHERE key = ?1").c_str());
      change(query.bind_text(key));
    }
  }

  void plant(const std::string& key, const Lying& lying, WallTime now) {
    store::Query query(other_.get(),
                       lying.text
                           ? "INSERT OR REPLACE INTO entries(key, value, expires_at) VALUES(?1, ?3, ?2)"
                           : "INSERT OR REPLACE INTO entries(key, value, expires_at) VALUES(?1, 42, ?2)");
    query.bind_text(key).bind((now + lying.ttl.value_or(kHundredYears)).time_since_epoch().count());
    if (lying.text) query.bind_blob(lying.bytes);
    change(query);
  }

  void operate(const Operation& operation) override {
    switch (operation.kind) {
      case Kind::plant:
        return plant(operation.keys.front(), operation.planted, operation.now);
      case Kind::remove:
        return for_both_tables("DELETE FROM ", "", operation.keys.front());
      case Kind::flush:
        store::run_sql(other_.get(), "DELETE FROM entries");
        store::run_sql(other_.get(), "DELETE FROM records");
        return;
      case Kind::lapse:
        return for_both_tables("UPDATE ", " SET expires_at = 1", operation.keys.front());
      default:
        return;
    }
  }

  std::unique_ptr<testkit::TempDir> directory_;
  store::Database other_;
};

}  // namespace

std::unique_ptr<Side> redis_side(const testkit::RedisServer& server, bool by_script) {
  return std::make_unique<RedisSide>(server, by_script);
}
std::unique_ptr<Side> sqlite_side() {
  return std::make_unique<SqliteSide>(std::make_unique<testkit::TempDir>());
}
testkit::RedisSettings side_settings() {
  return {.users = {kUser + " on >" + kPassword + " ~* +@all -multi"}};
}

}  // namespace prewarm::campaign
