// SPDX-License-Identifier: Apache-2.0
#include "support/redis_server.hpp"

#include <poll.h>

#include <catch2/catch_test_macros.hpp>

#include "support/kit_clients.hpp"

using namespace prewarm::testkit;
using namespace std::chrono_literals;

namespace {

bool readable(const Descriptor& socket, std::chrono::milliseconds limit) {
  pollfd watched{socket.get(), POLLIN, 0};
  return poll(&watched, 1, static_cast<int>(limit.count())) == 1;
}

/// Empty when not let in.
std::string ping_over_tls(std::uint16_t port, const std::filesystem::path& trusted,
                          const CertificateFiles* client) {
  TlsClient tls(port, trusted, client);
  std::string heard;
  if (tls.shake_hands() == SSL_ERROR_NONE && tls.send("PING\r\n") == SSL_ERROR_NONE) tls.receive(heard);
  return heard;
}

}  // namespace

TEST_CASE("a private redis-server starts, holds values and is gone with its object") {
  std::filesystem::path socket;
  {
    const RedisServer redis;
    socket = redis.socket_path();
    CHECK_FALSE(redis.value("k").has_value());
    CHECK(redis.ttl_ms("k") == -2);
    CHECK(redis.command({"SET", "k", std::string("a\r\n\0b", 5), "PX", "60000"}).text == "OK");
    CHECK(redis.value("k") == std::string("a\r\n\0b", 5));
    CHECK(redis.ttl_ms("k") > 50'000);
    CHECK_FALSE(redis.value("k", 1).has_value());
    CHECK(redis.command({"RPUSH", "list", "a", "b"}).number() == 2);
    CHECK(redis.command({"LRANGE", "list", "0", "-1"}).items.at(1).text == "b");
    CHECK(redis.command({"GET", "list"}).text.rfind("WRONGTYPE", 0) == 0);
  }
  CHECK_FALSE(std::filesystem::exists(socket));
  CHECK_THROWS_AS(connect_unix(socket), std::runtime_error);
}

TEST_CASE("a machine without the server is told so") {
  RedisSettings settings;
  settings.program = "redis-server-that-nobody-has";
  CHECK_THROWS_AS(RedisServer(settings), std::runtime_error);
}

TEST_CASE("a server that does not start shows its log") {
  RedisSettings settings;
  settings.config = {"no-such-directive yes"};
  try {
    const RedisServer redis(settings);
    FAIL("it started");
  } catch (const std::runtime_error& error) {
    CHECK(std::string(error.what()).find("no-such-directive") != std::string::npos);
  }
}

TEST_CASE("over TCP a password and users are asked for, which the kit's own look at the store is not") {
  RedisSettings settings;
  settings.tcp = true;
  settings.password = "hunter2";
  settings.users = {"reader on >r ~prewarm:* +get"};
  const RedisServer redis(settings);
  Resp client(connect_loopback(redis.port()));
  CHECK(client.command({"GET", "k"}).text.rfind("NOAUTH", 0) == 0);
  CHECK(client.command({"AUTH", "wrong"}).text.rfind("WRONGPASS", 0) == 0);
  CHECK(client.command({"AUTH", "hunter2"}).text == "OK");
  CHECK(client.command({"AUTH", "reader", "r"}).text == "OK");
  CHECK(client.command({"GET", "prewarm:k"}).is_nil());
  CHECK(client.command({"SET", "prewarm:k", "v"}).text.rfind("NOPERM", 0) == 0);
  CHECK(redis.command({"SET", "prewarm:k", "v"}).text == "OK");
}

TEST_CASE("over TLS the client's certificate is asked for") {
  CertificateAuthority authority, other("another authority");
  RedisSettings settings;
  settings.tls = RedisTls{authority.good(), authority.ca_file()};
  const RedisServer redis(settings);
  const CertificateFiles mine = authority.client();
  const CertificateFiles foreign = other.client();
  CHECK(ping_over_tls(redis.tls_port(), authority.ca_file(), &mine) == "+PONG\r\n");
  CHECK(ping_over_tls(redis.tls_port(), authority.ca_file(), nullptr).empty());
  CHECK(ping_over_tls(redis.tls_port(), authority.ca_file(), &foreign).empty());
  CHECK(ping_over_tls(redis.tls_port(), other.ca_file(), &mine).empty());
}

TEST_CASE("lines of configuration are in force") {
  RedisSettings settings;
  settings.config = {"maxmemory 1mb", "maxmemory-policy noeviction"};
  const RedisServer redis(settings);
  const Reply full = redis.command({"SET", "k", std::string(2U << 20, 'x')});
  const Reply more = redis.command({"SET", "k2", "v"});
  CHECK((full.text + more.text).find("OOM") != std::string::npos);
}

TEST_CASE("a paused server answers when it is resumed") {
  const RedisServer redis;
  const Descriptor socket = connect_unix(redis.socket_path());
  redis.pause();
  send_all(socket, "*1\r\n$4\r\nPING\r\n");
  CHECK_FALSE(readable(socket, 20ms));
  redis.resume();
  CHECK(receive_exactly(socket, 7) == "+PONG\r\n");
}

TEST_CASE("a killed server ends its connections, forgets, and starts again at the same place") {
  RedisSettings settings;
  settings.tcp = true;
  RedisServer redis(settings);
  const std::uint16_t port = redis.port();
  redis.command({"SET", "k", "v"});
  const Descriptor socket = connect_loopback(port);
  redis.kill();
  CHECK(receive_all(socket).end != EndOfBytes::deadline);
  CHECK_THROWS_AS(redis.connect(), std::runtime_error);
  redis.start();
  CHECK(redis.port() == port);
  CHECK_FALSE(redis.value("k").has_value());
  redis.restart();
  CHECK(Resp(connect_loopback(port)).command({"PING"}).text == "PONG");
}

TEST_CASE("what a server was told to keep is there after a restart") {
  RedisSettings settings;
  settings.config = {"appendonly yes", "appendfsync always"};
  RedisServer redis(settings);
  redis.command({"SET", "k", "v"});
  redis.kill();
  redis.start();
  CHECK(redis.value("k") == "v");
}
