// SPDX-License-Identifier: Apache-2.0
#include "store/resolver.hpp"

#include <netdb.h>

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

namespace prewarm::store {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { freeaddrinfo(list); }
};

Error unresolved(const std::string& host, const std::string& why, bool retryable) {
  return {ErrorKind::unreachable, "could not resolve the store's host " + host + ": " + why,
          "look at the name and at the resolver of this machine", retryable};
}

// While a container is restarted, the name servers of Docker and Kubernetes say that there is no such name.
bool may_pass(int code) noexcept {
#ifdef EAI_NODATA
  if (code == EAI_NODATA) return true;
#endif
  return code == EAI_NONAME || code == EAI_AGAIN || code == EAI_SYSTEM;
}

Result<SocketAddresses> look_up(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (code != 0) return unresolved(host, gai_strerror(code), may_pass(code));
  const std::unique_ptr<addrinfo, FreeAddresses> owner(found);
  SocketAddresses addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
    address.length = one->ai_addrlen;
    addresses.push_back(address);
  }
  return addresses;
}

}  // namespace

// Shared with the helper thread, which may outlive the resolver.
struct Resolver::Pending {
  std::mutex mutex;
  std::condition_variable done;
  std::optional<Result<SocketAddresses>> answer;
};

Resolver::Resolver(Clock& clock)
    : Resolver(clock, [](const std::string& host, std::uint16_t port) { return look_up(host, port, 0); }) {}
Resolver::Resolver(Clock& clock, Lookup lookup) : clock_(clock), lookup_(std::move(lookup)) {}
Resolver::~Resolver() = default;

bool Resolver::start(const std::string& host, std::uint16_t port) {
  auto pending = std::make_shared<Pending>();
  try {
    std::thread([pending, lookup = lookup_, host, port] {
      auto answer = lookup(host, port);
      const std::lock_guard lock(pending->mutex);
      pending->answer = std::move(answer);
      pending->done.notify_all();
    }).detach();
  } catch (const std::system_error&) {
    return false;  // no thread to be had
  }
  pending_ = std::move(pending);
  return true;
}

Result<SocketAddresses> Resolver::resolve(const std::string& host, std::uint16_t port, BootTime deadline) {
  if (auto literal = look_up(host, port, AI_NUMERICHOST); literal.ok()) return literal;
  if (!pending_ && !start(host, port)) return unresolved(host, "no thread for it", true);
  const std::chrono::nanoseconds left = deadline - clock_.boot_now();
  std::unique_lock lock(pending_->mutex);
  if (!pending_->done.wait_for(lock, left, [&] { return pending_->answer.has_value(); }))
    return unresolved(host, "no answer in time", true);
  Result<SocketAddresses> answer = std::move(*pending_->answer);
  lock.unlock();
  pending_.reset();
  return answer;
}

}  // namespace prewarm::store
