// SPDX-License-Identifier: Apache-2.0
// The third of the three seams: one key-value store holding the envelopes and the ledger. Fenced writes are
// windows of entries, each decided at the store and read back on the same connection (DESIGN 2.4, PROMISES
// 2). Opening is lazy: the first call connects, the first write on each connection proves the fence with the
// probe before, and later calls reconnect with back-off when a link died. Clock::wake ends a back-off, not a
// window that is under way. Owned by the store thread. A call blocks at most until `deadline`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "prewarm/base/clock.hpp"
#include "prewarm/base/id_list.hpp"
#include "prewarm/base/result.hpp"
#include "prewarm/base/secret.hpp"
#include "prewarm/run/run.hpp"

namespace prewarm::store {

/// How long a sent window can still reach the store after we gave up on it (PROMISES 1, U).
inline constexpr Millis kSendTimeout{10'000};

/// Told in the middle of a call, on the thread that makes it; each may be empty. For logs alone: a call that
/// tries until its deadline would be silent till then.
struct StoreObserver {
  std::function<void(const Error&)> attempt_failed{};  // and the call goes on trying
  std::function<void()> connected{};                   // logged in, or the file is open
};

/// One key to look at: at most `cap` bytes of it; with `facts` also its whole length and what is left of its
/// life. Without them `length` is that of the bytes read.
struct Look {
  std::string key;
  std::size_t cap = 0;
  bool facts = false;
};

/// Small texts of the ledger.
struct Record {
  std::string key, text;
};
struct Records {
  std::span<const Record> all;
  Millis ttl{};
};

/// At most this much in one call that takes several keys: what makes a window cheap without holding the
/// server long (src/README.md, decision 35).
inline constexpr std::size_t kMaxWindowEntries = 64;
inline constexpr std::size_t kMaxWindowBytes = 512 << 10;
/// So much more than what was written is read back: a longer value is somebody else's (PROMISES 11.E25).
inline constexpr std::size_t kReadBackSpare = 1024;
/// Of a record of the ledger. Ours have some 300; anything longer is no record.
inline constexpr std::size_t kMaxRecordBytes = 16 << 10;

class Store {
 public:
  virtual ~Store() = default;
  /// Between two calls; whatever the observer refers to outlives the calls that follow.
  void observe(StoreObserver observer) { observer_ = std::move(observer); }

  /// "rediss://cache.example.net:6379/0", "sqlite:prewarm.db": no credentials.
  virtual const std::string& target() const noexcept = 0;
  /// Connects if need be and proves that the fence holds (two probe writes, the second earlier, must be
  /// superseded). Errors (of every call): unreachable, store_auth (PW702), refused (memory, read-only, disk),
  /// no_answer, not_primary, protocol, deadline, ledger_newer.
  virtual Result<void> probe(BootTime deadline) = 0;
  /// Connects if need be, or opens the file for writing and makes it if there is none.
  virtual Result<void> open(BootTime deadline) = 0;
  /// The store's own clock now: TIME plus boot time since; asked again on every connection and when older
  /// than a minute.
  virtual Result<WallTime> time(BootTime deadline) = 0;
  /// What is at `key`: at most `cap` bytes of it, its whole length, and with `with_ttl` what is left of its
  /// life.
  virtual Result<run::Found> read(const std::string& key, std::size_t cap, bool with_ttl,
                                  BootTime deadline) = 0;
  /// What is at each key, in order, not of one instant. Whoever asks bounds the sum of the caps.
  virtual Result<std::vector<run::Found>> look(std::span<const Look> keys, BootTime deadline) = 0;
  /// One window: each entry fenced, written and read back (up to its own size + kReadBackSpare). `max_age`: D
  /// + U; an instant older than that by the store's clock is expired. As many answers as entries, in order;
  /// never partly filled.
  virtual std::vector<run::ReadBack> write(std::span<const run::Entry> entries, Millis max_age,
                                           BootTime deadline) = 0;
  /// One window of at most kMaxWindowEntries: the head and the life of what is there anew, if it is exactly
  /// what each renewal names, else `changed`; and what GET returned right after (of a life alone: nothing).
  /// `max_age` as in `write`. As many answers as renewals, in order. Tried once.
  virtual std::vector<run::ReadBack> renew(std::span<const run::Renewal> renewals, Millis max_age,
                                           BootTime deadline) = 0;
  /// Adds the members of the set at `key` to `ids`, in no order; an absent set has none. Errors besides those
  /// of every call: id_source when it is no set, or holds more than kMaxIds or a member no id can have;
  /// invalid where the store has no sets (SQLite: refused at load, PW237).
  virtual Result<void> read_set(const std::string& key, IdList& ids, BootTime deadline) = 0;
  /// Ledger records: small texts under prewarm:{env}:…, unfenced.
  virtual Result<std::optional<std::string>> get_record(const std::string& key, BootTime deadline) = 0;
  virtual Result<void> put_record(const std::string& key, std::string_view text, Millis ttl,
                                  BootTime deadline) = 0;
  /// The same for many; a record that is not there is empty.
  virtual Result<std::vector<std::optional<std::string>>> get_records(std::span<const std::string> keys,
                                                                      BootTime deadline) = 0;
  virtual Result<void> put_records(const Records& records, BootTime deadline) = 0;
  /// Ends the connection politely, if there is one.
  virtual void close() noexcept = 0;

 protected:
  void tell_attempt_failed(const Error& error) const {
    if (observer_.attempt_failed) observer_.attempt_failed(error);
  }
  void tell_connected() const {
    if (observer_.connected) observer_.connected();
  }

 private:
  StoreObserver observer_;
};

/// Who logs in.
struct StoreLogin {
  std::string user;
  Secret password;
};

struct StoreSettings {
  std::string env, worker;
  std::string user;  // overrides the URL's
  Secret password;   // overrides the URL's
  std::string ca_file, cert_file, key_file;
  /// Reads the login's files again, on the store thread; asked when a login is refused, and tried once if it
  /// gives another. Nothing: a file cannot be read now. May be empty: the login is not from files.
  std::function<std::optional<StoreLogin>()> reread_login{};
};

/// `url` as in SURFACE 3: sqlite:PATH, redis://, rediss://, redis+unix://PATH. Errors: invalid, with the
/// remedy (PW312). Opens nothing.
Result<std::unique_ptr<Store>> make_store(const Secret& url, StoreSettings settings, Clock& clock);
/// True when the URL text carries a password (PW313 on the command line).
bool url_holds_password(std::string_view url);

}  // namespace prewarm::store
