// SPDX-License-Identifier: Apache-2.0
// Host names to addresses, never past a deadline (I15): getaddrinfo cannot be interrupted, so it runs on a
// helper thread that is left behind when the deadline comes; its answer is taken by a later call. At most one
// such thread at a time. Owned by the store thread.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "prewarm/base/clock.hpp"
#include "prewarm/base/result.hpp"

namespace prewarm::store {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};
using SocketAddresses = std::vector<SocketAddress>;

class Resolver {
 public:
  /// Blocks as long as it likes; called on the helper thread. Errors: unreachable.
  using Lookup = std::function<Result<SocketAddresses>(const std::string& host, std::uint16_t port)>;

  explicit Resolver(Clock& clock);
  Resolver(Clock& clock, Lookup lookup);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Literal addresses are answered at once. Errors: unreachable.
  Result<SocketAddresses> resolve(const std::string& host, std::uint16_t port, BootTime deadline);

 private:
  struct Pending;
  bool start(const std::string& host, std::uint16_t port);
  Clock& clock_;
  Lookup lookup_;
  std::shared_ptr<Pending> pending_;
};

}  // namespace prewarm::store
