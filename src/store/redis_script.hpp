// SPDX-License-Identifier: Apache-2.0
// A window of fenced writes by one call of write.lua, then a GET for each key (DESIGN 2.4). The script reads
// the heads, decides and writes in one step of the server, so nothing comes in between. Owned by the store
// thread.
#pragma once

#include <string>
#include <string_view>

#include "store/redis_link.hpp"
#include "store/redis_window.hpp"

namespace prewarm::store {

std::string_view write_script() noexcept;
/// Its SHA-1, as EVALSHA names it.
const std::string& write_script_hash();

enum class ScriptCall : std::uint8_t { by_hash, load_then_hash, load_then_text };

/// One window, once. An error is about all of it; else each entry has its own answer.
Result<void> write_by_script(Link& link, const Login& login, const Window& window, ScriptCall call);

}  // namespace prewarm::store
