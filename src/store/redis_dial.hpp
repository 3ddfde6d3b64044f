// SPDX-License-Identifier: Apache-2.0
// A connected, non-blocking socket to a Redis server, over TCP or a unix socket, before a deadline. No TLS,
// no login. Owned by the store thread.
#pragma once

#include <utility>

#include "prewarm/base/clock.hpp"
#include "prewarm/base/result.hpp"
#include "store/resolver.hpp"
#include "store/store_url.hpp"

namespace prewarm::store {

class Socket {
 public:
  explicit Socket(int fd) noexcept : fd_(fd) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket();
  int get() const noexcept { return fd_; }
  /// Gives it away.
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// Waits until `fd` is ready for `events` (of poll) or broken; false when the deadline came first.
bool poll_until(int fd, short events, Clock& clock, BootTime deadline) noexcept;

/// Tries each address in turn. Errors: unreachable.
Result<Socket> dial(const StoreUrl& url, Resolver& resolver, Clock& clock, BootTime deadline);

}  // namespace prewarm::store
