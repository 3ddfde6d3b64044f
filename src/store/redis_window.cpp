// SPDX-License-Identifier: Apache-2.0
#include "store/redis_window.hpp"

#include <array>

#include "prewarm/base/hash.hpp"
#include "prewarm/envelope/envelope.hpp"
#include "store/write_script.hpp"

namespace prewarm::store {
namespace {

using run::Entry;
using run::Found;
using run::ReadBack;

constexpr std::size_t kReadBackSpare = 1024;  // PROMISES 11.E25
constexpr std::size_t kAnswerBytes = 512;     // an error text of 200, a head of 80, and the lines between
constexpr std::size_t kElementsPerKey = 3;    // of the script's reply

// "!SET OOM command not allowed …": the command that failed inside the script, and the server's words.
Error script_error(std::string_view text, const Login& login) {
  text.remove_prefix(1);
  const std::size_t blank = std::min(text.find(' '), text.size());
  return server_error(text.substr(std::min(blank + 1, text.size())), text.substr(0, blank), login);
}

bool read_answer(std::string_view word, const Login& login, ReadBack& answer) {
  answer.error.reset();
  if (word == "written")
    answer.answer = ReadBack::Answer::written;
  else if (word == "superseded")
    answer.answer = ReadBack::Answer::superseded;
  else if (word == "expired")
    answer.answer = ReadBack::Answer::expired;
  else if (word.starts_with('!')) {
    answer.answer = ReadBack::Answer::failed;
    answer.error = script_error(word, login);
  } else
    return false;
  return true;
}

// A head is what the length leaves of 80 bytes.
bool head_fits(const Reply& head, std::int64_t length) {
  if (length < -1) return false;
  const auto expected = std::min<std::int64_t>(std::max<std::int64_t>(length, 0), envelope::kHeadBytes);
  return static_cast<std::int64_t>(head.text.size()) == expected;
}

}  // namespace

std::string_view write_script() noexcept { return kWriteScript; }

const std::string& write_script_hash() {
  static const std::string kHash = sha1_hex(kWriteScript);
  return kHash;
}

std::size_t window_length(std::span<const Entry> entries) noexcept {
  std::size_t count = 0, bytes = 0;
  for (const Entry& entry : entries) {
    bytes += entry.value.size();
    if (count == kMaxWindowEntries || (count > 0 && bytes > kMaxWindowBytes)) break;
    ++count;
  }
  return count;
}

WindowCommands::WindowCommands(std::span<const Entry* const> entries, Millis max_age, ScriptCall call)
    : call_(call) {
  if (call != ScriptCall::by_hash) commands_.push_back({{"SCRIPT", "LOAD", kWriteScript}});
  Command script{{script_command()}, {256 + kAnswerBytes * entries.size()}};
  script.words.push_back(call == ScriptCall::load_then_text ? kWriteScript
                                                            : std::string_view(write_script_hash()));
  script.words.push_back(number(static_cast<std::int64_t>(entries.size())));
  for (const Entry* entry : entries) script.words.push_back(entry->key);
  script.words.push_back(number(max_age.count()));
  for (const Entry* entry : entries) {
    script.words.push_back(entry->value);
    script.words.push_back(number(entry->ttl.count()));
    script.words.push_back(number(entry->version));
    script.words.push_back(number(entry->instant.time_since_epoch().count()));
  }
  commands_.push_back(std::move(script));
  for (const Entry* entry : entries)
    commands_.push_back({{"GET", entry->key}, {entry->value.size() + kReadBackSpare, true}});
}

std::string_view WindowCommands::number(std::int64_t value) {
  return numbers_.emplace_back(std::to_string(value));
}

Result<void> read_script_reply(const Reply& reply, const Login& login, std::span<ReadBack* const> answers) {
  const Error bad = wrong_shape("EVALSHA", login);
  if (reply.kind != Reply::Kind::array || reply.elements.size() != kElementsPerKey * answers.size())
    return bad;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Reply* of_key = &reply.elements[kElementsPerKey * i];
    const Reply &word = of_key[0], &head = of_key[1], &length = of_key[2];
    if (!word.is_text() || !head.is_text() || length.kind != Reply::Kind::integer) return bad;
    if (!head_fits(head, length.integer) || !read_answer(word.text, login, *answers[i])) return bad;
    answers[i]->old_head = head.text;
    answers[i]->old_length = length.integer;
  }
  return {};
}

Result<Found> read_parts(std::vector<Reply>&& parts, const KeyAsked& asked, const Login& login) {
  ENSURE(parts.size() == 3);
  Found found;
  Reply &front = parts[0], &length = parts[1], &ttl = parts[2];
  if (ttl.is_error()) return server_error(ttl.text, {"PTTL", asked.key}, login);
  if (ttl.kind != Reply::Kind::integer) return wrong_shape("PTTL", login);
  constexpr std::int64_t kNoKey = -2;
  if (ttl.integer == kNoKey) return found;
  if (asked.with_ttl && ttl.integer >= 0) found.ttl = Millis(ttl.integer);
  found.kind = Found::Kind::other_type;
  if (front.is_error() && is_wrong_type(front.text)) return found;
  if (front.is_error()) return server_error(front.text, {"GETRANGE", asked.key}, login);
  if (length.is_error()) return server_error(length.text, {"STRLEN", asked.key}, login);
  if (!front.is_text() || length.kind != Reply::Kind::integer || length.integer < 0)
    return wrong_shape("GETRANGE", login);
  found.kind = Found::Kind::text;
  found.length = static_cast<std::uint64_t>(length.integer);
  found.bytes = std::move(front.text);
  found.bytes.resize(std::min(found.bytes.size(), asked.cap));
  return found;
}

Result<Found> read_value(Reply&& reply, std::string_view key, const Login& login) {
  Found found;
  switch (reply.kind) {
    case Reply::Kind::nil:
      return found;
    case Reply::Kind::text:
      found.kind = Found::Kind::text;
      found.length = reply.whole_length.value_or(reply.text.size());
      found.bytes = std::move(reply.text);
      return found;
    case Reply::Kind::error:
      if (!is_wrong_type(reply.text)) return server_error(reply.text, {"GET", key}, login);
      found.kind = Found::Kind::other_type;
      return found;
    default:
      return wrong_shape("GET", login);
  }
}

}  // namespace prewarm::store
