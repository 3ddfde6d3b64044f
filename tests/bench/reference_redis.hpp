// SPDX-License-Identifier: Apache-2.0
// Redis for the reference: pipelined windows of commands with read-back. Commands are written as RESP
// straight into the window, which also holds the bytes that the GETs must return, so a value is copied once
// on its way out and never on its way in: hiredis' reader hands out each bulk string where it lies. One
// thread, never blocks unless asked to drain.
#pragma once

#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <deque>
#include <functional>
#include <vector>

#include "reference_http.hpp"

namespace bench {

inline void append_number(std::string& out, std::size_t n) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, n).ptr);
}

inline void append_bulk(std::string& out, std::string_view text) {
  out += '$';
  append_number(out, text.size());
  out += "\r\n";
  out += text;
  out += "\r\n";
}

// A reply that a command must bring. `whole`: the window's bytes at offset; `judged`: somebody else knows,
// and is told the window's bytes at offset.
struct Expected {
  std::size_t offset = 0;
  std::size_t size = 0;
  std::size_t index = 0;  // for the judge
  enum class Kind { ok, number, whole, judged } kind = Kind::ok;
};

struct Window {
  std::string bytes;
  std::vector<Expected> replies;
  std::size_t entries = 0, sent = 0, answered = 0;
  void clear() {
    bytes.clear();
    replies.clear();
    entries = sent = answered = 0;
  }
};

class Link {
 public:
  static constexpr std::size_t kEntries = 64;  // a window's ends, whichever comes first
  static constexpr std::size_t kBytes = 128UL << 10;
  static constexpr std::size_t kWindowsInFlight = 4;  // beyond this the loop waits for Redis: bounded memory

  static constexpr std::size_t kFeed = 16UL << 10;

  using Judge = std::function<bool(std::size_t index, std::string_view sent, std::string_view got)>;

  explicit Link(const char* path) : redis_(redisConnectUnix(path)) {
    if (redis_ == nullptr || redis_->err != 0) die("cannot connect to", path);
    redis_->reader->fn = &functions();
    redis_->reader->privdata = this;
    redis_->reader->maxbuf = 0;  // else its buffer is freed and grown again with each window
    building_.bytes.reserve(kBytes * 5 / 4);
    in_.resize(kBytes * 2);
  }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() { redisFree(redis_); }

  void join(int epoll) {
    epoll_ = epoll;
    epoll_event e{};
    e.data.fd = -1;
    e.events = EPOLLIN;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, redis_->fd, &e);
  }
  void judge_with(Judge judge) { judge_ = std::move(judge); }

  Window& window() { return building_; }
  void expect(Expected e) { building_.replies.push_back(e); }

  // After each entry; sends when the window is full.
  void entry_done() {
    ++building_.entries;
    if (building_.entries >= kEntries || building_.bytes.size() >= kBytes) flush();
  }

  void flush() {
    if (building_.replies.empty()) return;
    flying_.push_back(std::move(building_));
    if (spare_.empty()) {
      building_ = Window();
      building_.bytes.reserve(kBytes * 5 / 4);
    } else {
      building_ = std::move(spare_.back());
      spare_.pop_back();
    }
    push();
    while (flying_.size() > kWindowsInFlight) wait();
  }

  void drain() {
    flush();
    while (!flying_.empty()) wait();
  }

  // Reads what is there and writes what fits.
  void ready() {
    pull();
    push();
  }

 private:
  void wait() {
    pollfd p{redis_->fd, POLLIN, 0};
    if (writing_) p.events |= POLLOUT;
    if (poll(&p, 1, 10000) <= 0) die("redis does not answer");
    ready();
  }

  void push() {
    bool full = false;
    for (Window& w : flying_) {
      if (full) break;
      while (w.sent < w.bytes.size()) {
        const ssize_t n =
            send(redis_->fd, w.bytes.data() + w.sent, w.bytes.size() - w.sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN) die("redis: write", std::strerror(errno));
        if (n <= 0) {
          full = true;
          break;
        }
        w.sent += static_cast<std::size_t>(n);
      }
    }
    if (full == writing_) return;
    writing_ = full;
    epoll_event e{};
    e.data.fd = -1;
    e.events = full ? EPOLLIN | EPOLLOUT : EPOLLIN;
    if (epoll_ >= 0) epoll_ctl(epoll_, EPOLL_CTL_MOD, redis_->fd, &e);
  }

  void pull() {
    while (true) {
      const ssize_t n = recv(redis_->fd, in_.data(), in_.size(), MSG_DONTWAIT);
      if (n < 0 && errno == EAGAIN) return;
      if (n <= 0) die("redis: read", n == 0 ? "closed" : std::strerror(errno));
      feed({in_.data(), static_cast<std::size_t>(n)});
      if (static_cast<std::size_t>(n) < in_.size()) return;
    }
  }

  // The reader moves all that it still holds to the front after each reply, so it is given little at a time.
  void feed(std::string_view bytes) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kFeed))) {
      redisReaderFeed(redis_->reader, bytes.data(), std::min(bytes.size(), kFeed));
      while (take()) {
      }
    }
  }

  bool take() {
    void* reply = nullptr;
    if (redisReaderGetReply(redis_->reader, &reply) != REDIS_OK)
      die("redis: protocol", redis_->reader->errstr);
    if (reply == nullptr) return false;
    Window& w = flying_.front();
    if (++w.answered < w.replies.size()) return true;
    w.clear();
    spare_.push_back(std::move(w));
    flying_.pop_front();
    return true;
  }

  // Called where a reply lies in the reader's buffer; any reply but the expected one ends the program.
  void* arrived(int type, std::string_view bytes) {
    const Window& w = flying_.front();
    const Expected& e = w.replies[w.answered];
    const std::string_view sent = std::string_view(w.bytes).substr(e.offset, e.size);
    bool good = false;
    switch (e.kind) {
      case Expected::Kind::ok:
        good = type == REDIS_REPLY_STATUS && bytes == "OK";
        break;
      case Expected::Kind::number:
        good = type == REDIS_REPLY_INTEGER;
        break;
      case Expected::Kind::whole:
        good = type == REDIS_REPLY_STRING && bytes == sent;
        break;
      case Expected::Kind::judged:
        good = type == REDIS_REPLY_STRING && judge_(e.index, sent, bytes);
        break;
    }
    if (!good) die("not the reply expected:", bytes.substr(0, 80));
    return this;  // not null is all the reader asks of it
  }

  static redisReplyObjectFunctions& functions() {
    static redisReplyObjectFunctions all{
        [](const redisReadTask* t, char* s, std::size_t n) {
          return link(t)->arrived(t->type, {s, n});
        },
        [](const redisReadTask*, std::size_t) -> void* { die("redis: an array was not asked for"); },
        [](const redisReadTask* t, long long) { return link(t)->arrived(t->type, "number"); },
        [](const redisReadTask*, double, char*, std::size_t) -> void* {
          die("redis: a double was not asked for");
        },
        [](const redisReadTask* t) { return link(t)->arrived(t->type, "nil"); },
        [](const redisReadTask*, int) -> void* { die("redis: a boolean was not asked for"); },
        [](void*) {}};
    return all;
  }
  static Link* link(const redisReadTask* t) { return static_cast<Link*>(t->privdata); }

  redisContext* redis_;
  int epoll_ = -1;
  bool writing_ = false;
  Judge judge_;
  Window building_;
  std::deque<Window> flying_;
  std::vector<Window> spare_;
  std::vector<char> in_;
};

}  // namespace bench
