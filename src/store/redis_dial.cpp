// SPDX-License-Identifier: Apache-2.0
#include "store/redis_dial.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <system_error>

#include "prewarm/store/store.hpp"

namespace prewarm::store {
namespace {

Error unreachable(const StoreUrl& url, const std::string& why) {
  return {ErrorKind::unreachable, "could not reach " + url.target + ": " + why,
          "look whether the server runs there and this machine may connect to it", true};
}

std::string words_of(int error) { return std::generic_category().message(error); }

void set(int fd, int level, int option, int value) noexcept {
  setsockopt(fd, level, option, &value, sizeof value);
}

void tune_tcp(int fd) noexcept {
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  // The kernel sends what it has taken for no longer than U, and notices a peer that vanished.
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(kSendTimeout.count()));
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

struct Attempt {
  const StoreUrl& url;
  Clock& clock;
  BootTime deadline;
};

Result<Socket> connect_to(const SocketAddress& address, const Attempt& attempt) {
  const int family = address.storage.ss_family;
  Socket socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return unreachable(attempt.url, words_of(errno));
  if (family != AF_UNIX) tune_tcp(socket.get());
  const auto* where = reinterpret_cast<const sockaddr*>(&address.storage);
  if (connect(socket.get(), where, address.length) == 0) return socket;
  // A unix socket whose queue is full says EAGAIN at once; there is nothing to wait on.
  if (errno != EINPROGRESS) return unreachable(attempt.url, words_of(errno));
  if (!poll_until(socket.get(), POLLOUT, attempt.clock, attempt.deadline))
    return unreachable(attempt.url, "no answer in time");
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return unreachable(attempt.url, words_of(error));
  return socket;
}

SocketAddress unix_address(const std::string& path) {
  SocketAddress address;
  sockaddr_un unix_form{};
  unix_form.sun_family = AF_UNIX;
  ENSURE(path.size() < sizeof unix_form.sun_path);
  std::memcpy(&unix_form.sun_path, path.c_str(), path.size() + 1);
  std::memcpy(&address.storage, &unix_form, sizeof unix_form);
  address.length = sizeof unix_form;
  return address;
}

}  // namespace

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

bool poll_until(int fd, short events, Clock& clock, BootTime deadline) noexcept {
  for (;;) {
    const auto left = std::chrono::ceil<Millis>(deadline - clock.boot_now()).count();
    pollfd watched{fd, events, 0};
    const auto timeout_ms = std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max());
    const int ready = poll(&watched, 1, static_cast<int>(timeout_ms));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

Result<Socket> dial(const StoreUrl& url, Resolver& resolver, Clock& clock, BootTime deadline) {
  if (url.kind == StoreKind::redis_unix) return connect_to(unix_address(url.path), {url, clock, deadline});
  TRY_ASSIGN(const SocketAddresses addresses, resolver.resolve(url.host, url.port, deadline));
  Result<Socket> last = unreachable(url, "the name has no address");
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    // A black hole among the addresses must leave time for those behind it.
    const BootTime now = clock.boot_now();
    const auto share = (deadline - now) / static_cast<std::int64_t>(addresses.size() - i);
    last = connect_to(addresses[i], {url, clock, now + share});
    if (last.ok()) break;
  }
  return last;
}

}  // namespace prewarm::store
