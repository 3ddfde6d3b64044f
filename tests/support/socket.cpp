// SPDX-License-Identifier: Apache-2.0
#include "support/socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace prewarm::testkit {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::generic_category().message(errno));
}

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
};

template <class Concrete>
Address address_of(const Concrete& concrete) {
  static_assert(sizeof concrete <= sizeof(sockaddr_storage));
  Address address;
  std::memcpy(&address.storage, &concrete, sizeof concrete);
  address.size = sizeof concrete;
  return address;
}

Address loopback(Family family, std::uint16_t port) {
  if (family == Family::v6) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    address.sin6_port = htons(port);
    return address_of(address);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address_of(address);
}

Descriptor open_socket(int family) {
  Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) fail("socket");
  return socket;
}

void connect_to(const Descriptor& socket, const Address& address, const std::string& name) {
  const timeval limit{kDeadline.count(), 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (connect(socket.get(), address.get(), address.size) != 0) fail("cannot connect to " + name);
}

}  // namespace

void Descriptor::reset() noexcept {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

Descriptor listen_on_loopback(Family family, std::uint16_t port) {
  Descriptor socket = open_socket(family == Family::v6 ? AF_INET6 : AF_INET);
  const int on = 1;
  setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const Address address = loopback(family, port);
  if (bind(socket.get(), address.get(), address.size) != 0) fail("cannot bind port " + std::to_string(port));
  if (listen(socket.get(), SOMAXCONN) != 0) fail("listen");
  return socket;
}

std::uint16_t local_port(const Descriptor& socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) fail("getsockname");
  sockaddr_in6 address{};  // the port lies at the same place in both families
  std::memcpy(&address, &storage, sizeof address);
  return ntohs(address.sin6_port);
}

std::uint16_t free_port() { return local_port(listen_on_loopback()); }

Descriptor connect_loopback(std::uint16_t port, Family family) {
  Descriptor socket = open_socket(family == Family::v6 ? AF_INET6 : AF_INET);
  connect_to(socket, loopback(family, port), "port " + std::to_string(port));
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

Descriptor connect_unix(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.size() >= sizeof address.sun_path) throw std::runtime_error("too long for a unix socket: " + text);
  std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
  Descriptor socket = open_socket(AF_UNIX);
  connect_to(socket, address_of(address), text);
  return socket;
}

void send_all(const Descriptor& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0)
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    else if (errno != EINTR)
      fail("send");
  }
}

Received receive_all(const Descriptor& socket, std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  Received received;
  std::array<char, 16384> chunk{};
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    pollfd watched{socket.get(), POLLIN, 0};
    const int ready = left > 0 ? poll(&watched, 1, static_cast<int>(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      received.end = EndOfBytes::deadline;
      return received;
    }
    const ssize_t got = recv(socket.get(), chunk.data(), chunk.size(), 0);
    if (got > 0) {
      received.bytes.append(chunk.data(), static_cast<std::size_t>(got));
    } else if (got == 0 || errno != EINTR) {
      received.end = got == 0 ? EndOfBytes::fin : EndOfBytes::reset;
      return received;
    }
  }
}

std::string receive_exactly(const Descriptor& socket, std::size_t bytes) {
  std::string received(bytes, '\0');
  for (std::size_t have = 0; have < bytes;) {
    const ssize_t got = recv(socket.get(), received.data() + have, bytes - have, 0);
    if (got > 0) {
      have += static_cast<std::size_t>(got);
    } else if (got == 0 || errno != EINTR) {
      if (got == 0) throw std::runtime_error("connection closed after " + std::to_string(have) + " bytes");
      fail("recv");
    }
  }
  return received;
}

void block_sigpipe_in_this_thread() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace prewarm::testkit
