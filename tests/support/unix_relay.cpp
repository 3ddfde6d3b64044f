// SPDX-License-Identifier: Apache-2.0
#include "support/unix_relay.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace prewarm::testkit {
namespace {

Descriptor listen_at(const std::filesystem::path& path) {
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(socket.get(), 8) != 0)
    throw std::runtime_error("cannot listen at " + path.string());
  return socket;
}

}  // namespace

UnixRelay::UnixRelay(Serve serve)
    : serve_(std::move(serve)),
      listener_(listen_at(directory_.path() / "s")),
      thread_([this] { accept_loop(); }) {}

UnixRelay::~UnixRelay() {
  stop_ = true;
  shutdown(listener_.get(), SHUT_RDWR);
  thread_.join();
}

void UnixRelay::accept_loop() {
  block_sigpipe_in_this_thread();
  while (!stop_) {
    const Descriptor client(accept(listener_.get(), nullptr, nullptr));
    if (!client) continue;
    try {
      serve_(client, stop_);
    } catch (const std::exception&) {  // the next one
    }
  }
}

}  // namespace prewarm::testkit
