// SPDX-License-Identifier: Apache-2.0
#include "support/redis_server.hpp"

#include <csignal>
#include <stdexcept>

namespace prewarm::testkit {
namespace {

constexpr const char* kUser = "testkit";
constexpr const char* kPassword = "testkit-looks-at-the-store";

std::string tls_lines(const RedisTls& tls, std::uint16_t port) {
  return "tls-port " + std::to_string(port) + "\ntls-cert-file " + tls.files.certificate.string() +
         "\ntls-key-file " + tls.files.key.string() + "\ntls-ca-cert-file " + tls.ca_file.string() +
         "\ntls-auth-clients " + (tls.require_client_certificate ? "yes" : "no") + "\n";
}

}  // namespace

RedisServer::RedisServer(RedisSettings settings) : settings_(std::move(settings)) {
  if (find_program(settings_.program).empty())
    throw std::runtime_error(settings_.program + " is not on PATH: these tests need it, see deploy/setup");
  constexpr int kAttempts = 5;  // somebody may take a port between choosing and binding it
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    if (settings_.tcp) port_ = free_port();
    if (settings_.tls) tls_port_ = free_port();
    write_config();
    if (start_once()) return;
  }
  throw std::runtime_error(settings_.program + " does not start:\n" + log());
}

RedisServer::~RedisServer() = default;  // Process kills; there is nothing to save

void RedisServer::write_config() const {
  std::string text = "port " + std::to_string(port_) + "\nbind 127.0.0.1\ndir " + directory_.path().string() +
                     "\nunixsocket " + socket_path().string() +
                     "\nunixsocketperm 700\nsave \"\"\nappendonly no\ndaemonize no\nuser " + kUser + " on >" +
                     kPassword + " ~* &* +@all\n";
  if (settings_.tls) text += tls_lines(*settings_.tls, tls_port_);
  if (!settings_.password.empty()) text += "requirepass " + settings_.password + "\n";
  for (const std::string& user : settings_.users) text += "user " + user + "\n";
  for (const std::string& line : settings_.config) text += line + "\n";
  text += "loglevel notice\n";  // for the line that start_once waits for
  directory_.write("redis.conf", text);
}

bool RedisServer::start_once() {
  ChildCommand command;
  command.program = settings_.program;
  command.arguments = {(directory_ / "redis.conf").string()};
  process_ = std::make_unique<Process>(command);
  // It listens before it says this, and says it after it has loaded what it kept.
  if (!process_->wait_for_line("eady to accept connections", Process::Stream::out)) return false;
  return connect().command({"PING"}).text == "PONG";
}

std::string RedisServer::log() const {
  return process_ == nullptr ? ""
                             : process_->text(Process::Stream::out) + process_->text(Process::Stream::err);
}

Resp RedisServer::connect() const {
  Resp resp(connect_unix(socket_path()));
  const Reply reply = resp.command({"AUTH", kUser, kPassword});
  if (reply.is_error()) throw std::runtime_error("the private redis-server refuses the kit: " + reply.text);
  return resp;
}

Reply RedisServer::command(const std::vector<std::string>& words, int database) const {
  Resp resp = connect();
  if (database != 0) resp.command({"SELECT", std::to_string(database)});
  return resp.command(words);
}

std::optional<std::string> RedisServer::value(const std::string& key, int database) const {
  const Reply reply = command({"GET", key}, database);
  if (reply.is_error()) throw std::runtime_error("GET " + key + ": " + reply.text);
  if (reply.is_nil()) return std::nullopt;
  return reply.text;
}

std::int64_t RedisServer::ttl_ms(const std::string& key, int database) const {
  return command({"PTTL", key}, database).number();
}

void RedisServer::pause() const { process_->signal(SIGSTOP); }

void RedisServer::resume() const { process_->signal(SIGCONT); }

void RedisServer::kill() {
  process_->signal(SIGKILL);
  process_->wait();
}

void RedisServer::stop() {
  process_->signal(SIGTERM);
  process_->signal(SIGCONT);  // it may be paused
  process_->wait();
}

void RedisServer::start() {
  if (!start_once()) throw std::runtime_error(settings_.program + " does not start again:\n" + log());
}

}  // namespace prewarm::testkit
