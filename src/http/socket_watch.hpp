// SPDX-License-Identifier: Apache-2.0
// epoll for the sockets of the transfers. A socket of ours that nobody wants to read between two transfers
// stays registered until something happens on it: the next transfer on that connection needs no system call
// to be heard. Owned by the fetcher's thread; only `wake` may be called from others.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace prewarm::http {

class SocketWatch {
 public:
  SocketWatch();
  SocketWatch(const SocketWatch&) = delete;
  SocketWatch& operator=(const SocketWatch&) = delete;
  ~SocketWatch();

  /// We opened this socket and will tell when it is closed, unless it never got beyond connecting.
  void opened(int socket);
  void closing(int socket);
  /// EPOLLIN, EPOLLOUT, both or nothing. Any socket, told as opened or not.
  void want(int socket, std::uint32_t events);

  struct Ready {
    int socket;
    std::uint32_t events;  // of those wanted; an error or the end is all that was wanted
  };
  /// Waits at most so long, or until `wake`. Valid until the next wait. A socket may have been closed, and
  /// its number given to another, by what was done for one before it: the caller's reads do not block.
  std::span<const Ready> wait(int timeout_ms);
  /// Ends the wait under way, or the next one. Thread-safe.
  void wake() const noexcept;

 private:
  struct Entry {
    std::uint32_t wanted = 0, registered = 0;
    bool ours = false;
  };
  Entry& at(int socket);
  void register_for(int socket, Entry& entry, std::uint32_t events) const;
  void drop(int socket, Entry& entry) const;
  void take(const epoll_event& event);

  int epoll_, wake_;
  std::vector<Entry> entries_;  // by socket
  std::vector<Ready> ready_;
};

}  // namespace prewarm::http
