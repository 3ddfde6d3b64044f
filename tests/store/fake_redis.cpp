// SPDX-License-Identifier: Apache-2.0
#include "store/fake_redis.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <set>

#include "store/redis_script.hpp"

namespace prewarm::store {
namespace {

// Takes one command off the front; nothing when bytes of it are missing.
std::optional<Words> take_command(std::string& bytes) {
  std::size_t at = 0;
  const auto number = [&](char mark) -> std::optional<std::size_t> {
    const std::size_t end = bytes.find("\r\n", at);
    if (end == std::string::npos) return std::nullopt;
    if (bytes[at] != mark) throw std::runtime_error("not a command: " + bytes.substr(at, 40));
    const std::size_t value = std::stoul(bytes.substr(at + 1, end - at - 1));
    at = end + 2;
    return value;
  };
  const auto count = number('*');
  if (!count) return std::nullopt;
  Words words;
  for (std::size_t i = 0; i < *count; ++i) {
    const auto length = number('$');
    if (!length || bytes.size() < at + *length + 2) return std::nullopt;
    words.push_back(bytes.substr(at, *length));
    at += *length + 2;
  }
  bytes.erase(0, at);
  return words;
}

std::string time_answer() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  return "*2\r\n" + bulk(std::to_string(micros / 1'000'000)) + bulk(std::to_string(micros % 1'000'000));
}

}  // namespace

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

FakeRedis::FakeRedis() : listener_(testkit::listen_on_loopback()) {
  thread_ = std::thread([this] { serve(); });
}

FakeRedis::~FakeRedis() {
  stop_.open();
  thread_.join();
}

void FakeRedis::answer(Answerer answerer) {
  const std::lock_guard lock(mutex_);
  answerer_ = std::move(answerer);
}
void FakeRedis::allow_transactions() {
  const std::lock_guard lock(mutex_);
  transactions_ = true;
}
void FakeRedis::split(bool split) {
  const std::lock_guard lock(mutex_);
  split_ = split;
}
void FakeRedis::say(const std::string& bytes) {
  const std::lock_guard lock(mutex_);
  for (const Client& client : clients_) send(client, bytes);
}
void FakeRedis::hang_up() {
  const std::lock_guard lock(mutex_);
  for (const Client& client : clients_) shutdown(client.socket.get(), SHUT_RDWR);
}
void FakeRedis::put(const std::string& key, const std::string& value) {
  const std::lock_guard lock(mutex_);
  values_[key] = value;
}
std::optional<std::string> FakeRedis::value(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = values_.find(key);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}
std::vector<std::string> FakeRedis::heard() {
  const std::lock_guard lock(mutex_);
  return heard_;
}
int FakeRedis::connections() {
  const std::lock_guard lock(mutex_);
  return connections_;
}

void FakeRedis::serve() {
  testkit::block_sigpipe_in_this_thread();
  for (;;) {
    std::vector<pollfd> watched{{stop_.descriptor(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    {
      const std::lock_guard lock(mutex_);
      for (const Client& client : clients_) watched.push_back({client.socket.get(), POLLIN, 0});
    }
    poll(watched.data(), watched.size(), -1);
    if (watched[0].revents != 0) return;
    const std::lock_guard lock(mutex_);
    for (std::size_t i = watched.size(); i-- > 2;)
      if (watched[i].revents != 0 && !hear(clients_[i - 2]))
        clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(i - 2));
    if (watched[1].revents != 0) accept_one();
  }
}

void FakeRedis::accept_one() {
  clients_.push_back({testkit::Descriptor(accept(listener_.get(), nullptr, nullptr)), ""});
  const int on = 1;
  setsockopt(clients_.back().socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ++connections_;
}

bool FakeRedis::hear(Client& client) {
  char bytes[65536];
  const ssize_t count = recv(client.socket.get(), bytes, sizeof bytes, 0);
  if (count <= 0) return false;
  client.bytes.append(bytes, static_cast<std::size_t>(count));
  while (const auto words = take_command(client.bytes))
    if (!respond(client, *words)) return false;
  return true;
}

bool FakeRedis::respond(Client& client, const Words& words) {
  heard_.push_back(words[0] == "SCRIPT" || words[0] == "CLIENT" ? words[0] + " " + words[1] : words[0]);
  const auto instead = answerer_ ? answerer_(words) : std::nullopt;
  if (instead && words[0] == "EXEC") client.queue.reset();
  send(client, instead ? instead->bytes : sound_answer(client, words));
  return !instead || instead->then == Instead::Then::go_on;
}

void FakeRedis::send(const Client& client, const std::string& bytes) {
  const std::size_t step = split_ ? 1 : std::max<std::size_t>(bytes.size(), 1);
  for (std::size_t at = 0; at < bytes.size(); at += step)
    ::send(client.socket.get(), bytes.data() + at, std::min(step, bytes.size() - at), MSG_NOSIGNAL);
}

std::string FakeRedis::sound_answer(Client& client, const Words& words) {
  const std::string& command = words[0];
  if (!transactions_ && (command == "WATCH" || command == "MULTI"))
    return "-NOPERM this user has no permissions to run the '" + command + "' command\r\n";
  if (client.queue) return answer_in_transaction(client, words);
  if (command == "MULTI") client.queue.emplace();
  if (command == "EXEC" || command == "DISCARD") return "-ERR " + command + " without MULTI\r\n";
  return answer_now(words);
}

std::string FakeRedis::answer_in_transaction(Client& client, const Words& words) {
  if (words[0] != "EXEC" && words[0] != "DISCARD") {
    client.queue->push_back(words);
    return "+QUEUED\r\n";
  }
  const std::vector<Words> queue = *std::exchange(client.queue, std::nullopt);
  if (words[0] == "DISCARD") return "+OK\r\n";
  std::string answers = "*" + std::to_string(queue.size()) + "\r\n";
  for (const Words& queued : queue) answers += answer_now(queued);
  return answers;
}

std::string FakeRedis::answer_now(const Words& words) {
  const std::string& command = words[0];
  if (command == "ROLE") return "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n";
  if (command == "TIME") return time_answer();
  if (command == "SCRIPT") return bulk(write_script().hash);
  if (command == "EVALSHA" || command == "EVAL") return script_answer(words);
  if (command == "GETRANGE" || command == "STRLEN" || command == "PTTL") return sound_answer_to_read(words);
  if (command == "GET") {
    const auto found = values_.find(words[1]);
    return found == values_.end() ? "$-1\r\n" : bulk(found->second);
  }
  if (command == "SET") values_[words[1]] = words[2];
  return "+OK\r\n";
}

std::string FakeRedis::sound_answer_to_read(const Words& words) {
  const auto found = values_.find(words[1]);
  const std::string value = found == values_.end() ? "" : found->second;
  if (words[0] == "STRLEN") return ":" + std::to_string(value.size()) + "\r\n";
  if (words[0] == "PTTL") return found == values_.end() ? ":-2\r\n" : ":-1\r\n";
  return bulk(value.substr(0, std::stoul(words[3]) + 1));
}

// Each key is written, but one that the call names twice is superseded the second time, as the probe expects.
std::string FakeRedis::script_answer(const Words& words) {
  const std::size_t keys = std::stoul(words[2]);
  std::string answer = "*" + std::to_string(3 * keys) + "\r\n";
  std::set<std::string> seen;
  for (std::size_t i = 0; i < keys; ++i) {
    const std::string& key = words[3 + i];
    const auto old = values_.find(key);
    const std::string before = old == values_.end() ? "" : old->second;
    const bool first = seen.insert(key).second;
    if (first) values_[key] = words[3 + keys + 1 + 4 * i];
    answer += bulk(first ? "written" : "superseded") + bulk(before.substr(0, 80)) + ":" +
              std::to_string(before.size()) + "\r\n";
  }
  return answer;
}

}  // namespace prewarm::store
