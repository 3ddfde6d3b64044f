// SPDX-License-Identifier: Apache-2.0
#include "store/resolver.hpp"

#include <netinet/in.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <future>

#include "store/world.hpp"

using namespace prewarm;
using namespace prewarm::store;

TEST_CASE("names and literal addresses are resolved") {
  const auto clock = make_system_clock();
  Resolver resolver(*clock);
  const auto soon = clock->boot_now() + kAmple;
  CHECK(sure(resolver.resolve("127.0.0.1", 6379, soon)).at(0).storage.ss_family == AF_INET);
  CHECK(sure(resolver.resolve("::1", 6379, soon)).at(0).storage.ss_family == AF_INET6);
  CHECK_FALSE(sure(resolver.resolve("localhost", 6379, soon)).empty());
  const auto none = resolver.resolve("no-such-host.invalid", 6379, soon);
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().kind == ErrorKind::unreachable);
  CHECK(none.error().message.find("no-such-host.invalid") != std::string::npos);
}

TEST_CASE("a name that nobody knows yet is asked for until the deadline, and then called unknown") {
  const auto clock = make_system_clock();
  // The C library says so itself, as a container's name server does while the service restarts.
  const auto store = sure(make_store(Secret("redis://a..b:6379"), test_settings(), *clock));
  const auto start = clock->boot_now();
  const auto error = store->time(start + Millis(700)).error();
  CHECK(clock->boot_now() - start > Millis(300));
  CHECK(error.kind == ErrorKind::unreachable);
  // At the deadline the next look-up may be under way.
  const std::string words = "could not resolve the store's host a..b: ";
  INFO(error.message);
  CHECK(
      (error.message == words + "Name or service not known" || error.message == words + "no answer in time"));
}

TEST_CASE(
    "a resolver that hangs is left behind at the deadline, and its late answer is used by the next call") {
  const auto clock = make_system_clock();
  std::promise<void> gate;
  std::atomic<int> lookups{0};
  const auto opened = gate.get_future().share();
  Resolver resolver(*clock, [&lookups, opened](const std::string&, std::uint16_t) -> Result<SocketAddresses> {
    ++lookups;
    opened.wait();
    return SocketAddresses(1);
  });
  const auto start = clock->boot_now();
  for (int i = 0; i < 3; ++i) {
    const auto late = resolver.resolve("cache.example.net", 6379, clock->boot_now() + Millis(50));
    REQUIRE_FALSE(late.ok());
    CHECK(late.error().kind == ErrorKind::unreachable);
    CHECK(late.error().retryable);
  }
  CHECK(clock->boot_now() - start < std::chrono::seconds(5));
  gate.set_value();
  CHECK(sure(resolver.resolve("cache.example.net", 6379, clock->boot_now() + kAmple)).size() == 1);
  CHECK(lookups == 1);
}
