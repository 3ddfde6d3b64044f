// SPDX-License-Identifier: Apache-2.0
// Plain sockets on the loopback interface, for the servers of the kit and for tests that speak bytes
// themselves. Every call has a deadline or belongs to somebody who can be stopped; failures throw
// std::runtime_error. Sends never raise SIGPIPE. A Descriptor has one owner; the functions are thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace prewarm::testkit {

/// How long the kit waits for what must happen. Generous: it is only ever used up by a failing test.
constexpr std::chrono::seconds kDeadline{10};

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { reset(); }
  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  void reset() noexcept;

 private:
  int fd_ = -1;
};

enum class Family : std::uint8_t { v4, v6 };

/// A listening socket on 127.0.0.1 or ::1; port 0: any free one.
Descriptor listen_on_loopback(Family family = Family::v4, std::uint16_t port = 0);
std::uint16_t local_port(const Descriptor& socket);
/// A port that was free a moment ago; another process may take it first, so the caller tries again if it is
/// in use.
std::uint16_t free_port();

/// Blocking sockets whose reads and writes give up at kDeadline.
Descriptor connect_loopback(std::uint16_t port, Family family = Family::v4);
Descriptor connect_unix(const std::filesystem::path& path);

void send_all(const Descriptor& socket, std::string_view bytes);

enum class EndOfBytes : std::uint8_t { fin, reset, deadline };
struct Received {
  std::string bytes;
  EndOfBytes end = EndOfBytes::fin;
};
/// All bytes until the peer ends the connection or `limit` passes.
Received receive_all(const Descriptor& socket, std::chrono::milliseconds limit = kDeadline);
/// Until `bytes` bytes are there; throws when they do not come. More than asked for is never taken from the
/// socket.
std::string receive_exactly(const Descriptor& socket, std::size_t bytes);

/// For write(2) to what may be closed at the other end. Only in threads of the kit, never for the whole
/// program, whose own care about SIGPIPE is for tests to find out.
void block_sigpipe_in_this_thread();

}  // namespace prewarm::testkit
