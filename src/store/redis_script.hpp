// SPDX-License-Identifier: Apache-2.0
// Calls of our scripts, each followed by read-backs in the same window: fenced writes by write.lua (DESIGN
// 2.4), renewals by renew.lua (PROMISES 2). A script reads the heads, decides and writes in one step of the
// server, so nothing comes in between. Owned by the store thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "store/redis_link.hpp"
#include "store/redis_window.hpp"

namespace prewarm::store {

/// A script's text, and its SHA-1 as EVALSHA names it.
struct Script {
  std::string_view text;
  std::string hash;
};
const Script& write_script();
const Script& renew_script();

enum class ScriptCall : std::uint8_t { by_hash, load_then_hash, load_then_text };

/// One call: what is sent, and how much may come back.
struct ScriptAsk {
  const Script& script;
  std::size_t keys = 0, words = 0;  // of the words that follow their number, keys included
  ReplyLimit limit;
  std::function<void(Request&)> add_words;   // the keys, then the rest
  std::function<void(Request&)> add_behind;  // the commands that go along in the same window
  std::string_view sole_key;                 // if it is about one key alone
  BootTime deadline;
};
/// The replies from the script's own on; `fault` if some of those behind it are missing. A script that the
/// server does not know is loaded and called once more. Errors: nothing of the call was done, or its outcome
/// is unknown (no_answer).
Result<Exchange> call_script(Link& link, const Login& login, const ScriptAsk& ask, ScriptCall call);
/// What a script says became of a key: a word of run::ReadBack::Answer, or "!COMMAND error text". False: none
/// of these.
bool read_answer(const Reply& reply, const Login& login, run::ReadBack& answer);

/// One window of writes, once. An error is about all of it; else each entry has its own answer.
Result<void> write_by_script(Link& link, const Login& login, const Window& window, ScriptCall call);

}  // namespace prewarm::store
