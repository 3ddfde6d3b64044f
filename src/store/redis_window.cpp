// SPDX-License-Identifier: Apache-2.0
#include "store/redis_window.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "store/redis_login.hpp"

namespace prewarm::store {
namespace {

using run::Entry;
using run::Found;
using run::ReadBack;

// Good enough for one window: whoever makes its keys meet in one place makes 2,000 comparisons of it.
std::size_t hash_of(std::string_view key) noexcept {
  constexpr std::uint64_t kMix = 0x9e3779b97f4a7c15;
  std::uint64_t hash = 0;
  while (!key.empty()) {
    std::uint64_t block = 0;
    const std::size_t count = std::min(key.size(), sizeof block);
    std::memcpy(&block, key.data(), count);
    hash = (hash ^ block) * kMix;
    hash ^= hash >> 32U;
    key.remove_prefix(count);
  }
  return static_cast<std::size_t>(hash);
}

}  // namespace

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

std::size_t window_length(std::span<const Entry> entries) noexcept {
  std::size_t count = 0, bytes = 0;
  for (const Entry& entry : entries) {
    bytes += entry.value.size();
    if (count == kMaxWindowEntries || (count > 0 && bytes > kMaxWindowBytes)) break;
    ++count;
  }
  return count;
}

// A table of places by hash, twice as large as a window: comparing all pairs would cost more than the rest of
// the decision.
bool has_distinct_keys(const Window& window) noexcept {
  constexpr std::size_t kPlaces = 2 * kMaxWindowEntries;
  ENSURE(window.entries.size() < kPlaces);
  std::array<const std::string*, kPlaces> places{};
  for (const Entry* entry : window.entries) {
    std::size_t at = hash_of(entry->key) % kPlaces;
    for (; places[at] != nullptr; at = (at + 1) % kPlaces)
      if (*places[at] == entry->key) return false;
    places[at] = &entry->key;
  }
  return true;
}

std::string_view sole_key(const Window& window) noexcept {
  const std::string& first = window.entries.front()->key;
  const bool alone = std::all_of(window.entries.begin(), window.entries.end(),
                                 [&](const Entry* entry) { return entry->key == first; });
  return alone ? std::string_view(first) : std::string_view();
}

bool any_superseded(const Window& window) noexcept {
  return std::any_of(window.answers.begin(), window.answers.end(),
                     [](const ReadBack* answer) { return answer->answer == ReadBack::Answer::superseded; });
}

void fail(const Window& window, const Error& error) {
  for (ReadBack* answer : window.answers) {
    answer->answer = ReadBack::Answer::failed;
    answer->error = error;
  }
}

void add_read_backs(const Window& window, Request& request) {
  for (const Entry* entry : window.entries) {
    request.begin_with(
        "*2\r\n$3\r\nGET\r\n",
        {.bytes = entry->value.size() + kReadBackSpare, .cut = true, .expected = &entry->value});
    request.word(entry->key);
  }
}

Result<void> read_back(const Window& window, std::span<Reply> replies, const std::optional<Error>& fault,
                       const Login& login) {
  for (std::size_t i = 0; i < window.answers.size(); ++i) {
    ReadBack& answer = *window.answers[i];
    if (answer.answer == ReadBack::Answer::failed) continue;
    answer.same = i < replies.size() && replies[i].same;
    Result<Found> read = i < replies.size() ? read_value(std::move(replies[i]), window.entries[i]->key, login)
                                            : Result<Found>(*fault);
    if (read.ok()) {
      answer.found = *std::move(read);
      // Of what is the same no bytes are kept.
      if (answer.same) answer.found.length = window.entries[i]->value.size();
      continue;
    }
    if (read.error().kind == ErrorKind::protocol) return std::move(read).error();
    answer.answer = ReadBack::Answer::failed;
    answer.error = std::move(read).error();
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

}  // namespace prewarm::store
