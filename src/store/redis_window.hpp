// SPDX-License-Identifier: Apache-2.0
// A window of fenced writes to Redis, and what is the same whichever way it is written: how much goes into
// one, and the read-back. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "prewarm/run/run.hpp"
#include "prewarm/store/store.hpp"
#include "store/redis_error.hpp"
#include "store/redis_request.hpp"

namespace prewarm::store {

/// Entries and where their answers go, as many; both outlive it.
struct Window {
  std::vector<const run::Entry*> entries;
  std::vector<run::ReadBack*> answers;
  Millis max_age{};
  BootTime deadline;
};

/// How many entries from the front make the next window; at least one.
std::size_t window_length(std::span<const run::Entry> entries) noexcept;
/// Each key is there once.
bool has_distinct_keys(const Window& window) noexcept;
/// The key that the window is about; empty when there are several.
std::string_view sole_key(const Window& window) noexcept;
bool any_superseded(const Window& window) noexcept;
void fail(const Window& window, const Error& error);

/// A GET for each key.
void add_read_backs(const Window& window, Request& request);
/// The replies to them into the answers that are no failures; where one is missing, `fault` is why. Errors:
/// protocol.
Result<void> read_back(const Window& window, std::span<Reply> replies, const std::optional<Error>& fault,
                       const Login& login);

/// The reply to GET of one key. Errors: those of server_error, protocol.
Result<run::Found> read_value(Reply&& reply, std::string_view key, const Login& login);

/// What was asked of one key: at most `cap` bytes of it.
struct KeyAsked {
  std::string_view key;
  std::size_t cap = 0;
  bool with_ttl = false;
};
/// The replies to GETRANGE, STRLEN and PTTL of one key. Errors: those of server_error, protocol.
Result<run::Found> read_parts(std::vector<Reply>&& parts, const KeyAsked& asked, const Login& login);

}  // namespace prewarm::store
