// SPDX-License-Identifier: Apache-2.0
#include "support/name_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>

#include "support/socket.hpp"
#include "support/wire.hpp"

namespace prewarm::testkit {
namespace {

// RFC 1035, 3.2 and 4.1; AAAA: RFC 3596.
constexpr std::size_t kHead = 12, kBehindName = 4;
constexpr std::uint16_t kA = 1, kAaaa = 28, kInternet = 1;
constexpr std::uint16_t kAnswer = 0x8580;  // authoritative; recursion wanted and to be had
constexpr std::uint16_t kNoSuchName = 3;
constexpr std::uint16_t kNameOfQuestion = 0xc00c;  // a pointer to it

std::string two_bytes(std::uint16_t number) {
  return {static_cast<char>(number >> 8U), static_cast<char>(number & 0xffU)};
}

struct Question {
  std::string name;
  std::uint16_t type = 0;
  std::string_view bytes;
};

/// Nothing of what is no query.
std::optional<Question> question_of(std::string_view query) {
  Question asked;
  std::size_t at = kHead;
  while (at < query.size() && query[at] != 0) {
    const auto length = static_cast<unsigned char>(query[at]);
    if (!asked.name.empty()) asked.name += '.';
    asked.name += query.substr(at + 1, length);
    at += 1U + length;
  }
  const std::size_t end = at + 1 + kBehindName;
  if (end > query.size()) return std::nullopt;
  asked.type = static_cast<std::uint16_t>(static_cast<unsigned char>(query[at + 1]) << 8U |
                                          static_cast<unsigned char>(query[at + 2]));
  asked.bytes = query.substr(kHead, end - kHead);
  return asked;
}

bool is_v6(const std::string& address) { return address.find(':') != std::string::npos; }

/// With no life, so that the next look-up asks again.
std::string record(const std::string& address, std::uint16_t type) {
  std::array<char, 16> bytes{};
  if (inet_pton(type == kA ? AF_INET : AF_INET6, address.c_str(), bytes.data()) != 1)
    throw std::runtime_error("no address: " + address);
  const std::uint16_t size = type == kA ? 4 : 16;
  return two_bytes(kNameOfQuestion) + two_bytes(type) + two_bytes(kInternet) + std::string(4, '\0') +
         two_bytes(size) + std::string(bytes.data(), size);
}

Descriptor bound(const std::string& address, std::uint16_t port) {
  Descriptor made(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &place.sin_addr);
  if (bind(made.get(), reinterpret_cast<sockaddr*>(&place), sizeof place) != 0) made.reset();
  return made;
}

}  // namespace

struct NameServer::State {
  std::string address;
  Descriptor socket;
  Gate stop;
  mutable std::mutex mutex;
  std::map<std::string, std::vector<Addresses>> told;  // guarded, as all below; empty: ignored
  std::map<std::pair<std::string, std::uint16_t>, std::size_t> asked;
  std::thread thread;

  void listen(std::uint16_t port);
  void serve();
  void serve_one();
  std::string reply(std::string_view query);
};

void NameServer::State::listen(std::uint16_t port) {
  for (int last = 1; last < 255 && !socket; ++last) {
    address = "127.53.0." + std::to_string(last);
    socket = bound(address, port);
    if (!socket && errno != EADDRINUSE) break;
  }
  if (!socket)
    throw std::runtime_error("UDP port " + std::to_string(port) + " of " + address + ": " +
                             std::generic_category().message(errno) + ".  do: run it as root");
}

/// Empty: none.
std::string NameServer::State::reply(std::string_view query) {
  const auto question = question_of(query);
  if (!question) return {};
  const std::lock_guard lock(mutex);
  const std::size_t number = asked[{question->name, question->type}]++;
  const auto known = told.find(question->name);
  if (known != told.end() && known->second.empty()) return {};
  std::string records;
  std::uint16_t count = 0;
  if (known != told.end())
    for (const std::string& one : known->second[std::min(number, known->second.size() - 1)])
      if (question->type == (is_v6(one) ? kAaaa : kA)) records += record(one, question->type), ++count;
  const std::uint16_t flags = known == told.end() ? kAnswer | kNoSuchName : kAnswer;
  return std::string(query.substr(0, 2)) + two_bytes(flags) + two_bytes(1) + two_bytes(count) +
         std::string(4, '\0') + std::string(question->bytes) + records;
}

void NameServer::State::serve_one() {
  std::array<char, 4096> query{};
  sockaddr_in client{};
  socklen_t size = sizeof client;
  auto* const who = reinterpret_cast<sockaddr*>(&client);
  const ssize_t got = recvfrom(socket.get(), query.data(), query.size(), 0, who, &size);
  if (got <= 0) return;
  const std::string said = reply({query.data(), static_cast<std::size_t>(got)});
  if (!said.empty()) sendto(socket.get(), said.data(), said.size(), MSG_NOSIGNAL, who, size);
}

void NameServer::State::serve() {
  std::array<pollfd, 2> watched{pollfd{stop.descriptor(), POLLIN, 0}, pollfd{socket.get(), POLLIN, 0}};
  while (poll(watched.data(), watched.size(), -1) < 0 || watched[0].revents == 0)
    if (watched[1].revents != 0) serve_one();
}

NameServer::NameServer(std::uint16_t port) : state_(std::make_unique<State>()) {
  state_->listen(port);
  state_->thread = std::thread([s = state_.get()] { s->serve(); });
}

NameServer::~NameServer() {
  state_->stop.open();
  state_->thread.join();
}

const std::string& NameServer::address() const noexcept { return state_->address; }
std::uint16_t NameServer::port() const noexcept { return local_port(state_->socket); }

void NameServer::answer(const std::string& name, std::vector<Addresses> in_turn) {
  const std::lock_guard lock(state_->mutex);
  state_->told[name] = std::move(in_turn);
}

void NameServer::ignore(const std::string& name) { answer(name, {}); }

std::size_t NameServer::asked(const std::string& name) const {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->asked.find({name, kA});
  return found == state_->asked.end() ? 0 : found->second;
}

}  // namespace prewarm::testkit
