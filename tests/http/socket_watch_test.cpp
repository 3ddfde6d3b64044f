// SPDX-License-Identifier: Apache-2.0
#include "http/socket_watch.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <thread>

using namespace prewarm::http;
using namespace std::chrono_literals;

namespace {

// Two sockets that are connected; `near` is the one under watch.
struct Pair {
  Pair() { REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0); }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  ~Pair() {
    for (const int end : ends) close(end);
  }
  int near() const { return ends[0]; }
  void say() const { REQUIRE(write(ends[1], "x", 1) == 1); }
  void hear() const {
    char byte = 0;
    REQUIRE(read(ends[0], &byte, 1) == 1);
  }
  void hang_up() {
    close(ends[1]);
    ends[1] = -1;
  }
  // Another connection takes the number of the watched socket, without a word to anybody.
  void replace() {
    int fresh[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fresh) == 0);
    REQUIRE(dup2(fresh[0], ends[0]) == ends[0]);
    close(fresh[0]);
    close(ends[1]);
    ends[1] = fresh[1];
  }
  int ends[2] = {-1, -1};
};

// The events of the one socket that is ready; 0: none is.
std::uint32_t events_of(SocketWatch& watch, const Pair& pair) {
  const auto ready = watch.wait(0);
  if (ready.empty()) return 0;
  CHECK(ready.size() == 1);
  CHECK(ready.front().socket == pair.near());
  return ready.front().events;
}

bool sleeps(SocketWatch& watch) {
  const auto before = std::chrono::steady_clock::now();
  return watch.wait(30).empty() && std::chrono::steady_clock::now() - before >= 25ms;
}

}  // namespace

TEST_CASE("a socket is heard for what is wanted of it and nothing else") {
  SocketWatch watch;
  Pair pair;
  pair.say();
  watch.want(pair.near(), EPOLLOUT);
  CHECK(events_of(watch, pair) == EPOLLOUT);
  watch.want(pair.near(), EPOLLIN | EPOLLOUT);
  CHECK(events_of(watch, pair) == (EPOLLIN | EPOLLOUT));
  watch.want(pair.near(), EPOLLIN);
  CHECK(events_of(watch, pair) == EPOLLIN);
  watch.want(pair.near(), 0);
  CHECK(sleeps(watch));
}

TEST_CASE("the end of a socket is told as all that was wanted of it") {
  SocketWatch watch;
  Pair pair;
  watch.want(pair.near(), EPOLLIN);
  pair.hang_up();
  CHECK(events_of(watch, pair) == EPOLLIN);
}

TEST_CASE("a socket of ours is heard again after a pause, whatever came meanwhile, and wakes us once") {
  SocketWatch watch;
  Pair pair;
  watch.opened(pair.near());
  for (int i = 0; i < 3; ++i) {
    watch.want(pair.near(), EPOLLIN);
    CHECK(events_of(watch, pair) == 0);
    pair.say();
    CHECK(events_of(watch, pair) == EPOLLIN);
    pair.hear();
    watch.want(pair.near(), 0);
    pair.say();
    CHECK(watch.wait(30).empty());  // ends early, but once
    CHECK(sleeps(watch));
    watch.want(pair.near(), EPOLLIN);
    CHECK(events_of(watch, pair) == EPOLLIN);
    pair.hear();
  }
  watch.want(pair.near(), 0);
  pair.hang_up();
  CHECK(watch.wait(30).empty());
  CHECK(sleeps(watch));
}

TEST_CASE("a socket of ours that is closed while it is kept leaves nothing to the next of its number") {
  SocketWatch watch;
  Pair pair;
  watch.opened(pair.near());
  watch.want(pair.near(), EPOLLIN);
  watch.want(pair.near(), 0);
  watch.closing(pair.near());
  pair.replace();
  watch.opened(pair.near());
  pair.say();
  CHECK(sleeps(watch));  // nobody wants it yet
  watch.want(pair.near(), EPOLLIN);
  CHECK(events_of(watch, pair) == EPOLLIN);
}

TEST_CASE("a socket in place of one that was closed without a word is wanted as that was") {
  SocketWatch watch;
  Pair pair;
  watch.opened(pair.near());
  watch.want(pair.near(), EPOLLOUT);
  pair.replace();
  watch.opened(pair.near());
  CHECK(events_of(watch, pair) == EPOLLOUT);
}

TEST_CASE("a socket that others open and close without a word is heard each time") {
  SocketWatch watch;
  Pair pair;
  for (int i = 0; i < 3; ++i) {
    pair.say();
    watch.want(pair.near(), EPOLLIN);
    CHECK(events_of(watch, pair) == EPOLLIN);
    watch.want(pair.near(), 0);
    pair.replace();
  }
}

TEST_CASE("the number of a connection that failed may go to a socket of others") {
  SocketWatch watch;
  Pair pair;
  watch.opened(pair.near());
  watch.want(pair.near(), EPOLLOUT);
  pair.replace();  // it failed, was closed, and libcurl says so only now
  watch.want(pair.near(), 0);
  for (int i = 0; i < 2; ++i) {
    watch.want(pair.near(), EPOLLIN);
    pair.say();
    CHECK(events_of(watch, pair) == EPOLLIN);
    watch.want(pair.near(), 0);
    pair.replace();
  }
}

TEST_CASE("a wake ends the wait under way or the next one, once") {
  SocketWatch watch;
  watch.wake();
  watch.wake();
  CHECK(watch.wait(60'000).empty());
  CHECK(sleeps(watch));
  std::thread other([&watch] {
    std::this_thread::sleep_for(20ms);
    watch.wake();
  });
  CHECK(watch.wait(60'000).empty());
  other.join();
}
