// SPDX-License-Identifier: Apache-2.0
#include "store/redis_error.hpp"

#include <array>

#include "prewarm/base/json_text.hpp"
#include "prewarm/base/planted.hpp"

namespace prewarm::store {
namespace {

constexpr std::size_t kMaxShown = 200;
constexpr std::string_view kRights =
    "give the user the rights that the README lists, on every node; or use a sqlite: store";
constexpr std::string_view kPassword =
    "set PREWARM_STORE_USER and PREWARM_STORE_PASSWORD, or its _FILE, as the server's ACL has them";

// The server's words without what they repeat of ours: an unknown command is answered with its arguments,
// which may be a value or a password.
std::string shown(std::string_view words, const Login& login) {
  std::string text(words.substr(0, words.find(", with args beginning with")));
  constexpr std::string_view kHidden = "***";
  if (const std::string& password = login.password.reveal();
      !password.empty() && !planted(Plant::password_in_error))
    for (std::size_t at = 0; (at = text.find(password, at)) != std::string::npos; at += kHidden.size())
      text.replace(at, password.size(), kHidden);
  std::string escaped;
  json_escape_to(escaped, cut_text(text, kMaxShown));
  return escaped;
}

std::string quoted_user(const Login& login) {
  return "\"" + (login.user.empty() ? "default" : login.user) + "\"";
}

struct Rule {
  std::string_view sign;  // what the words begin with
  ErrorKind kind;
  std::string_view what;  // stands behind the target
  std::string_view remedy;
  bool retryable = false;
};

// In order; the first that fits.
constexpr auto kRules = std::to_array<Rule>({
    {"NOAUTH", ErrorKind::store_auth, "wants a login", kPassword},
    {"WRONGPASS", ErrorKind::store_auth, "refused the login", kPassword},
    {"ERR AUTH", ErrorKind::store_auth, "takes no password for this user",
     "leave the password out, or set one on the server"},
    {"ERR Client sent AUTH", ErrorKind::store_auth, "takes no password",
     "leave it out, or set one on the server"},
    {"ERR invalid password", ErrorKind::store_auth, "refused the login", kPassword},
    {"DENIED", ErrorKind::store_auth, "is in protected mode: it takes no connections from other machines",
     "give the server a password or an ACL user, and PREWARM_STORE_PASSWORD"},
    {"READONLY", ErrorKind::not_primary, "is a replica", "name the primary, or the name that follows it",
     true},
    {"MASTERDOWN", ErrorKind::not_primary, "is a replica that has lost its primary", "name the primary",
     true},
    {"MOVED", ErrorKind::not_primary, "is a node of a cluster and has other keys",
     "redis:// and rediss:// are for a single server and its replicas"},
    {"ASK", ErrorKind::not_primary, "is a node of a cluster",
     "redis:// and rediss:// are for a single server and its replicas"},
    {"CLUSTERDOWN", ErrorKind::refused, "is a node of a cluster that is down", "", true},
    {"LOADING", ErrorKind::unreachable, "is still loading its data",
     "wait; if it takes long, look at the server's log", true},
    {"BUSY", ErrorKind::refused, "is busy with somebody's long script",
     "find it in the server's SLOWLOG; SCRIPT KILL ends one that has written nothing", true},
    {"TRYAGAIN", ErrorKind::refused, "asks to try again", "", true},
    {"OOM", ErrorKind::refused, "has no memory left (maxmemory)",
     "raise maxmemory or free some; what is stored stays until its TTL ends"},
    {"MISCONF", ErrorKind::refused, "takes no writes because it cannot save to disk",
     "look at the server's disk and log"},
    {"NOREPLICAS", ErrorKind::refused,
     "takes no writes because too few replicas are connected (min-replicas-to-write)",
     "look at the replicas"},
    {"ERR max number of clients", ErrorKind::unreachable, "has no connection left (maxclients)",
     "raise maxclients or find who holds them: CLIENT LIST", true},
    {"ERR DB index", ErrorKind::refused, "has no database of that number",
     "a number below the server's `databases`, e.g. /0"},
    {"ERR invalid DB index", ErrorKind::refused, "has no database of that number", "e.g. /0"},
    {"ERR SELECT is not allowed in cluster mode", ErrorKind::refused,
     "is a cluster, which has database 0 alone", "e.g. /0"},
});

// Redis 7 says inside a script neither NOPERM nor which command; later ones say "ACL failure in script".
bool lacks_right(std::string_view words) noexcept {
  return words.starts_with("NOPERM") ||
         words.find("user executing the script can't") != std::string_view::npos ||
         words.find("ACL failure in script") != std::string_view::npos;
}

bool is_unknown_command(std::string_view words) noexcept { return words.starts_with("ERR unknown command"); }

bool is_of_scripts(std::string_view command) noexcept {
  return command == "EVALSHA" || command == "EVAL" || command == "SCRIPT LOAD";
}

// Of all versions' words only those about keys have this one; a refused command is called command.
bool is_about_keys(std::string_view words) noexcept { return words.find(" key") != std::string_view::npos; }

// The ledger and the probe need all keys of their own part, a schedule its own.
std::string pattern_of(std::string_view key) {
  constexpr std::string_view kOurs = "prewarm:";
  if (!key.starts_with(kOurs)) return std::string(key);
  return std::string(key.substr(0, key.find(':', kOurs.size()))) + ":*";
}

Error refusal(std::string_view words, const Asked& asked, const Login& login) {
  const bool of_key = !asked.key.empty() && is_about_keys(words);
  std::string message = "the store refused " + std::string(asked.command) + " to user " + quoted_user(login);
  if (of_key) message += " for the key " + std::string(asked.key);
  message += " (" + shown(words, login) + ")";
  if (of_key)
    return {ErrorKind::store_auth, std::move(message),
            "add ~" + pattern_of(asked.key) + " to the keys of that user, on every node"};
  if (is_of_scripts(asked.command))
    message += ". prewarm orders every write with a script and has no mode without one";
  return {ErrorKind::store_auth, std::move(message), std::string(kRights)};
}

}  // namespace

Error server_error(std::string_view words, const Asked& asked, const Login& login) {
  if (lacks_right(words) || is_unknown_command(words)) return refusal(words, asked, login);
  for (const Rule& rule : kRules)
    if (words.starts_with(rule.sign))
      return {
          rule.kind, login.target + " " + std::string(rule.what) + " (" + shown(words, login) + ")",
          std::string(rule.remedy),
          rule.retryable || (planted(Plant::refused_password_retried) && rule.kind == ErrorKind::store_auth)};
  return {ErrorKind::refused,
          login.target + " refused " + std::string(asked.command) + " (" + shown(words, login) + ")"};
}

bool is_noscript(std::string_view words) noexcept { return words.starts_with("NOSCRIPT"); }
bool is_wrong_type(std::string_view words) noexcept { return words.starts_with("WRONGTYPE"); }
bool is_command_refused(std::string_view words) noexcept {
  return is_unknown_command(words) || (lacks_right(words) && !is_about_keys(words));
}

Error script_missing(std::string_view hash, std::string_view refusal, const Login& login) {
  return {
      ErrorKind::store_auth,
      "the script " + std::string(hash) + " is not loaded at " + login.target + ", and user " +
          quoted_user(login) + " may not load it (" + shown(refusal, login) + ")",
      "load it there after every start, on every node; or give the user the rights that the README lists"};
}

}  // namespace prewarm::store
