// SPDX-License-Identifier: Apache-2.0
#include "campaign/store_relay.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace prewarm::campaign {
namespace {

using testkit::Descriptor;
using testkit::Ending;

/// The peer has gone, or we are to stop.
struct Gone : std::runtime_error {
  Gone() : std::runtime_error("gone") {}
};

/// Reads RESP from a socket and keeps the bytes as they came.
class Reader {
 public:
  Reader(const Descriptor& socket, const std::atomic<bool>& stop) : socket_(socket), stop_(stop) {}

  /// A line without its end.
  std::string line() {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n")) == std::string::npos) fill();
    return taken(end + 2).substr(0, end);
  }
  std::string block(std::size_t bytes) {
    while (buffer_.size() < bytes + 2) fill();
    return taken(bytes + 2).substr(0, bytes);
  }
  /// All of a reply, whatever its kind.
  void reply() {
    const std::string first = line();
    const long count = first[0] == '$' || first[0] == '*' ? std::stol(first.substr(1)) : -1;
    if (first[0] == '$' && count >= 0) block(static_cast<std::size_t>(count));
    if (first[0] == '*')
      for (long i = 0; i < count; ++i) reply();
  }
  std::string raw() { return std::exchange(raw_, {}); }

 private:
  std::string taken(std::size_t bytes) {
    std::string front = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    raw_ += front;
    return front;
  }
  void fill() {
    pollfd watched{socket_.get(), POLLIN, 0};
    while (poll(&watched, 1, 50) == 0)
      if (stop_) throw Gone();
    std::array<char, 65536> some{};
    const ssize_t count = recv(socket_.get(), some.data(), some.size(), 0);
    if (count <= 0 || stop_) throw Gone();
    buffer_.append(some.data(), static_cast<std::size_t>(count));
  }

  const Descriptor& socket_;
  const std::atomic<bool>& stop_;
  std::string buffer_, raw_;
};

}  // namespace

StoreRelay::StoreRelay(std::filesystem::path redis_socket, Twist twist)
    : redis_socket_(std::move(redis_socket)),
      twist_(std::move(twist)),
      relay_([this](const Descriptor& client, const std::atomic<bool>& stop) { serve(client, stop); }) {}

void StoreRelay::serve(const Descriptor& client, const std::atomic<bool>& stop) {
  const Descriptor server = testkit::connect_unix(redis_socket_);
  Reader commands(client, stop);
  for (;;) {
    const long count = std::stol(commands.line().substr(1));
    Words words;
    for (long i = 0; i < count; ++i) words.push_back(commands.block(std::stoul(commands.line().substr(1))));
    if (!answer({client, server, stop}, words, commands.raw())) return;
  }
}

bool StoreRelay::is_the_one(const Words& words) {
  if (twist_.command != words.front()) return false;
  if (!twist_.word.empty() && std::find(words.begin(), words.end(), twist_.word) == words.end()) return false;
  ++matched_;
  return matched_ >= twist_.first && matched_ <= twist_.last;
}

/// False when the connection is over.
bool StoreRelay::answer(const Ends& ends, const Words& words, const std::string& raw) {
  const bool here = is_the_one(words);
  if (here && twist_.before) twist_.before();
  std::string reply;
  if (!here || twist_.pass || !twist_.replaces) {
    testkit::send_all(ends.server, raw);
    Reader replies(ends.server, ends.stop);
    replies.reply();
    reply = replies.raw();
  }
  if (!here) return say(ends.client, reply), true;
  ++twisted_;
  std::this_thread::sleep_for(twist_.delay);
  say(ends.client, (twist_.replaces ? twist_.reply : reply) + twist_.more);
  if (twist_.ending == Ending::stall)
    while (!ends.stop) {
      std::array<char, 1> byte{};
      if (recv(ends.client.get(), byte.data(), 1, MSG_DONTWAIT) == 0) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  return twist_.ending == Ending::keep;
}

void StoreRelay::say(const Descriptor& client, const std::string& bytes) const {
  if (!twist_.byte_by_byte) return testkit::send_all(client, bytes);
  for (const char byte : bytes) testkit::send_all(client, {&byte, 1});
}

}  // namespace prewarm::campaign
