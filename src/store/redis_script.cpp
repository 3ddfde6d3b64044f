// SPDX-License-Identifier: Apache-2.0
#include "store/redis_script.hpp"

#include <array>
#include <utility>

#include "prewarm/base/hash.hpp"
#include "prewarm/base/planted.hpp"
#include "prewarm/envelope/envelope.hpp"
#include "store/redis_login.hpp"
#include "store/scripts.hpp"

namespace prewarm::store {
namespace {

using run::Entry;
using run::ReadBack;

constexpr std::size_t kAnswerBytes = 512;   // an error text of 200, a head of 80, and the lines between
constexpr std::size_t kElementsPerKey = 3;  // of write.lua's reply

std::string_view command_of(ScriptCall call) noexcept {
  return call == ScriptCall::load_then_text ? "EVAL" : "EVALSHA";
}

// Where the script's reply is among the replies.
std::size_t place_of(ScriptCall call) noexcept { return call == ScriptCall::by_hash ? 0 : 1; }

void add_call(const ScriptAsk& ask, ScriptCall call, Request& request) {
  if (call != ScriptCall::by_hash) request.add({"SCRIPT", "LOAD", ask.script.text});
  request.begin(3 + ask.words, ask.limit);
  request.word(command_of(call));
  request.word(call == ScriptCall::load_then_text ? ask.script.text : std::string_view(ask.script.hash));
  request.number(static_cast<std::int64_t>(ask.keys));
  ask.add_words(request);
  ask.add_behind(request);
}

// Of a window whose script was refused nothing was written, and what is behind it says nothing.
Error refused_script(const ScriptAsk& ask, ScriptCall call, const Exchange& exchange, const Login& login) {
  const std::string& words = exchange.replies[place_of(call)].text;
  const Reply& load = exchange.replies[0];  // when the script was loaded first
  switch (call) {
    case ScriptCall::by_hash:
      break;
    case ScriptCall::load_then_hash:
      if (is_noscript(words) && load.is_error()) return script_missing(ask.script.hash, load.text, login);
      break;
    case ScriptCall::load_then_text:
      if (load.is_error() && server_error(words, "EVAL", login).kind == ErrorKind::store_auth)
        return script_missing(ask.script.hash, words, login);
      break;
  }
  return server_error(words, {command_of(call), ask.sole_key}, login);
}

void add_writes(const Window& window, Request& request) {
  for (const Entry* entry : window.entries) request.word(entry->key);
  request.number(window.max_age.count());
  for (const Entry* entry : window.entries) {
    request.value(entry->value);
    request.number(entry->ttl.count());
    request.number(entry->version);
    request.number(entry->instant.time_since_epoch().count());
  }
}

// "!SET OOM command not allowed …": the command that failed inside a script, and the server's words.
Error script_error(std::string_view text, const Login& login) {
  text.remove_prefix(1);
  const std::size_t blank = std::min(text.find(' '), text.size());
  return server_error(text.substr(std::min(blank + 1, text.size())), text.substr(0, blank), login);
}

// A head is what the length leaves of 80 bytes.
bool head_fits(const Reply& head, std::int64_t length) {
  if (length < -1) return false;
  const auto expected = std::min<std::int64_t>(std::max<std::int64_t>(length, 0), envelope::kHeadBytes);
  return static_cast<std::int64_t>(head.text.size()) == expected;
}

Result<void> read_script_reply(const Reply& reply, const Login& login,
                               const std::vector<ReadBack*>& answers) {
  const Error bad = wrong_shape("EVALSHA", login);
  if (reply.kind != Reply::Kind::array || reply.elements.size() != kElementsPerKey * answers.size())
    return bad;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Reply* of_key = &reply.elements[kElementsPerKey * i];
    const Reply &word = of_key[0], &head = of_key[1], &length = of_key[2];
    if (!head.is_text() || length.kind != Reply::Kind::integer) return bad;
    if (!head_fits(head, length.integer) || !read_answer(word, login, *answers[i])) return bad;
    if (answers[i]->answer == ReadBack::Answer::changed) return bad;  // a renewal's word
    if (planted(Plant::one_error_hides_others) && answers[i]->error) return *answers[i]->error;
    answers[i]->old_head = head.text;
    answers[i]->old_length = length.integer;
  }
  return {};
}

// The script with a planted fault, if that is in force.
std::string with_fault(std::string_view script, Plant fault, std::string_view sound,
                       std::string_view faulty) {
  std::string text(script);
  if (!planted(fault)) return text;
  const std::size_t at = text.find(sound);
  ENSURE(at != std::string::npos);
  return text.replace(at, sound.size(), faulty);
}

}  // namespace

const Script& write_script() {
  static const std::string kText = with_fault(kWriteScript, Plant::every_error_is_wrong_type,
                                              "string.sub(head.err, 1, 9) == 'WRONGTYPE'", "true");
  static const Script kScript{kText, sha1_hex(kText)};
  return kScript;
}

const Script& renew_script() {
  static const std::string kText = with_fault(
      with_fault(with_fault(kRenewScript, Plant::renewal_of_nothing, "if not there then",
                            "if not there and length == 0 then"),
                 Plant::renewal_of_anything, "if not there then", "if not there and new_head ~= '' then"),
      Plant::extension_shortens, "if new_head == '' and outlives(key, ttl) then return 'written' end", "");
  static const Script kScript{kText, sha1_hex(kText)};
  return kScript;
}

bool read_answer(const Reply& reply, const Login& login, ReadBack& answer) {
  using Answer = ReadBack::Answer;
  constexpr auto kWords =
      std::to_array<std::pair<std::string_view, Answer>>({{"written", Answer::written},
                                                          {"superseded", Answer::superseded},
                                                          {"expired", Answer::expired},
                                                          {"changed", Answer::changed}});
  if (!reply.is_text()) return false;
  answer.error.reset();
  for (const auto& [word, meaning] : kWords) {
    if (reply.text != word) continue;
    answer.answer = meaning;
    return true;
  }
  if (!reply.text.starts_with('!')) return false;
  answer.answer = Answer::failed;
  answer.error = script_error(reply.text, login);
  return true;
}

Result<Exchange> call_script(Link& link, const Login& login, const ScriptAsk& ask, ScriptCall call) {
  Request request;
  add_call(ask, call, request);
  Exchange exchange = link.exchange(request, ask.deadline);
  if (exchange.replies.size() <= place_of(call)) return *std::move(exchange.fault);
  const Reply& script = exchange.replies[place_of(call)];
  // After a restart or failover. The second time the text itself is sent, which no server can miss.
  if (planted(Plant::lost_script_believed) && script.is_error() && is_noscript(script.text)) return exchange;
  // Also where somebody emptied the server's scripts right behind our loading.
  const bool may_load = call == ScriptCall::by_hash ||
                        (call == ScriptCall::load_then_hash && !exchange.replies.front().is_error());
  if (may_load && script.is_error() && is_noscript(script.text) && !exchange.fault)
    return call_script(link, login, ask, ScriptCall::load_then_text);
  if (script.is_error()) return refused_script(ask, call, exchange, login);
  if (place_of(call) > 0) exchange.replies.erase(exchange.replies.begin());
  return exchange;
}

Result<void> write_by_script(Link& link, const Login& login, const Window& window, ScriptCall call) {
  const std::size_t keys = window.entries.size();
  const ScriptAsk ask{write_script(),
                      keys,
                      1 + 5 * keys,
                      {256 + kAnswerBytes * keys},
                      [&](Request& request) { add_writes(window, request); },
                      [&](Request& request) { add_read_backs(window, request); },
                      sole_key(window),
                      window.deadline};
  TRY_ASSIGN(Exchange exchange, call_script(link, login, ask, call));
  if (planted(Plant::lost_script_believed) && exchange.replies.front().is_error()) {
    for (ReadBack* answer : window.answers) answer->answer = ReadBack::Answer::written;
    return read_back(window, std::span(exchange.replies).subspan(1), exchange.fault, login);
  }
  if (auto read = read_script_reply(exchange.replies.front(), login, window.answers); !read.ok()) return read;
  const bool stopped = exchange.replies.back().whole_length.value_or(0) > kMaxSkipped;
  if (exchange.fault && !stopped) return *std::move(exchange.fault);
  // A replica answers that from its own copy, and a primary may have become one meanwhile.
  if (any_superseded(window) && !planted(Plant::replica_believed)) {
    if (!link.usable())
      return Error{ErrorKind::no_answer,
                   login.target + " ended the connection before it could say whether it is a primary"};
    TRY(confirm_primary(link, login, window.deadline));
  }
  const auto replies = std::span(exchange.replies).subspan(1);
  return read_back(window, replies, exchange.fault, login);
}

}  // namespace prewarm::store
