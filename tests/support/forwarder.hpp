// SPDX-License-Identifier: Apache-2.0
// A TCP link that a test can break: listens on a loopback port of its own and carries bytes to another. It
// can hold them back (a black hole; what was sent meanwhile arrives when it is released, also of clients that
// have left), cut each connection after so many bytes of one direction, end all that are open, or lead
// elsewhere. One thread accepts, each connection has one. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "support/answer.hpp"
#include "support/socket.hpp"

namespace prewarm::testkit {

enum class Toward : std::uint8_t { server, client };

/// fin and reset: to both ends. stall: nothing more passes either way, and both stay open.
struct LinkCut {
  Toward toward = Toward::server;
  std::size_t after = 0;  // bytes of that direction that still pass
  Ending how = Ending::reset;
};

class Forwarder {
 public:
  explicit Forwarder(std::uint16_t target_port);
  ~Forwarder();
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  std::uint16_t port() const noexcept;
  /// For connections to come.
  void point_to(std::uint16_t target_port);
  void cut(std::optional<LinkCut> how);
  /// Present ones and those to come.
  void hold();
  void release();
  /// RST to both ends of all present ones.
  void drop();

  std::size_t accepted() const;
  /// Of all connections so far.
  std::size_t bytes(Toward toward) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace prewarm::testkit
