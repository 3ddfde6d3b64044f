// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/clock.hpp"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

using namespace prewarm;
using namespace std::chrono_literals;

namespace {
constexpr WallTime kNever{std::chrono::hours(24 * 365 * 100)};
constexpr BootTime kNeverBoot{std::chrono::hours(24 * 365 * 100)};
}  // namespace

TEST_CASE("an instant that has passed is due at once") {
  const auto clock = make_system_clock();
  for (const WallTime until : {clock->wall_now() - 1h, clock->wall_now(), WallTime(0ms), WallTime(-5h)})
    CHECK(clock->wait_until(until) == Wake::due);
  for (const BootTime until : {clock->boot_now() - 1h, clock->boot_now(), BootTime(0ns), BootTime(-5h)})
    CHECK(clock->sleep_until(until));
}

TEST_CASE("a wait is not over before its instant") {
  const auto clock = make_system_clock();
  const WallTime wall = clock->wall_now() + 20ms;
  CHECK(clock->wait_until(wall) == Wake::due);
  CHECK(clock->wall_now() >= wall);
  const BootTime boot = clock->boot_now() + 20ms;
  CHECK(clock->sleep_until(boot));
  CHECK(clock->boot_now() >= boot);
}

TEST_CASE("threads that sleep at once wake each at its own time") {
  const auto clock = make_system_clock();
  for (int round = 0; round < 20; ++round) {
    const BootTime start = clock->boot_now();
    std::vector<std::thread> sleepers;
    std::atomic<int> early{0};
    for (int i = 1; i <= 4; ++i)
      sleepers.emplace_back([&, until = start + i * 1ms] {
        if (!clock->sleep_until(until) || clock->boot_now() < until) ++early;
      });
    for (std::thread& sleeper : sleepers) sleeper.join();
    CHECK(early == 0);
  }
}

TEST_CASE("a wake from another thread ends a wait, and the end of sleeps every sleep") {
  const auto clock = make_system_clock();
  for (int i = 0; i < 50; ++i) {
    std::thread waker([&] { clock->wake(); });
    CHECK(clock->wait_until(kNever) == Wake::woken);
    waker.join();
    std::atomic<int> ended{0};
    std::vector<std::thread> sleepers;
    for (int j = 0; j < 3; ++j)
      sleepers.emplace_back([&] { ended += clock->sleep_until(kNeverBoot) ? 0 : 1; });
    clock->end_sleeps();
    for (std::thread& sleeper : sleepers) sleeper.join();
    CHECK(ended == 3);
    clock->allow_sleeps();
  }
}

TEST_CASE("a wake that comes before the wait ends it, once, however often it was called") {
  const auto clock = make_system_clock();
  clock->wake();
  clock->wake();
  CHECK(clock->wait_until(kNever) == Wake::woken);
  CHECK(clock->wait_until(clock->wall_now()) == Wake::due);
}

TEST_CASE("a wake does not end a sleep, nor the end of sleeps a wait") {
  const auto clock = make_system_clock();
  clock->wake();
  const BootTime until = clock->boot_now() + 20ms;
  CHECK(clock->sleep_until(until));
  CHECK(clock->boot_now() >= until);
  CHECK(clock->wait_until(kNever) == Wake::woken);
  clock->end_sleeps();
  CHECK_FALSE(clock->sleep_until(kNeverBoot));
  CHECK_FALSE(clock->sleep_until(kNeverBoot));
  CHECK(clock->wait_until(clock->wall_now() + 1ms) == Wake::due);
  clock->allow_sleeps();
  CHECK(clock->sleep_until(clock->boot_now() + 1ms));
}

TEST_CASE("wall time is UTC with milliseconds, boot time only goes forward") {
  const auto clock = make_system_clock();
  const auto system = std::chrono::floor<Millis>(std::chrono::system_clock::now());
  const Millis apart = clock->wall_now() - system;
  CHECK(apart >= -1ms);
  CHECK(apart < 10s);
  BootTime last = clock->boot_now();
  for (int i = 0; i < 1000; ++i) {
    const BootTime now = clock->boot_now();
    CHECK(now >= last);
    last = now;
  }
}

TEST_CASE("random bits differ") {
  const auto clock = make_system_clock();
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(clock->random());
  CHECK(seen.size() == 1000);
}
