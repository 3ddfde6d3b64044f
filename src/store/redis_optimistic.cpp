// SPDX-License-Identifier: Apache-2.0
#include "store/redis_optimistic.hpp"

#include <algorithm>

#include "prewarm/base/planted.hpp"
#include "prewarm/envelope/envelope.hpp"
#include "store/fence.hpp"
#include "store/redis_login.hpp"

namespace prewarm::store {
namespace {

using run::Entry;
using run::ReadBack;

// Between TIME and EXEC the server's clock goes on, and with it what is too old or too far ahead.
constexpr std::chrono::seconds kLookLasts{1};
constexpr std::string_view kAborted =
    "EXECABORT Transaction discarded because of: ";  // then why EXEC was refused
constexpr std::size_t kExecBytes = 512;              // an error text for each SET

void add_look(const Window& window, Request& request) {
  if (planted(Plant::head_set_apart)) {
    request.add({"PING"});  // answered by a status too
  } else {
    request.begin(1 + window.entries.size());
    request.word("WATCH");
    for (const Entry* entry : window.entries) request.word(entry->key);
  }
  request.add({"TIME"});
  static_assert(envelope::kHeadBytes == 80);
  for (const Entry* entry : window.entries) {
    request.begin_with("*4\r\n$8\r\nGETRANGE\r\n", {envelope::kHeadBytes});
    request.word(entry->key);
    request.words("$1\r\n0\r\n$2\r\n79\r\n");
  }
  request.add({"MULTI"});
}

bool is_status(const Reply& reply) noexcept { return reply.kind == Reply::Kind::status; }
bool goes(const ReadBack* answer) noexcept { return answer->answer == ReadBack::Answer::written; }

std::size_t count_of_sets(const Window& window) noexcept {
  return static_cast<std::size_t>(std::count_if(window.answers.begin(), window.answers.end(), goes));
}

// " PX <ttl>", the same for most keys of a window.
class Lifetime {
 public:
  std::string_view words(Millis ttl) {
    if (words_.empty() || ttl != ttl_) {
      const std::string digits = std::to_string(ttl.count());
      words_ = "$2\r\nPX\r\n$" + std::to_string(digits.size()) + "\r\n" + digits + "\r\n";
      ttl_ = ttl;
    }
    return words_;
  }

 private:
  Millis ttl_{};
  std::string words_;
};

void add_transaction(const Window& window, Request& request) {
  Lifetime life;
  for (std::size_t i = 0; i < window.entries.size(); ++i) {
    if (!goes(window.answers[i])) continue;
    const Entry& entry = *window.entries[i];
    request.begin_with("*5\r\n$3\r\nSET\r\n");
    request.word(entry.key);
    request.value(entry.value);
    request.words(life.words(entry.ttl));
  }
  request.add({"EXEC"}, {256 + kExecBytes * window.entries.size()});
  // A replica answers from its own copy, and a primary may have become one meanwhile.
  if (any_superseded(window)) add_role(request);
  add_read_backs(window, request);
}

// False: not what the script would make an answer of. As there, only another type counts as no text.
Result<bool> read_head(Reply& head, const Login& login, ReadBack& answer) {
  if (!head.is_text() && !head.is_error()) return wrong_shape("GETRANGE", login);
  if (head.is_error() && !is_wrong_type(head.text)) return false;
  answer.old_length = head.is_error() ? -1 : static_cast<std::int64_t>(head.text.size());
  answer.old_head = head.is_error() ? std::string() : std::move(head.text);
  return true;
}

// Of a value of 80 bytes or more only the front has been seen. How long it is nobody asks of an ordinary one
// of our own version; any other is left to the script, which tells.
bool is_long_stranger(const ReadBack& answer, std::int64_t version, WallTime now) {
  if (answer.old_length < static_cast<std::int64_t>(envelope::kHeadBytes)) return false;
  const auto head = envelope::read_head(answer.old_head);
  return !head || head->version != version || head->last_updated - now > envelope::kMaxAhead;
}

// What EXEC says of one SET.
Result<void> read_set_reply(const Reply& reply, const Entry& entry, const Login& login, ReadBack& answer) {
  if (is_status(reply)) return {};
  if (!reply.is_error()) return wrong_shape("EXEC", login);
  answer.answer = ReadBack::Answer::failed;
  answer.error = server_error(reply.text, {"SET", entry.key}, login);
  return {};
}

}  // namespace

bool OptimisticWriter::suits(const Window& window) const noexcept {
  return may_ && window.entries.size() > 1 && has_distinct_keys(window);
}

// Nothing that writes has been sent, so no outcome is unknown.
Result<void> OptimisticWriter::look_at(const Window& window) {
  request_.clear();
  add_look(window, request_);
  const BootTime asked = clock_.boot_now();
  Exchange exchange = link_.exchange(request_, window.deadline);
  if (!exchange.fault) return read_look(window, exchange.replies, asked);
  if (exchange.fault->kind == ErrorKind::no_answer) exchange.fault->kind = ErrorKind::unreachable;
  return *std::move(exchange.fault);
}

// Whether a command was taken; if the user may not give it at all, none of the kind is sent again.
bool OptimisticWriter::accepted(const Reply& reply) {
  std::string_view words = reply.text;
  if (words.starts_with(kAborted)) words.remove_prefix(kAborted.size());
  if (reply.is_error() && is_command_refused(words)) may_ = false;
  return is_status(reply);
}

Result<void> OptimisticWriter::read_look(const Window& window, std::span<Reply> replies, BootTime asked) {
  const std::size_t keys = window.entries.size();
  const Reply &watch = replies.front(), &multi = replies.back();
  for (const auto& [reply, command] : {std::pair(&watch, "WATCH"), std::pair(&multi, "MULTI")})
    if (!is_status(*reply) && !reply->is_error()) return wrong_shape(command, login_);
  begun_ = accepted(multi) ? Begun::transaction : Begun::watch;
  look_ = {accepted(watch) && begun_ == Begun::transaction, {}, asked};
  if (replies[1].is_error()) {
    look_.sound = false;
  } else {
    TRY_ASSIGN(look_.now, read_time(replies[1], login_));
    if (planted(Plant::worker_clock_in_rules)) look_.now = clock_.wall_now();
  }
  for (std::size_t i = 0; i < keys; ++i) {
    TRY_ASSIGN(const bool sound, read_head(replies[2 + i], login_, *window.answers[i]));
    look_.sound =
        look_.sound && sound && !is_long_stranger(*window.answers[i], window.entries[i]->version, look_.now);
  }
  return {};
}

// False: the script must. The server's clock is at most as far on as ours since before it was asked; a stop
// of this process since then shows there too, because boot time runs on.
bool OptimisticWriter::decide(const Window& window) const {
  const BootTime boot = clock_.boot_now();
  const Millis since = std::chrono::ceil<Millis>(boot - look_.asked);
  if (!look_.sound || since > kLookLasts || boot >= window.deadline) return false;
  const FenceClock fence{look_.now, window.max_age};
  for (std::size_t i = 0; i < window.entries.size(); ++i) {
    const Entry& entry = *window.entries[i];
    ReadBack& answer = *window.answers[i];
    answer.answer = fence_decision(answer.old_head, {entry.version, entry.instant}, fence);
    if (goes(&answer) && look_.now + since + Millis(1) - entry.instant > window.max_age) return false;
  }
  return true;
}

Result<bool> OptimisticWriter::write(const Window& window, const Window* next) {
  if (begun_ == Begun::nothing) TRY(look_at(window));
  if (!decide(window)) return false;
  request_.clear();
  add_transaction(window, request_);
  const std::size_t mine = request_.limits().size();
  if (next != nullptr) add_look(*next, request_);
  const BootTime asked = clock_.boot_now();
  Exchange exchange = link_.exchange(request_, window.deadline);
  begun_ = Begun::nothing;
  if (next != nullptr && !exchange.fault)
    TRY(read_look(*next, std::span(exchange.replies).subspan(mine), asked));
  return read_transaction(window, exchange, mine);
}

// Replies in this order: a status for each SET, that of EXEC, ROLE if asked, the read-backs.
Result<bool> OptimisticWriter::read_transaction(const Window& window, Exchange& exchange, std::size_t mine) {
  const auto replies = std::span(exchange.replies).first(std::min(exchange.replies.size(), mine));
  const std::size_t sets = count_of_sets(window);
  if (replies.size() <= sets) return *std::move(exchange.fault);
  const Reply& exec = replies[sets];
  const auto behind = replies.subspan(sets + 1);
  if (exec.kind == Reply::Kind::nil) return false;  // another writer was there
  if (exec.is_error()) {
    accepted(exec);
    // Nothing was written. A server that goes on queueing is no Redis.
    if (std::any_of(behind.begin(), behind.end(), is_status)) return wrong_shape("EXEC", login_);
    return false;
  }
  const bool queued =
      std::all_of(replies.begin(), replies.begin() + static_cast<std::ptrdiff_t>(sets), is_status);
  if (!queued || exec.kind != Reply::Kind::array || exec.elements.size() != sets)
    return wrong_shape("EXEC", login_);
  const bool asked_role = any_superseded(window);
  for (std::size_t i = 0, at = 0; i < window.entries.size(); ++i)
    if (goes(window.answers[i]))
      TRY(read_set_reply(exec.elements[at++], *window.entries[i], login_, *window.answers[i]));
  const bool stopped = replies.back().whole_length.value_or(0) > kMaxSkipped;
  if (replies.size() < mine && !stopped) return *std::move(exchange.fault);
  if (asked_role) TRY(read_role(behind.front(), login_));
  TRY(read_back(window, behind.subspan(asked_role ? 1 : 0), exchange.fault, login_));
  return true;
}

void OptimisticWriter::leave(BootTime deadline) {
  if (begun_ == Begun::nothing) return;
  request_.clear();
  request_.add({begun_ == Begun::transaction ? "DISCARD" : "UNWATCH"});
  begun_ = Begun::nothing;
  if (!link_.usable()) return;
  const Exchange exchange = link_.exchange(request_, deadline);
  if (exchange.fault || !is_status(exchange.replies[0])) link_.give_up();
}

}  // namespace prewarm::store
