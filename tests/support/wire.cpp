// SPDX-License-Identifier: Apache-2.0
#include "support/wire.hpp"

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <utility>

namespace prewarm::testkit {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;
constexpr milliseconds kForEver{-1};
constexpr milliseconds kLinger{1000};

}  // namespace

Gate::Gate() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw std::runtime_error("eventfd");
}

void Gate::open() const noexcept {
  const std::uint64_t one = 1;
  while (::write(event_.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}

Wire::Wire(Descriptor socket, const Gate& stop) : socket_(std::move(socket)), stop_(stop) {
  fcntl(socket_.get(), F_SETFL, fcntl(socket_.get(), F_GETFL) | O_NONBLOCK);
  // Without it a trickled byte would wait for the client's acknowledgement.
  const int on = 1;
  setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Wire::~Wire() = default;

/// False when the server is stopping. `other` (or -1) is watched for input besides; either ends the wait.
bool Wire::watch(short events, int other, milliseconds limit, bool& timed_out) {
  const auto until = Steady::now() + limit;
  for (;;) {
    std::array<pollfd, 3> watched{pollfd{stop_.descriptor(), POLLIN, 0}, pollfd{socket_.get(), events, 0},
                                  pollfd{other, POLLIN, 0}};
    const auto left =
        limit < milliseconds(0) ? kForEver : std::chrono::ceil<milliseconds>(until - Steady::now());
    const int count = limit >= milliseconds(0) && left <= milliseconds(0)
                          ? 0
                          : poll(watched.data(), watched.size(), static_cast<int>(left.count()));
    if (count < 0 && errno == EINTR) continue;
    timed_out = count == 0;
    return count >= 0 && watched[0].revents == 0;
  }
}

bool Wire::ready(short events) {
  bool timed_out = false;
  return watch(events, -1, kForEver, timed_out);
}

/// After a TLS call that did not succeed: waits for what it wants, or says that there is no more to come.
bool Wire::retry_tls(int result) {
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return ready(POLLIN);
    case SSL_ERROR_WANT_WRITE:
      return ready(POLLOUT);
    default:
      ERR_clear_error();
      return false;
  }
}

bool Wire::start_tls(SSL_CTX* context) {
  tls_.reset(SSL_new(context));
  if (tls_ == nullptr || SSL_set_fd(tls_.get(), socket_.get()) != 1) return false;
  for (;;) {
    const int result = SSL_accept(tls_.get());
    if (result == 1) return true;
    if (!retry_tls(result)) return false;
  }
}

bool Wire::is_http2() const noexcept {
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  if (tls_ != nullptr) SSL_get0_alpn_selected(tls_.get(), &chosen, &size);
  return size == 2;
}

bool Wire::read_some(std::string& into) {
  std::array<char, 16384> chunk{};
  for (;;) {
    if (tls_ != nullptr) {
      const int got = SSL_read(tls_.get(), chunk.data(), static_cast<int>(chunk.size()));
      if (got > 0) into.append(chunk.data(), static_cast<std::size_t>(got));
      if (got > 0 || !retry_tls(got)) return got > 0;
      continue;
    }
    if (!ready(POLLIN)) return false;
    const ssize_t got = recv(socket_.get(), chunk.data(), chunk.size(), 0);
    if (got > 0) into.append(chunk.data(), static_cast<std::size_t>(got));
    if (got >= 0 || (errno != EINTR && errno != EAGAIN)) return got > 0;
  }
}

bool Wire::write(std::string_view bytes) {
  while (!bytes.empty()) {
    if (tls_ != nullptr) {
      const auto part = std::min<std::size_t>(bytes.size(), 16384);
      const int sent = SSL_write(tls_.get(), bytes.data(), static_cast<int>(part));
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
      if (sent <= 0 && !retry_tls(sent)) return false;
      continue;
    }
    if (!ready(POLLOUT)) return false;
    const ssize_t sent = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    if (sent < 0 && errno != EINTR && errno != EAGAIN) return false;
  }
  return true;
}

bool Wire::pause(milliseconds duration) {
  bool timed_out = false;
  return watch(POLLRDHUP, -1, duration, timed_out) && timed_out;
}

bool Wire::wait_for(const Gate& gate) {
  bool timed_out = false;
  if (!watch(POLLRDHUP, gate.descriptor(), kForEver, timed_out)) return false;
  pollfd opened{gate.descriptor(), POLLIN, 0};
  return poll(&opened, 1, 0) == 1;
}

void Wire::wait_for_the_end() { ready(POLLRDHUP); }

void Wire::finish(Notify notify) {
  if (tls_ != nullptr && notify == Notify::yes) SSL_shutdown(tls_.get());
  ERR_clear_error();
  shutdown(socket_.get(), SHUT_WR);
  // Closing with unread input would send RST behind our FIN.
  const auto until = Steady::now() + kLinger;
  std::array<char, 16384> rest{};
  bool timed_out = false;
  while (watch(POLLIN, -1, std::chrono::ceil<milliseconds>(until - Steady::now()), timed_out) && !timed_out) {
    if (recv(socket_.get(), rest.data(), rest.size(), 0) <= 0) break;
    if (Steady::now() >= until) break;
  }
  socket_.reset();
}

void Wire::reset() {
  // RST throws away what the kernel has not delivered yet, and nothing but asking again says when it has. On
  // the loopback interface the first answer is 0 unless the client is not reading.
  int undelivered = 0;
  const auto until = Steady::now() + kLinger;
  while (ioctl(socket_.get(), SIOCOUTQ, &undelivered) == 0 && undelivered > 0 && Steady::now() < until)
    if (!pause(milliseconds(1))) break;
  const linger at_once{1, 0};
  setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  socket_.reset();
}

}  // namespace prewarm::testkit
