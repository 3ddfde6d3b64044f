// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_store.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "prewarm/envelope/envelope.hpp"
#include "store/fence.hpp"
#include "store/probe.hpp"
#include "store/sqlite_error.hpp"
#include "store/sqlite_file.hpp"

namespace prewarm::store {
namespace {

using run::Entry;
using run::Found;
using run::ReadBack;
using run::Renewal;

constexpr std::size_t kHeadBytes = envelope::kHeadBytes;
constexpr std::chrono::minutes kSweepEvery{1};

constexpr const char* kFind =
    "SELECT rowid, typeof(value) IN ('blob', 'text'), expires_at FROM entries"
    " WHERE key = ?1 AND expires_at > ?2";
constexpr const char* kPut =
    "INSERT INTO entries(key, value, expires_at) VALUES(?1, ?2, ?3)"
    " ON CONFLICT(key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at";
constexpr const char* kLive = "UPDATE entries SET expires_at = ?2 WHERE rowid = ?1";
constexpr const char* kGetRecord =
    "SELECT substr(text, 1, ?3) FROM records WHERE key = ?1 AND expires_at > ?2";
constexpr const char* kPutRecord =
    "INSERT INTO records(key, text, expires_at) VALUES(?1, ?2, ?3)"
    " ON CONFLICT(key) DO UPDATE SET text = excluded.text, expires_at = excluded.expires_at";
// A few at a time, so that no write waits for a long sweep.
constexpr const char* kSweep =
    "DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries WHERE expires_at <= ?1 LIMIT 256)";

struct CloseBlob {
  void operator()(sqlite3_blob* blob) const noexcept { sqlite3_blob_close(blob); }
};

std::int64_t millis_of(WallTime instant) { return instant.time_since_epoch().count(); }

// Deleting the journal is what commits. Where that call failed the file may have gone all the same; a failure
// before it leaves a journal that takes the transaction back, now or when the file is opened again.
bool may_have_committed(int code) {
  return code == SQLITE_IOERR_DELETE || code == SQLITE_IOERR_DIR_FSYNC || code == SQLITE_IOERR_TRUNCATE;
}

class SqliteStore final : public Store {
 public:
  SqliteStore(std::string path, StoreSettings settings, Clock& clock)
      : path_(std::move(path)), target_("sqlite:" + path_), settings_(std::move(settings)), clock_(clock) {}

  const std::string& target() const noexcept override { return target_; }

  Result<void> probe(BootTime deadline) override {
    return judge_probe(write(probe_entries(settings_, clock_.wall_now()), kProbeMaxAge, deadline), target_);
  }

  Result<void> open(BootTime deadline) override { return settled(ready_to_write(deadline)); }

  Result<WallTime> time(BootTime) override { return clock_.wall_now(); }

  Result<Found> read(const std::string& key, std::size_t cap, bool with_ttl, BootTime deadline) override {
    return settled(read_now(key, cap, with_ttl, deadline));
  }

  Result<std::vector<Found>> look(std::span<const Look> keys, BootTime deadline) override {
    std::vector<Found> all;
    all.reserve(keys.size());
    for (const Look& look : keys) {
      TRY_ASSIGN(all.emplace_back(), read(look.key, look.cap, look.facts, deadline));
      if (!look.facts) all.back().length = all.back().bytes.size();
    }
    return all;
  }

  std::vector<ReadBack> write(std::span<const Entry> entries, Millis max_age, BootTime deadline) override;
  std::vector<ReadBack> renew(std::span<const Renewal> renewals, Millis max_age, BootTime deadline) override;

  Result<void> read_set(const std::string& key, IdList&, BootTime) override {
    return Error{ErrorKind::invalid, target_ + " has no sets, so no ids are in " + key,
                 "take the ids from a list, a file or a URL; or use a redis:// store"};
  }

  Result<std::optional<std::string>> get_record(const std::string& key, BootTime deadline) override {
    return settled(get_record_now(key, deadline));
  }

  Result<void> put_record(const std::string& key, std::string_view text, Millis ttl,
                          BootTime deadline) override {
    const Record record{key, std::string(text)};
    return put_records({{&record, 1}, ttl}, deadline);
  }

  Result<std::vector<std::optional<std::string>>> get_records(std::span<const std::string> keys,
                                                              BootTime deadline) override {
    std::vector<std::optional<std::string>> records;
    records.reserve(keys.size());
    for (const std::string& key : keys) {
      TRY_ASSIGN(records.emplace_back(), get_record(key, deadline));
    }
    return records;
  }

  Result<void> put_records(const Records& records, BootTime deadline) override {
    return settled(put_records_now(records, deadline));
  }

  void close() noexcept override { file_ = SqliteFile{}; }

 private:
  sqlite3* db() const noexcept { return file_.db.get(); }
  Error failure(int code, const std::string& doing) const { return sqlite_error(db(), code, doing, target_); }

  // After an error the connection starts afresh: the next call opens it, recovers a journal and looks again.
  template <class T>
  Result<T> settled(Result<T> result) {
    if (!result.ok()) close();
    return result;
  }

  Result<Millis> patience(BootTime deadline) const;
  Result<bool> ready_to_read(BootTime deadline);
  Result<void> ready_to_write(BootTime deadline);
  Result<Found> read_now(const std::string& key, std::size_t cap, bool with_ttl, BootTime deadline);
  Result<std::optional<std::string>> get_record_now(const std::string& key, BootTime deadline);
  Result<void> put_records_now(const Records& records, BootTime deadline);
  Result<Found> look(const std::string& key, std::size_t cap, bool with_ttl, WallTime now);
  Result<void> load(std::int64_t row, std::size_t cap, Found& found);
  Result<void> decide(const Entry& entry, const FenceClock& fence, ReadBack& answer);
  Result<void> put(const Entry& entry, WallTime now);
  Result<void> put_head(const Renewal& renewal, std::int64_t row);
  Result<void> renew_one(const Renewal& renewal, const FenceClock& fence, ReadBack& answer);
  Result<void> renew_window(std::span<const Renewal> renewals, Millis max_age,
                            std::vector<ReadBack>& answers);
  Result<void> sweep(WallTime now);
  Result<void> commit();
  Result<void> write_window(std::span<const Entry> entries, Millis max_age, std::vector<ReadBack>& answers);
  void read_back(std::span<const Entry> entries, std::vector<ReadBack>& answers);

  std::string path_, target_;
  StoreSettings settings_;
  Clock& clock_;
  SqliteFile file_;
  std::optional<BootTime> swept_;
};

// What is left until the deadline is also how long another process's lock is waited for.
Result<Millis> SqliteStore::patience(BootTime deadline) const {
  const auto left = std::chrono::ceil<Millis>(deadline - clock_.boot_now());
  if (left.count() <= 0)
    return Error{ErrorKind::store_deadline, "the deadline passed before " + target_ + " was asked"};
  return std::min(left, Millis(std::numeric_limits<int>::max()));
}

// False: there is no file yet, or it has no tables yet; so nothing is in it. Without its folder there never
// will be one.
Result<bool> SqliteStore::ready_to_read(BootTime deadline) {
  TRY_ASSIGN(const Millis patient, patience(deadline));
  if (file_.db && was_replaced(file_, path_)) close();
  if (!file_.db) {
    const bool missing = access(path_.c_str(), F_OK) != 0 && errno == ENOENT;
    if (missing && access(folder_of(path_).c_str(), F_OK) == 0) return false;
    TRY_ASSIGN(file_, open_sqlite({path_, target_, false, patient}));
    tell_connected();
  }
  sqlite3_busy_timeout(db(), static_cast<int>(patient.count()));
  if (!file_.formatted) TRY(inspect_sqlite(file_, target_));
  return file_.formatted;
}

Result<void> SqliteStore::ready_to_write(BootTime deadline) {
  TRY_ASSIGN(const Millis patient, patience(deadline));
  if (file_.db && was_replaced(file_, path_)) close();
  if (!file_.db) {
    TRY_ASSIGN(file_, open_sqlite({path_, target_, true, patient}));
    tell_connected();
  }
  sqlite3_busy_timeout(db(), static_cast<int>(patient.count()));
  if (file_.read_only) return failure(SQLITE_READONLY, "write to");
  if (!file_.formatted) TRY(format_sqlite(file_, target_));
  return {};
}

Result<void> SqliteStore::load(std::int64_t row, std::size_t cap, Found& found) {
  // Piece by piece: a foreign value of any size costs us no more than `cap`.
  sqlite3_blob* opened = nullptr;
  int code = sqlite3_blob_open(db(), "main", "entries", "value", row, 0, &opened);
  const std::unique_ptr<sqlite3_blob, CloseBlob> blob(opened);
  if (code != SQLITE_OK) return failure(code, "read");
  found.length = static_cast<std::uint64_t>(sqlite3_blob_bytes(opened));
  found.bytes.resize(std::min<std::uint64_t>(found.length, cap));
  code = sqlite3_blob_read(opened, found.bytes.data(), static_cast<int>(found.bytes.size()), 0);
  if (code != SQLITE_OK) return failure(code, "read");
  return {};
}

Result<Found> SqliteStore::look(const std::string& key, std::size_t cap, bool with_ttl, WallTime now) {
  Found found;
  Query query(db(), kFind);
  const int code = query.bind_text(key).bind(millis_of(now)).step();
  if (code == SQLITE_DONE) return found;
  if (code != SQLITE_ROW) return failure(code, "read");
  if (with_ttl) found.ttl = Millis(query.integer(2) - millis_of(now));
  found.kind = query.integer(1) != 0 ? Found::Kind::text : Found::Kind::other_type;
  if (found.kind == Found::Kind::text) TRY(load(query.integer(0), cap, found));
  return found;
}

Result<Found> SqliteStore::read_now(const std::string& key, std::size_t cap, bool with_ttl,
                                    BootTime deadline) {
  TRY_ASSIGN(const bool any, ready_to_read(deadline));
  if (!any) return Found{};
  return look(key, cap, with_ttl, clock_.wall_now());
}

Result<std::optional<std::string>> SqliteStore::get_record_now(const std::string& key, BootTime deadline) {
  TRY_ASSIGN(const bool any, ready_to_read(deadline));
  if (!any) return std::optional<std::string>();
  Query query(db(), kGetRecord);
  const int code = query.bind_text(key)
                       .bind(millis_of(clock_.wall_now()))
                       .bind(static_cast<std::int64_t>(kMaxRecordBytes))
                       .step();
  if (code == SQLITE_DONE) return std::optional<std::string>();
  if (code != SQLITE_ROW) return failure(code, "read");
  return std::optional<std::string>(query.text(0));
}

// Several in one transaction: each by itself would wait for the disk.
Result<void> SqliteStore::put_records_now(const Records& records, BootTime deadline) {
  TRY(ready_to_write(deadline));
  const bool many = records.all.size() > 1;
  if (const int code = many ? run_sql(db(), "BEGIN IMMEDIATE") : SQLITE_OK; code != SQLITE_OK)
    return failure(code, "write to");
  const std::int64_t ends = millis_of(clock_.wall_now() + records.ttl);
  for (const Record& record : records.all) {
    Query query(db(), kPutRecord);
    const int code = query.bind_text(record.key).bind_text(record.text).bind(ends).step();
    if (code != SQLITE_DONE) return failure(code, "write to");
  }
  return many ? commit() : Result<void>();
}

Result<void> SqliteStore::put(const Entry& entry, WallTime now) {
  Query query(db(), kPut);
  const std::string value = entry.value.text();
  const int code = query.bind_text(entry.key).bind_blob(value).bind(millis_of(now + entry.ttl)).step();
  if (code != SQLITE_DONE) return failure(code, "write to");
  return {};
}

Result<void> SqliteStore::decide(const Entry& entry, const FenceClock& fence, ReadBack& answer) {
  TRY_ASSIGN(const Found old, look(entry.key, kHeadBytes, false, fence.now));
  answer.old_head = old.bytes;
  answer.old_length = old.kind == Found::Kind::other_type ? -1 : static_cast<std::int64_t>(old.length);
  answer.answer = fence_decision(old.bytes, {entry.version, entry.instant}, fence);
  if (answer.answer != ReadBack::Answer::written) return {};
  return put(entry, fence.now);
}

// The head where it stands; the payload behind it is not touched.
Result<void> SqliteStore::put_head(const Renewal& renewal, std::int64_t row) {
  sqlite3_blob* opened = nullptr;
  int code = sqlite3_blob_open(db(), "main", "entries", "value", row, 1, &opened);
  const std::unique_ptr<sqlite3_blob, CloseBlob> blob(opened);
  if (code == SQLITE_OK)
    code = sqlite3_blob_write(opened, renewal.new_head.data(), static_cast<int>(renewal.new_head.size()), 0);
  if (code != SQLITE_OK) return failure(code, "write to");
  return {};
}

// The same decision as renew.lua takes inside Redis.
Result<void> SqliteStore::renew_one(const Renewal& renewal, const FenceClock& fence, ReadBack& answer) {
  Query query(db(), kFind);
  int code = query.bind_text(renewal.key).bind(millis_of(fence.now)).step();
  if (code != SQLITE_ROW && code != SQLITE_DONE) return failure(code, "read");
  answer.answer = ReadBack::Answer::changed;
  if (code == SQLITE_DONE || query.integer(1) == 0) return {};
  const std::int64_t row = query.integer(0), ends = query.integer(2);
  Found old;
  TRY(load(row, renewal.old_head.size(), old));
  if (old.bytes != renewal.old_head || old.length != renewal.old_length) return {};
  const std::int64_t new_end = millis_of(fence.now + renewal.ttl);
  const bool life_alone = renewal.new_head.empty();
  answer.answer = ReadBack::Answer::expired;
  if (!life_alone && fence.now - renewal.instant > fence.max_age) return {};
  answer.answer = ReadBack::Answer::written;
  if (life_alone && ends >= new_end) return {};
  if (!life_alone) TRY(put_head(renewal, row));
  Query life(db(), kLive);
  code = life.bind(row).bind(new_end).step();
  if (code != SQLITE_DONE) return failure(code, "write to");
  return {};
}

Result<void> SqliteStore::renew_window(std::span<const Renewal> renewals, Millis max_age,
                                       std::vector<ReadBack>& answers) {
  const int code = run_sql(db(), "BEGIN IMMEDIATE");
  if (code != SQLITE_OK) return failure(code, "write to");
  const FenceClock fence{clock_.wall_now(), max_age};
  for (std::size_t i = 0; i < renewals.size(); ++i) TRY(renew_one(renewals[i], fence, answers[i]));
  TRY(commit());
  for (std::size_t i = 0; i < renewals.size(); ++i) {
    if (renewals[i].new_head.empty()) continue;
    const std::size_t cap = renewals[i].old_length + kReadBackSpare;
    auto found = look(renewals[i].key, cap, false, clock_.wall_now());
    if (!found) return Error{ErrorKind::no_answer, found.error().message, found.error().remedy};
    answers[i].found = *std::move(found);
  }
  return {};
}

std::vector<ReadBack> SqliteStore::renew(std::span<const Renewal> renewals, Millis max_age,
                                         BootTime deadline) {
  std::vector<ReadBack> answers(renewals.size());
  Result<void> done = ready_to_write(deadline);
  if (done) done = renew_window(renewals, max_age, answers);
  if (done) return answers;
  close();
  for (ReadBack& answer : answers) answer = {ReadBack::Answer::failed, "", 0, done.error(), {}, false};
  return answers;
}

Result<void> SqliteStore::sweep(WallTime now) {
  const BootTime boot = clock_.boot_now();
  if (swept_ && boot - *swept_ < kSweepEvery) return {};
  swept_ = boot;
  Query query(db(), kSweep);
  const int code = query.bind(millis_of(now)).step();
  if (code != SQLITE_DONE) return failure(code, "write to");
  return {};
}

Result<void> SqliteStore::commit() {
  const int code = run_sql(db(), "COMMIT");
  if (code == SQLITE_OK) return {};
  Error error = failure(code, "write to");
  if (may_have_committed(code)) error.kind = ErrorKind::no_answer;
  return error;
}

Result<void> SqliteStore::write_window(std::span<const Entry> entries, Millis max_age,
                                       std::vector<ReadBack>& answers) {
  const int code = run_sql(db(), "BEGIN IMMEDIATE");
  if (code != SQLITE_OK) return failure(code, "write to");
  const FenceClock fence{clock_.wall_now(), max_age};  // only now: the lock may have been waited for
  for (std::size_t i = 0; i < entries.size(); ++i) TRY(decide(entries[i], fence, answers[i]));
  TRY(sweep(fence.now));
  return commit();
}

void SqliteStore::read_back(std::span<const Entry> entries, std::vector<ReadBack>& answers) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto found = look(entries[i].key, entries[i].value.size() + kReadBackSpare, false, clock_.wall_now());
    if (found) {
      ReadBack& answer = answers[i];
      answer.found = *std::move(found);
      answer.same = answer.found.kind == Found::Kind::text && entries[i].value == answer.found.bytes;
      if (answer.same) answer.found.bytes = {};
      continue;
    }
    // Committed, but not seen: whoever asks must look again.
    answers[i].answer = ReadBack::Answer::failed;
    answers[i].error = std::move(found).error();
    answers[i].error->kind = ErrorKind::no_answer;
  }
}

std::vector<ReadBack> SqliteStore::write(std::span<const Entry> entries, Millis max_age, BootTime deadline) {
  std::vector<ReadBack> answers(entries.size());
  Result<void> written = ready_to_write(deadline);
  if (written) written = write_window(entries, max_age, answers);
  if (written) {
    read_back(entries, answers);
    return answers;
  }
  close();
  for (ReadBack& answer : answers) answer = {ReadBack::Answer::failed, "", 0, written.error(), {}, false};
  return answers;
}

}  // namespace

std::unique_ptr<Store> make_sqlite_store(std::string path, StoreSettings settings, Clock& clock) {
  return std::make_unique<SqliteStore>(std::move(path), std::move(settings), clock);
}

}  // namespace prewarm::store
