// SPDX-License-Identifier: Apache-2.0
// A private, real redis-server in a temporary directory: always on a unix socket, on request on TCP and TLS
// ports. It keeps nothing on disk unless told to, is ready when the constructor returns and gone with the
// object. A machine without redis-server is an exception, hence a failed test, never a skipped one. Owned by
// one thread, which must outlive it: the server dies with the thread that started it. `command` may be called
// by others too.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/certificates.hpp"
#include "support/process.hpp"
#include "support/resp.hpp"
#include "support/temp_dir.hpp"

namespace prewarm::testkit {

struct RedisTls {
  CertificateFiles files;
  std::filesystem::path ca_file;
  bool require_client_certificate = true;
};

struct RedisSettings {
  bool tcp = false;
  std::optional<RedisTls> tls{};
  std::string password{};                // of the default user (requirepass); empty: none
  std::vector<std::string> users{};      // e.g. "worker on >secret ~* +@all"
  std::vector<std::string> config{};     // lines of redis.conf, e.g. "maxmemory 1mb"
  std::string program = "redis-server";  // or valkey-server
};

class RedisServer {
 public:
  explicit RedisServer(RedisSettings settings = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  std::filesystem::path socket_path() const { return directory_ / "s"; }
  std::uint16_t port() const noexcept { return port_; }          // 0: not on TCP
  std::uint16_t tls_port() const noexcept { return tls_port_; }  // 0: no TLS
  // As --store takes them, without credentials.
  std::string unix_url() const { return "redis+unix://" + socket_path().string(); }
  std::string tcp_url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
  std::string tls_url() const { return "rediss://localhost:" + std::to_string(tls_port_); }
  std::string log() const;

  /// On a connection and as a user of the kit's own, so that neither `password` nor `users` is in the way.
  Reply command(const std::vector<std::string>& words, int database = 0) const;
  /// GET; nothing when there is no such key.
  std::optional<std::string> value(const std::string& key, int database = 0) const;
  /// Milliseconds the key has to live, -1: for ever, -2: no such key.
  std::int64_t ttl_ms(const std::string& key, int database = 0) const;
  /// A connection to keep, already authenticated.
  Resp connect() const;

  void pause() const;   // SIGSTOP: connections stay open, nothing answers
  void resume() const;  // SIGCONT
  void kill();          // SIGKILL, as a crash
  void stop();          // SIGTERM, in order
  void start();         // again, on the same socket and ports; ready when it returns
  void restart() { stop(), start(); }

 private:
  void write_config() const;
  bool start_once();

  RedisSettings settings_;
  TempDir directory_;
  std::uint16_t port_ = 0, tls_port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace prewarm::testkit
