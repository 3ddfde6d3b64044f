// SPDX-License-Identifier: Apache-2.0
#include "store/redis_login.hpp"

#include <charconv>
#include <optional>

#include "prewarm/base/planted.hpp"

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

bool add_auth(const Login& login, Request& request) {
  request.holds_secret();
  if (!login.user.empty())
    request.add({"AUTH", login.user, login.password.reveal()});
  else if (!login.password.empty())
    request.add({"AUTH", login.password.reveal()});
  return !request.limits().empty();
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

void add_role(Request& request) { request.add({"ROLE"}, {kMaxRoleBytes}); }

Result<void> read_role(const Reply& reply, const Login& login) {
  if (reply.is_error()) return server_error(reply.text, "ROLE", login);
  if (reply.kind != Reply::Kind::array || reply.elements.empty() || !reply.elements[0].is_text())
    return wrong_shape("ROLE", login);
  const std::string& role = reply.elements[0].text;
  if (role == "master" || planted(Plant::role_not_asked)) return {};
  return Error{
      ErrorKind::not_primary,
      login.target + " is not a primary: its role is " + (role == "sentinel" ? "sentinel" : "replica"),
      "name the primary, or a name that follows it", true};
}

Result<void> log_in(Link& link, const Login& login, const Greeting& greeting, BootTime deadline) {
  Request request;
  std::vector<std::string_view> commands;
  if (add_auth(login, request)) commands.emplace_back("AUTH");
  if (greeting.db != 0) {
    request.add({"SELECT", std::to_string(greeting.db)});
    commands.emplace_back("SELECT");
  }
  request.add({"CLIENT", "SETNAME", greeting.client_name});
  commands.emplace_back("CLIENT");
  add_role(request);
  commands.emplace_back("ROLE");
  Exchange exchange = link.exchange(request, deadline);
  if (exchange.fault && exchange.fault->kind == ErrorKind::unreachable)
    if (auto words = link.last_words()) exchange.replies.push_back(*std::move(words));
  for (std::size_t i = 0; i < exchange.replies.size(); ++i) {
    const std::string_view command = commands[i];
    if (command == "ROLE") return read_role(exchange.replies[i], login);
    // The name is a courtesy that a user may lack the right to; what concerns the connection shows at ROLE
    // too.
    if (command != "CLIENT") TRY(check_status(exchange.replies[i], command, login));
    const Reply& reply = exchange.replies[i];
    if (exchange.fault && reply.is_error()) return server_error(reply.text, command, login);
  }
  return first_trouble(exchange);
}

Result<void> confirm_primary(Link& link, const Login& login, BootTime deadline) {
  Request request;
  add_role(request);
  const Exchange exchange = link.exchange(request, deadline);
  TRY(first_trouble(exchange));
  return read_role(exchange.replies[0], login);
}

Result<WallTime> read_time(const Reply& reply, const Login& login) {
  if (reply.is_error()) return server_error(reply.text, "TIME", login);
  if (reply.kind != Reply::Kind::array || reply.elements.size() != 2) return wrong_shape("TIME", login);
  const auto seconds = digits(reply.elements[0]), micros = digits(reply.elements[1]);
  // Beyond the year 9999 there is no text for it.
  if (!seconds || !micros || *seconds > 253'402'300'799 || *micros > 999'999)
    return wrong_shape("TIME", login);
  const auto at = std::chrono::seconds(*seconds) + std::chrono::microseconds(*micros);
  return WallTime(std::chrono::floor<Millis>(at));
}

Result<StoreTime> ask_time(Link& link, const Login& login, Clock& clock, BootTime deadline) {
  Request request;
  request.add({"TIME"});
  const BootTime before = clock.boot_now();
  const Exchange exchange = link.exchange(request, deadline);
  const BootTime after = clock.boot_now();
  TRY(first_trouble(exchange));
  TRY_ASSIGN(const WallTime at, read_time(exchange.replies[0], login));
  return StoreTime{at, before + (after - before) / 2};
}

}  // namespace prewarm::store
