// SPDX-License-Identifier: Apache-2.0
// What a Redis server's error replies mean for us: kind, remedy, whether trying again can help
// (PROMISES 11.E11–E19). The server's words are shown, but cut, on one line, and without what they echo:
// arguments and our password. Pure.
#pragma once

#include <string>
#include <string_view>

#include "prewarm/base/result.hpp"
#include "prewarm/base/secret.hpp"

namespace prewarm::store {

/// Whom we asked, and as whom.
struct Login {
  std::string target;
  std::string user;  // empty: the default user
  Secret password;
};

/// What the server was asked for: a command such as "EVALSHA", and the one key it was about, if there was
/// one.
struct Asked {
  std::string_view command, key{};
};
/// `words`: the error reply.
Error server_error(std::string_view words, const Asked& asked, const Login& login);
inline Error server_error(std::string_view words, std::string_view command, const Login& login) {
  return server_error(words, Asked{command}, login);
}
bool is_noscript(std::string_view words) noexcept;
bool is_wrong_type(std::string_view words) noexcept;
/// The user may not give this command at all, or the server has none of that name.
bool is_command_refused(std::string_view words) noexcept;
/// The strict form of PROMISES 2: the script is not there and this user cannot load it. `refusal`: the answer
/// to SCRIPT LOAD or EVAL.
Error script_missing(std::string_view hash, std::string_view refusal, const Login& login);

}  // namespace prewarm::store
