// SPDX-License-Identifier: Apache-2.0
#include "cli/intruder.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <optional>
#include <utility>

namespace prewarm::test {
namespace {

// What is there; empty at the end of the stream.
std::string read_some(int fd) {
  std::array<char, 65536> buffer{};
  const ssize_t count = recv(fd, buffer.data(), buffer.size(), 0);
  return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : std::string();
}

}  // namespace

Intruder::Intruder(std::filesystem::path redis_socket, const std::string& key, std::function<void()> strike)
    : redis_socket_(std::move(redis_socket)),
      marker_("*2\r\n$3\r\nGET\r\n$" + std::to_string(key.size()) + "\r\n" + key + "\r\n"),
      strike_(std::move(strike)),
      relay_([this](const testkit::Descriptor& client, const std::atomic<bool>& stop) {
        serve(client, stop);
      }) {}

void Intruder::serve(const testkit::Descriptor& client, const std::atomic<bool>& stop) {
  const testkit::Descriptor server = testkit::connect_unix(redis_socket_);
  std::optional<std::string> held;
  while (!stop) {
    std::array<pollfd, 2> ends{pollfd{client.get(), POLLIN, 0}, pollfd{server.get(), POLLIN, 0}};
    if (poll(ends.data(), ends.size(), 50) <= 0) continue;
    if (ends[0].revents != 0) {
      std::string bytes = read_some(client.get());
      if (bytes.empty()) return;
      const auto at = strikes_ == 0 && !held ? bytes.find(marker_) : std::string::npos;
      if (at != std::string::npos) {
        held = bytes.substr(at);
        bytes.resize(at);
      }
      testkit::send_all(server, bytes);
    }
    if (ends[1].revents != 0) {
      const std::string bytes = read_some(server.get());
      if (bytes.empty()) return;
      testkit::send_all(client, bytes);
      if (held) {
        strike_();
        ++strikes_;
        testkit::send_all(server, *held);
        held.reset();
      }
    }
  }
}

}  // namespace prewarm::test
