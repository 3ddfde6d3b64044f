// SPDX-License-Identifier: Apache-2.0
#include "store/redis_login.hpp"

#include <charconv>
#include <optional>

namespace prewarm::store {
namespace {

constexpr std::size_t kMaxRoleBytes = 64 << 10;  // a line for each replica

std::optional<std::int64_t> digits(const Reply& reply) {
  std::int64_t value = 0;
  const char* end = reply.text.data() + reply.text.size();
  const auto [stop, failed] = std::from_chars(reply.text.data(), end, value);
  if (!reply.is_text() || failed != std::errc() || stop != end || value < 0) return std::nullopt;
  return value;
}

Result<void> check_role(const Reply& reply, const Login& login) {
  if (reply.is_error()) return server_error(reply.text, "ROLE", login);
  if (reply.kind != Reply::Kind::array || reply.elements.empty() || !reply.elements[0].is_text())
    return wrong_shape("ROLE", login);
  const std::string& role = reply.elements[0].text;
  if (role == "master") return {};
  return Error{
      ErrorKind::not_primary,
      login.target + " is not a primary: its role is " + (role == "sentinel" ? "sentinel" : "replica"),
      "name the primary, or a name that follows it", true};
}

Result<void> check_status(const Reply& reply, std::string_view command, const Login& login) {
  if (reply.is_error()) return server_error(reply.text, command, login);
  if (reply.kind != Reply::Kind::status) return wrong_shape(command, login);
  return {};
}

// A server that takes no more clients says so to the first command and closes: its words come before the
// fault.
Result<void> first_trouble(const Exchange& exchange) {
  if (exchange.fault) return *exchange.fault;
  return {};
}

std::vector<std::string_view> auth_words(const Login& login) {
  if (!login.user.empty()) return {"AUTH", login.user, login.password.reveal()};
  if (!login.password.empty()) return {"AUTH", login.password.reveal()};
  return {};
}

}  // namespace

Error wrong_shape(std::string_view command, const Login& login) {
  return {ErrorKind::protocol,
          login.target + " answered " + std::string(command) + " with something of another shape",
          "look whether a Redis or Valkey server is there, and nothing in between that alters its answers"};
}

std::string client_name(const std::string& env, const std::string& worker) {
  std::string name = "prewarm:" + env + ":" + worker;
  for (char& c : name)
    if (c <= ' ' || c > '~') c = '-';
  return name;
}

Result<void> log_in(Link& link, const Login& login, const Greeting& greeting, BootTime deadline) {
  const std::string db = std::to_string(greeting.db);
  std::vector<Command> window;
  if (auto words = auth_words(login); !words.empty()) window.push_back({std::move(words)});
  if (greeting.db != 0) window.push_back({{"SELECT", db}});
  window.push_back({{"CLIENT", "SETNAME", greeting.client_name}});
  window.push_back({{"ROLE"}, {kMaxRoleBytes}});
  Exchange exchange = link.exchange(window, deadline);
  if (exchange.fault && exchange.fault->kind == ErrorKind::unreachable)
    if (auto words = link.last_words()) exchange.replies.push_back(*std::move(words));
  for (std::size_t i = 0; i < exchange.replies.size(); ++i) {
    const std::string_view command = window[i].words[0];
    if (command == "ROLE") return check_role(exchange.replies[i], login);
    // The name is a courtesy that a user may lack the right to; what concerns the connection shows at ROLE
    // too.
    if (command != "CLIENT") TRY(check_status(exchange.replies[i], command, login));
    const Reply& reply = exchange.replies[i];
    if (exchange.fault && reply.is_error()) return server_error(reply.text, command, login);
  }
  return first_trouble(exchange);
}

Result<void> confirm_primary(Link& link, const Login& login, BootTime deadline) {
  const Command role{{"ROLE"}, {kMaxRoleBytes}};
  const Exchange exchange = link.exchange({&role, 1}, deadline);
  TRY(first_trouble(exchange));
  return check_role(exchange.replies[0], login);
}

Result<StoreTime> ask_time(Link& link, const Login& login, Clock& clock, BootTime deadline) {
  const Command time{{"TIME"}};
  const BootTime before = clock.boot_now();
  const Exchange exchange = link.exchange({&time, 1}, deadline);
  const BootTime after = clock.boot_now();
  TRY(first_trouble(exchange));
  const Reply& reply = exchange.replies[0];
  if (reply.is_error()) return server_error(reply.text, "TIME", login);
  if (reply.kind != Reply::Kind::array || reply.elements.size() != 2) return wrong_shape("TIME", login);
  const auto seconds = digits(reply.elements[0]), micros = digits(reply.elements[1]);
  // Beyond the year 9999 there is no text for it.
  if (!seconds || !micros || *seconds > 253'402'300'799 || *micros > 999'999)
    return wrong_shape("TIME", login);
  const auto at = std::chrono::seconds(*seconds) + std::chrono::microseconds(*micros);
  return StoreTime{WallTime(std::chrono::floor<Millis>(at)), before + (after - before) / 2};
}

}  // namespace prewarm::store
