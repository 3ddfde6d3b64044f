// SPDX-License-Identifier: Apache-2.0
#include "store/relay.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <utility>

namespace prewarm::store {
namespace {

// Nothing when the peer has gone.
std::string take(const testkit::Descriptor& socket) {
  std::array<char, 65536> bytes;
  const ssize_t count = recv(socket.get(), bytes.data(), bytes.size(), 0);
  return count > 0 ? std::string(bytes.data(), static_cast<std::size_t>(count)) : std::string();
}

}  // namespace

Relay::Relay(std::filesystem::path server, std::function<void()> before_exec)
    : server_(std::move(server)),
      before_exec_(std::move(before_exec)),
      listener_(testkit::listen_on_loopback()),
      thread_([this] { serve(); }) {}

Relay::~Relay() {
  stop_.open();
  thread_.join();
}

// One connection after the other.
void Relay::serve() {
  testkit::block_sigpipe_in_this_thread();
  for (;;) {
    std::array<pollfd, 2> watched{{{stop_.descriptor(), POLLIN, 0}, {listener_.get(), POLLIN, 0}}};
    poll(watched.data(), watched.size(), -1);
    if (watched[0].revents != 0) return;
    const testkit::Descriptor client(accept(listener_.get(), nullptr, nullptr));
    carry(client, testkit::connect_unix(server_));
  }
}

void Relay::carry(const testkit::Descriptor& client, const testkit::Descriptor& server) {
  for (;;) {
    std::array<pollfd, 3> watched{
        {{stop_.descriptor(), POLLIN, 0}, {client.get(), POLLIN, 0}, {server.get(), POLLIN, 0}}};
    poll(watched.data(), watched.size(), -1);
    if (watched[0].revents != 0) return;
    for (std::size_t i : {1U, 2U}) {
      if (watched[i].revents == 0) continue;
      const std::string bytes = take(i == 1 ? client : server);
      if (bytes.empty()) return;
      const bool exec = i == 1 && bytes.find("$4\r\nEXEC\r\n") != std::string::npos;
      if (exec && before_exec_) std::exchange(before_exec_, nullptr)();
      testkit::send_all(i == 1 ? server : client, bytes);
    }
  }
}

}  // namespace prewarm::store
