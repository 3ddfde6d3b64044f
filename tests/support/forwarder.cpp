// SPDX-License-Identifier: Apache-2.0
#include "support/forwarder.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/wire.hpp"

namespace prewarm::testkit {
namespace {

constexpr int kTickMs = 5;  // how soon a connection notices hold, release and drop

/// Appends what is there; false at the end of the stream.
bool take(const Descriptor& from, std::string& into) {
  std::array<char, 65536> buffer{};
  const ssize_t got = recv(from.get(), buffer.data(), buffer.size(), 0);
  if (got > 0) into.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0;
}

bool give(const Descriptor& to, std::string& bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(to.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.erase(0, static_cast<std::size_t>(sent));
  }
  return true;
}

void end(Descriptor& socket, Ending how) {
  const linger at_once{1, 0};
  if (how == Ending::reset) setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  socket.reset();
}

/// One of a connection's two.
struct Direction {
  const Descriptor* from = nullptr;
  const Descriptor* to = nullptr;
  std::atomic<std::size_t>* passed = nullptr;
  std::string waiting{};
  std::optional<std::size_t> left{};  // before the cut
  bool open = true;

  bool over() const { return !open && waiting.empty(); }
  bool at_cut() const { return left == std::size_t{0}; }
  void receive() { open = take(*from, waiting); }
  bool forward() {
    std::string now = waiting.substr(0, left.value_or(waiting.size()));
    waiting.erase(0, now.size());
    *passed += now.size();
    if (left) *left -= now.size();
    return give(*to, now);
  }
};

}  // namespace

struct Forwarder::State {
  Descriptor listener = listen_on_loopback();
  Gate stop;
  std::atomic<std::uint16_t> target{0};
  std::atomic<bool> held{false};
  std::atomic<std::uint64_t> drops{0};
  std::atomic<std::size_t> accepted{0}, to_server{0}, to_client{0};
  std::mutex mutex;
  std::optional<LinkCut> cut;            // guarded
  std::vector<std::thread> connections;  // guarded
  std::thread acceptor;

  void accept_all();
  void carry(Descriptor client);
  void relay(Descriptor& client, Descriptor& server);
  /// Waits for the next event of the two, a tick at most; false when the forwarder stops.
  bool wait(std::array<pollfd, 3>& watched) const;
};

void Forwarder::State::accept_all() {
  std::array<pollfd, 2> watched{pollfd{stop.descriptor(), POLLIN, 0}, pollfd{listener.get(), POLLIN, 0}};
  while (poll(watched.data(), watched.size(), -1) < 0 || watched[0].revents == 0) {
    Descriptor client(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client) continue;
    ++accepted;
    const std::lock_guard lock(mutex);
    connections.emplace_back([this, fd = std::move(client)]() mutable { carry(std::move(fd)); });
  }
}

void Forwarder::State::carry(Descriptor client) {
  Descriptor server;
  try {
    server = connect_loopback(target);
    relay(client, server);
  } catch (const std::runtime_error&) {
    end(client, Ending::reset);  // nobody there
  }
}

bool Forwarder::State::wait(std::array<pollfd, 3>& watched) const {
  watched[0] = {stop.descriptor(), POLLIN, 0};
  poll(watched.data(), watched.size(), kTickMs);
  return watched[0].revents == 0;
}

void Forwarder::State::relay(Descriptor& client, Descriptor& server) {
  const std::uint64_t drops_before = drops;
  Direction up{&client, &server, &to_server}, down{&server, &client, &to_client};
  Ending how = Ending::fin;
  {
    const std::lock_guard lock(mutex);
    if (cut) (cut->toward == Toward::server ? up : down).left = cut->after, how = cut->how;
  }
  bool stalled = false;
  for (std::array<pollfd, 3> watched{}; wait(watched);) {
    if (drops != drops_before) return end(client, Ending::reset), end(server, Ending::reset);
    if (up.open && (watched[1].revents != 0)) up.receive();
    if (down.open && (watched[2].revents != 0)) down.receive();
    if (!held && !stalled && (!up.forward() || !down.forward())) break;
    if (up.at_cut() || down.at_cut()) {
      if (how != Ending::stall) return end(client, how), end(server, how);
      stalled = true;
    }
    if (!held && !stalled && (up.over() || down.over())) break;
    watched[1] = {up.open ? client.get() : -1, POLLIN, 0};
    watched[2] = {down.open ? server.get() : -1, POLLIN, 0};
  }
}

Forwarder::Forwarder(std::uint16_t target_port) : state_(std::make_unique<State>()) {
  state_->target = target_port;
  state_->acceptor = std::thread([s = state_.get()] { s->accept_all(); });
}

Forwarder::~Forwarder() {
  state_->stop.open();
  state_->acceptor.join();
  for (std::thread& connection : state_->connections) connection.join();
}

std::uint16_t Forwarder::port() const noexcept { return local_port(state_->listener); }
void Forwarder::point_to(std::uint16_t target_port) { state_->target = target_port; }
void Forwarder::cut(std::optional<LinkCut> how) {
  const std::lock_guard lock(state_->mutex);
  state_->cut = how;
}
void Forwarder::hold() { state_->held = true; }
void Forwarder::release() { state_->held = false; }
void Forwarder::drop() { ++state_->drops; }
std::size_t Forwarder::accepted() const { return state_->accepted; }
std::size_t Forwarder::bytes(Toward toward) const {
  return toward == Toward::server ? state_->to_server : state_->to_client;
}

}  // namespace prewarm::testkit
