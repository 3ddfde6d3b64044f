// SPDX-License-Identifier: Apache-2.0
#include "store/redis_store.hpp"

#include <algorithm>

#include "prewarm/base/planted.hpp"
#include "store/backoff.hpp"
#include "store/probe.hpp"
#include "store/redis_login.hpp"
#include "store/redis_look.hpp"
#include "store/redis_optimistic.hpp"
#include "store/redis_renew.hpp"
#include "store/redis_set.hpp"

namespace prewarm::store {
namespace {

using run::Entry;
using run::Found;
using run::ReadBack;

constexpr std::chrono::seconds kConnectTimeout{5};  // resolving, connecting, TLS and login together
constexpr std::chrono::minutes kTimeLasts{1};

constexpr const char* kLookAtServer = "look at the server's log; if it speaks TLS there, write rediss://";
constexpr const char* kLookAtTls =
    "look at the server's log: it may speak no TLS there, or want a client certificate (--store-cert, "
    "--store-key)";

// What a call needs of the connection: a login, or also the proof that its script orders writes.
enum class Need : std::uint8_t { login, proof };

struct Session {
  std::unique_ptr<Link> link;
  std::unique_ptr<OptimisticWriter> optimistic;
  StoreTime time;
  bool proved = false;
};

bool needs_new_link(ErrorKind kind) noexcept {
  if (planted(Plant::link_kept_after_timeout) && kind == ErrorKind::no_answer) return false;
  return kind == ErrorKind::unreachable || kind == ErrorKind::no_answer || kind == ErrorKind::not_primary ||
         kind == ErrorKind::protocol;
}

// What failed in a way that the same write may overcome. An unknown outcome is for the caller to look into.
Window to_try_again(const Window& window) {
  Window again{{}, {}, window.max_age, window.deadline};
  for (std::size_t i = 0; i < window.answers.size(); ++i) {
    const auto& error = window.answers[i]->error;
    if (!error || !error->retryable || error->kind == ErrorKind::no_answer) continue;
    again.entries.push_back(window.entries[i]);
    again.answers.push_back(window.answers[i]);
  }
  return again;
}

class RedisStore final : public Store {
 public:
  RedisStore(StoreUrl url, StoreSettings settings, TlsContext tls, Clock& clock)
      : url_(std::move(url)),
        settings_(std::move(settings)),
        login_{url_.target, settings_.user.empty() ? url_.user : settings_.user,
               std::move(settings_.password.empty() ? url_.password : settings_.password)},
        greeting_{url_.db, client_name(settings_.env, settings_.worker)},
        tls_(std::move(tls)),
        clock_(clock),
        resolver_(clock) {
    url_.password = settings_.password = {};  // the login has it, until it is replaced
  }

  const std::string& target() const noexcept override { return url_.target; }
  Result<void> probe(BootTime deadline) override {
    return retried<void>(Need::login, deadline, [&] { return prove(deadline); });
  }
  Result<void> open(BootTime deadline) override {
    return retried<void>(Need::login, deadline, [] { return Result<void>(); });
  }
  Result<WallTime> time(BootTime deadline) override;
  Result<Found> read(const std::string& key, std::size_t cap, bool with_ttl, BootTime deadline) override {
    return retried<Found>(Need::login, deadline, [&] { return read_once(key, cap, with_ttl, deadline); });
  }
  Result<std::vector<Found>> look(std::span<const Look> keys, BootTime deadline) override {
    return retried<std::vector<Found>>(Need::login, deadline,
                                       [&] { return look_at(*session_->link, login_, keys, deadline); });
  }
  std::vector<ReadBack> write(std::span<const Entry> entries, Millis max_age, BootTime deadline) override;
  std::vector<ReadBack> renew(std::span<const run::Renewal> renewals, Millis max_age,
                              BootTime deadline) override;
  Result<void> read_set(const std::string& key, IdList& ids, BootTime deadline) override {
    return retried<void>(Need::login, deadline, [&] {
      return scan_set(*session_->link, login_, {key, deadline}, ids);
    });
  }
  Result<std::optional<std::string>> get_record(const std::string& key, BootTime deadline) override {
    TRY_ASSIGN(auto records, get_records({&key, 1}, deadline));
    return std::move(records.front());
  }
  Result<void> put_record(const std::string& key, std::string_view text, Millis ttl,
                          BootTime deadline) override {
    const Record record{key, std::string(text)};
    return put_records({{&record, 1}, ttl}, deadline);
  }
  Result<std::vector<std::optional<std::string>>> get_records(std::span<const std::string> keys,
                                                              BootTime deadline) override {
    return retried<std::vector<std::optional<std::string>>>(
        Need::login, deadline, [&] { return get_many(*session_->link, login_, keys, deadline); });
  }
  Result<void> put_records(const Records& records, BootTime deadline) override {
    return retried<void>(Need::login, deadline,
                         [&] { return put_many(*session_->link, login_, records, deadline); });
  }
  void close() noexcept override { session_.reset(); }

 private:
  template <class T, class Ask>
  Result<T> retried(Need need, BootTime deadline, Ask ask);
  Result<void> in_time(BootTime deadline) const;
  Result<void> advance(Need need, BootTime deadline);
  Result<void> connect(BootTime deadline);
  bool has_new_login();
  Result<Session> open_session(BootTime deadline);
  Result<void> prove(BootTime deadline);
  Result<std::vector<Reply>> ask(const Request& request, BootTime deadline);
  Result<Found> read_once(const std::string& key, std::size_t cap, bool with_ttl, BootTime deadline);
  Window attempt(const Window& window, const Window* next);
  void settle(Window window);

  StoreUrl url_;
  StoreSettings settings_;
  Login login_;
  Greeting greeting_;
  TlsContext tls_;
  Clock& clock_;
  Resolver resolver_;
  std::optional<Session> session_;
};

Result<void> RedisStore::in_time(BootTime deadline) const {
  if (clock_.boot_now() < deadline) return {};
  return Error{ErrorKind::store_deadline, "the deadline passed before " + url_.target + " was asked"};
}

// Until it goes well, cannot go well, or the deadline comes. Only for what may be done twice.
template <class T, class Ask>
Result<T> RedisStore::retried(Need need, BootTime deadline, Ask ask) {
  TRY(in_time(deadline));
  Backoff backoff(clock_);
  for (;;) {
    Result<void> there = advance(need, deadline);
    Result<T> got = there.ok() ? ask() : Result<T>(std::move(there).error());
    if (got.ok()) return got;
    if (needs_new_link(got.error().kind)) close();
    if (!got.error().retryable) return got;
    tell_attempt_failed(got.error());
    if (!backoff.wait(deadline)) return got;
  }
}

Result<void> RedisStore::advance(Need need, BootTime deadline) {
  if (session_ && !session_->link->usable()) close();
  if (!session_) TRY(connect(deadline));
  if (need == Need::proof && !session_->proved) return prove(deadline);
  return {};
}

// Nothing of the caller's was sent on the way here, so no outcome is unknown.
Result<void> RedisStore::connect(BootTime deadline) {
  const BootTime connect_by = std::min(deadline, clock_.boot_now() + kConnectTimeout);
  auto session = open_session(connect_by);
  if (!session.ok() && session.error().kind == ErrorKind::store_auth && has_new_login())
    session = open_session(connect_by);
  if (!session.ok()) {
    Error error = std::move(session).error();
    if (error.kind == ErrorKind::no_answer) error.kind = ErrorKind::unreachable;
    if (error.remedy.empty()) error.remedy = tls_ ? kLookAtTls : kLookAtServer;
    return error;
  }
  session_ = *std::move(session);
  tell_connected();
  return {};
}

// Passwords in files are replaced under a running worker.
bool RedisStore::has_new_login() {
  if (!settings_.reread_login) return false;
  auto fresh = settings_.reread_login();
  if (!fresh) return false;
  if (fresh->user == login_.user && fresh->password.reveal() == login_.password.reveal()) return false;
  login_.user = std::move(fresh->user);
  login_.password = std::move(fresh->password);
  return true;
}

Result<Session> RedisStore::open_session(BootTime deadline) {
  TRY_ASSIGN(Socket socket, dial(url_, resolver_, clock_, deadline));
  TlsSession tls = tls_ ? make_tls_session(tls_.get(), url_.host) : nullptr;
  Session session;
  TRY_ASSIGN(session.link, Link::open({std::move(socket), std::move(tls)}, url_.target, clock_, deadline));
  session.optimistic = std::make_unique<OptimisticWriter>(*session.link, login_, clock_);
  TRY(log_in(*session.link, login_, greeting_, deadline));
  TRY_ASSIGN(session.time, ask_time(*session.link, login_, clock_, deadline));
  return session;
}

Result<void> RedisStore::prove(BootTime deadline) {
  const auto entries = probe_entries(settings_, session_->time.at_boot(clock_.boot_now()));
  std::array<ReadBack, 2> answers;
  const Window window{
      {entries.data(), entries.data() + 1}, {answers.data(), answers.data() + 1}, kProbeMaxAge, deadline};
  Result<void> done = write_by_script(*session_->link, login_, window, ScriptCall::load_then_hash);
  if (done.ok()) done = judge_probe(answers, url_.target);
  if (done.ok()) {
    session_->proved = true;
    return done;
  }
  Error error = done.error();
  if (error.kind == ErrorKind::no_answer) error.kind = ErrorKind::unreachable;
  return error;
}

Result<std::vector<Reply>> RedisStore::ask(const Request& request, BootTime deadline) {
  Exchange exchange = session_->link->exchange(request, deadline);
  if (exchange.fault) return *std::move(exchange.fault);
  return std::move(exchange.replies);
}

Result<WallTime> RedisStore::time(BootTime deadline) {
  return retried<WallTime>(Need::login, deadline, [&]() -> Result<WallTime> {
    if (clock_.boot_now() - session_->time.when > kTimeLasts && !planted(Plant::time_asked_once)) {
      TRY_ASSIGN(session_->time, ask_time(*session_->link, login_, clock_, deadline));
    }
    return session_->time.at_boot(clock_.boot_now());
  });
}

// Three commands, not one transaction: a server without memory refuses to queue them, but answers them. If
// another write came in between, they are asked again; what is left to chance then is a length, no byte of
// the value.
Result<Found> RedisStore::read_once(const std::string& key, std::size_t cap, bool with_ttl,
                                    BootTime deadline) {
  // GETRANGE has no way to ask for nothing.
  const std::string last = std::to_string(cap == 0 ? 0 : cap - 1);
  Request request;
  request.add({"GETRANGE", key, "0", last}, {cap + 1});
  request.add({"STRLEN", key});
  request.add({"PTTL", key});
  constexpr int kTries = 3;
  for (int tries = 1;; ++tries) {
    TRY_ASSIGN(auto replies, ask(request, deadline));
    TRY_ASSIGN(Found found, read_parts(std::move(replies), {key, cap, with_ttl}, login_));
    const bool fits = found.bytes.size() == std::min<std::uint64_t>(found.length, cap);
    if (fits || tries == kTries) return found;
  }
}

std::vector<ReadBack> RedisStore::renew(std::span<const run::Renewal> renewals, Millis max_age,
                                        BootTime deadline) {
  std::vector<ReadBack> answers(renewals.size());
  Result<void> done = in_time(deadline);
  if (done.ok()) done = advance(Need::proof, deadline);
  if (done.ok()) done = renew_by_script(*session_->link, login_, {renewals, answers, max_age, deadline});
  if (!done.ok())
    for (ReadBack& answer : answers) answer = {ReadBack::Answer::failed, "", 0, done.error(), {}, false};
  const auto broken = [](const ReadBack& answer) {
    return answer.error && needs_new_link(answer.error->kind);
  };
  if (std::any_of(answers.begin(), answers.end(), broken)) close();
  return answers;
}

std::vector<ReadBack> RedisStore::write(std::span<const Entry> entries, Millis max_age, BootTime deadline) {
  std::vector<ReadBack> answers(entries.size());
  std::vector<Window> windows;
  for (std::size_t from = 0, to = 0; from < entries.size(); from = to) {
    to = from + window_length(entries.subspan(from));
    Window& window = windows.emplace_back(Window{{}, {}, max_age, deadline});
    for (std::size_t i = from; i < to; ++i) {
      window.entries.push_back(&entries[i]);
      window.answers.push_back(&answers[i]);
    }
  }
  for (std::size_t i = 0; i < windows.size(); ++i) {
    Window left = attempt(windows[i], i + 1 < windows.size() ? &windows[i + 1] : nullptr);
    if (left.entries.empty()) continue;
    if (session_) session_->optimistic->leave(deadline);
    settle(std::move(left));
  }
  return answers;
}

// First by an optimistic transaction, where a connection has proved the fence. What is left of the window is
// for the script, as one window: a conflict is about few of its keys, and one call decides on all of them.
Window RedisStore::attempt(const Window& window, const Window* next) {
  if (!session_ || !session_->proved || !session_->link->usable()) return window;
  if (!in_time(window.deadline).ok()) return window;  // a look would only cost the link
  OptimisticWriter& writer = *session_->optimistic;
  if (!writer.suits(window)) return window;
  const Result<bool> done = writer.write(window, next != nullptr && writer.suits(*next) ? next : nullptr);
  if (done.ok() && !*done) return window;
  if (!done.ok()) {
    if (needs_new_link(done.error().kind)) close();
    fail(window, done.error());
  }
  Window left = to_try_again(window);
  if (left.entries.empty()) return left;
  tell_attempt_failed(*left.answers[0]->error);
  return in_time(window.deadline).ok() ? left : Window{};
}

// Sends what is open until every entry has an answer: written, superseded, expired, an outcome nobody knows,
// or a refusal that trying again did not cure before the deadline.
void RedisStore::settle(Window window) {
  if (const auto late = in_time(window.deadline); !late.ok()) return fail(window, late.error());
  Backoff backoff(clock_);
  for (;;) {
    Result<void> done = advance(Need::proof, window.deadline);
    const bool asked = done.ok();
    if (asked) done = write_by_script(*session_->link, login_, window, ScriptCall::by_hash);
    if (!done.ok()) {
      if (needs_new_link(done.error().kind)) close();
      // One key outside the user's rights refuses the whole call: each on its own costs that key alone.
      if (asked && done.error().kind == ErrorKind::store_auth && window.entries.size() > 1 &&
          !planted(Plant::refusal_fails_window)) {
        for (std::size_t i = 0; i < window.entries.size(); ++i)
          settle({{window.entries[i]}, {window.answers[i]}, window.max_age, window.deadline});
        return;
      }
      fail(window, done.error());
    }
    window = to_try_again(window);
    if (window.entries.empty()) return;
    tell_attempt_failed(*window.answers[0]->error);
    if (!backoff.wait(window.deadline)) return;
    if (window.answers[0]->error->kind == ErrorKind::not_primary) close();
  }
}

}  // namespace

std::unique_ptr<Store> make_redis_store(StoreUrl url, StoreSettings settings, TlsContext tls, Clock& clock) {
  return std::make_unique<RedisStore>(std::move(url), std::move(settings), std::move(tls), clock);
}

}  // namespace prewarm::store
