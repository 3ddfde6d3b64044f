// SPDX-License-Identifier: Apache-2.0
// What is said first on every connection: who we are, which database, that the server is a primary, and what
// time it is there (PROMISES 1, 2). Owned by the store thread.
#pragma once

#include <string>

#include "store/redis_error.hpp"
#include "store/redis_link.hpp"

namespace prewarm::store {

/// A reading of the store's clock, half a round trip after it was asked for.
struct StoreTime {
  WallTime at;
  BootTime when;
  WallTime at_boot(BootTime boot) const { return at + std::chrono::duration_cast<Millis>(boot - when); }
};

struct Greeting {
  int db = 0;
  std::string client_name;  // for CLIENT LIST; best effort
};

/// AUTH, SELECT, CLIENT SETNAME, ROLE. Errors: those of server_error, not_primary, and of the link.
Result<void> log_in(Link& link, const Login& login, const Greeting& greeting, BootTime deadline);
/// Errors: not_primary when the server is none.
Result<void> confirm_primary(Link& link, const Login& login, BootTime deadline);
/// ROLE, and its answer: not_primary unless it says master.
void add_role(Request& request);
Result<void> read_role(const Reply& reply, const Login& login);
/// The answer to TIME.
Result<WallTime> read_time(const Reply& reply, const Login& login);
Result<StoreTime> ask_time(Link& link, const Login& login, Clock& clock, BootTime deadline);

/// "prewarm:test:worker-1", without what CLIENT SETNAME does not take.
std::string client_name(const std::string& env, const std::string& worker);
/// The answer was of another shape than the command has.
Error wrong_shape(std::string_view command, const Login& login);

}  // namespace prewarm::store
