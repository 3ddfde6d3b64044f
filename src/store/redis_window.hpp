// SPDX-License-Identifier: Apache-2.0
// A window of fenced writes as commands (the script, then a GET for each key), and the answers to them as
// ReadBacks. Pure.
#pragma once

#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "prewarm/run/run.hpp"
#include "store/redis_error.hpp"
#include "store/redis_link.hpp"
#include "store/redis_login.hpp"

namespace prewarm::store {

/// At most this much in one call: what makes a window cheap without holding the server long (DESIGN 5).
inline constexpr std::size_t kMaxWindowEntries = 64;
inline constexpr std::size_t kMaxWindowBytes = 128 << 10;

std::string_view write_script() noexcept;
/// Its SHA-1, as EVALSHA names it.
const std::string& write_script_hash();

/// How many entries from the front make the next window; at least one.
std::size_t window_length(std::span<const run::Entry> entries) noexcept;

enum class ScriptCall : std::uint8_t { by_hash, load_then_hash, load_then_text };

/// The commands of one window. Holds the numbers as text; the entries must outlive it.
class WindowCommands {
 public:
  WindowCommands(std::span<const run::Entry* const> entries, Millis max_age, ScriptCall call);
  std::span<const Command> commands() const noexcept { return commands_; }
  ScriptCall call() const noexcept { return call_; }
  /// Where the script's reply is among the replies; those of the GETs follow it.
  std::size_t script_at() const noexcept { return call_ == ScriptCall::by_hash ? 0 : 1; }
  std::string_view script_command() const noexcept {
    return call_ == ScriptCall::load_then_text ? "EVAL" : "EVALSHA";
  }

 private:
  std::string_view number(std::int64_t value);
  ScriptCall call_;
  std::list<std::string> numbers_;
  std::vector<Command> commands_;
};

/// The script's reply into answers, which are as many as keys. Errors: protocol, when it has not that shape.
Result<void> read_script_reply(const Reply& reply, const Login& login,
                               std::span<run::ReadBack* const> answers);
/// What was asked of one key: at most `cap` bytes of it.
struct KeyAsked {
  std::string_view key;
  std::size_t cap = 0;
  bool with_ttl = false;
};
/// The replies to GETRANGE, STRLEN and PTTL of one key. Errors: as below.
Result<run::Found> read_parts(std::vector<Reply>&& parts, const KeyAsked& asked, const Login& login);
/// The reply to GET into what was found. Errors: those of server_error, protocol.
Result<run::Found> read_value(Reply&& reply, std::string_view key, const Login& login);

}  // namespace prewarm::store
