// SPDX-License-Identifier: Apache-2.0
// libcurl's multi handle and what it waits for. Only handles on which something happened are worked on: with
// curl_multi_perform and curl_multi_poll each turn costs a system call for every transfer under way. Owned by
// the fetcher's thread; only `wake` may be called from others.
#pragma once

#include <cstddef>
#include <optional>

#include "http/curl_handles.hpp"
#include "http/socket_watch.hpp"
#include "prewarm/base/clock.hpp"

namespace prewarm::http {

class CurlLoop {
 public:
  /// For so many transfers at once.
  explicit CurlLoop(std::size_t transfers);
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;
  ~CurlLoop() = default;

  /// Begins to move with the next `act`. The handle opens and closes its sockets through `sockets`.
  void add(CURL* handle);
  void remove(CURL* handle);
  SocketWatch& sockets() noexcept { return sockets_; }

  /// Lets libcurl do what is due without waiting.
  void act(BootTime now);
  /// Sleeps until a socket is ready, libcurl has something due, `until` or `wake`; lets it work on those
  /// sockets.
  void wait(BootTime now, BootTime until);
  /// The next transfer that ended; null: no more. Valid until the handle is removed.
  const CURLMsg* next_ended();
  void wake() noexcept { sockets_.wake(); }

 private:
  void begin();
  static int on_want(CURL* handle, curl_socket_t socket, int what, void* self, void* none) noexcept;
  static int on_timer(CURLM* multi, long ms, void* self) noexcept;
  void act_on(curl_socket_t socket, int events);

  SocketWatch sockets_;  // outlives the connections
  std::size_t transfers_;
  Multi multi_;                    // made for the first transfer: of two loops, that for pings often has none
  BootTime now_{};                 // as told last; a timer counts from here
  std::optional<BootTime> timer_;  // when libcurl wants to be called though no socket is ready
};

}  // namespace prewarm::http
