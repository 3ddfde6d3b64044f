// SPDX-License-Identifier: Apache-2.0
#include "support/fake_clock.hpp"

#include <catch2/catch_test_macros.hpp>

#include <future>
#include <vector>

using namespace prewarm;
using namespace prewarm::testkit;
using namespace std::chrono_literals;

namespace {

const WallTime kNoon{std::chrono::sys_days(std::chrono::year(2026) / 3 / 8) + 12h};

/// A thread that waits; let go when a failed test leaves it behind.
template <class Wait>
class InThread {
 public:
  InThread(FakeClock& clock, Wait wait) : clock_(clock), result_(std::async(std::launch::async, wait)) {}
  InThread(const InThread&) = delete;
  InThread& operator=(const InThread&) = delete;
  ~InThread() {
    if (result_.valid()) clock_.release();
  }
  auto get() { return result_.get(); }

 private:
  FakeClock& clock_;
  std::future<std::invoke_result_t<Wait>> result_;
};

}  // namespace

TEST_CASE("a fake clock stands still until it is moved") {
  FakeClock clock(kNoon);
  const BootTime boot = clock.boot_now();
  CHECK(clock.wall_now() == kNoon);
  clock.advance(1500us);
  CHECK(clock.wall_now() == kNoon + 1ms);
  CHECK(clock.boot_now() == boot + 1500us);
  clock.advance_to(kNoon + 2s);
  clock.advance_to(kNoon);  // never back
  CHECK(clock.wall_now() == kNoon + 2s);
  CHECK(clock.boot_now() == boot + 2s);
  clock.slip_wall(-1h);
  CHECK(clock.wall_now() == kNoon + 2s - 1h);
  CHECK(clock.boot_now() == boot + 2s);
}

TEST_CASE("a wait ends when the clock reaches its instant") {
  FakeClock clock(kNoon);
  InThread waiting(clock, [&] { return clock.wait_until(kNoon + 10s); });
  REQUIRE(clock.await_waiters());
  CHECK(clock.next_due() == kNoon + 10s);
  clock.advance(9999ms);
  CHECK(clock.await_waiters());
  clock.advance(1ms);
  CHECK(waiting.get() == Wake::due);
  CHECK(clock.wait_until(kNoon) == Wake::due);
  CHECK_FALSE(clock.next_due().has_value());
}

TEST_CASE("a set wall clock ends waits for it and leaves sleeps alone") {
  FakeClock clock(kNoon);
  const BootTime boot = clock.boot_now();
  InThread waiting(clock, [&] { return clock.wait_until(kNoon + 10s); });
  InThread sleeping(clock, [&] { return clock.sleep_until(boot + 10s); });
  REQUIRE(clock.await_waiters(2));
  clock.set_wall(kNoon + 24h);
  CHECK(waiting.get() == Wake::clock_changed);
  CHECK(clock.boot_now() == boot);
  REQUIRE(clock.await_waiters());
  clock.advance(10s);
  CHECK(sleeping.get());
}

TEST_CASE("a clock set between two waits is told once") {
  FakeClock clock(kNoon);
  clock.set_wall(kNoon - 1h);
  CHECK(clock.wait_until(kNoon - 2h) == Wake::clock_changed);
  CHECK(clock.wait_until(kNoon - 2h) == Wake::due);
}

TEST_CASE("wake ends one wait, also one that begins later") {
  FakeClock clock(kNoon);
  InThread waiting(clock, [&] { return clock.wait_until(kNoon + 10s); });
  REQUIRE(clock.await_waiters());
  clock.wake();
  CHECK(waiting.get() == Wake::woken);
  clock.wake();
  CHECK(clock.wait_until(kNoon + 10s) == Wake::woken);
  CHECK(clock.wait_until(kNoon) == Wake::due);
}

TEST_CASE("wake leaves sleeps alone, and the end of sleeps leaves waits alone") {
  FakeClock clock(kNoon);
  InThread sleeping(clock, [&] { return clock.sleep_until(clock.boot_now() + 10s); });
  REQUIRE(clock.await_waiters());
  clock.wake();
  CHECK(clock.await_waiters());
  clock.end_sleeps();
  CHECK_FALSE(sleeping.get());
  CHECK_FALSE(clock.sleep_until(clock.boot_now() + 1s));
  CHECK(clock.wait_until(kNoon + 1s) == Wake::woken);  // of the wake before
  CHECK(clock.wait_until(kNoon) == Wake::due);
  clock.allow_sleeps();
  CHECK(clock.sleep_until(clock.boot_now()));
}

TEST_CASE("steps go from one waiting instant to the next") {
  FakeClock clock(kNoon);
  InThread fired(clock, [&] {
    std::vector<WallTime> slots;
    for (int minute = 1; minute <= 5; ++minute)
      if (clock.wait_until(kNoon + std::chrono::minutes(minute)) == Wake::due)
        slots.push_back(clock.wall_now());
    return slots;
  });
  for (int minute = 1; minute <= 5; ++minute) CHECK(clock.step() == kNoon + std::chrono::minutes(minute));
  CHECK(fired.get().size() == 5);
  CHECK_FALSE(clock.step(1ms).has_value());
}

TEST_CASE("a wait for the end of time is ended by wake and is not what happens next") {
  FakeClock clock(kNoon);
  InThread waiting(clock, [&] { return clock.wait_until(WallTime::max()); });
  InThread sleeping(clock, [&] { return clock.sleep_until(BootTime::max()); });
  REQUIRE(clock.await_waiters(2));
  CHECK_FALSE(clock.next_due().has_value());
  clock.wake();
  REQUIRE(clock.await_waiters(1));
  clock.end_sleeps();
  CHECK(waiting.get() == Wake::woken);
  CHECK_FALSE(sleeping.get());
}

TEST_CASE("where waits advance, nobody needs to move the clock") {
  FakeClock clock(kNoon, 1, FakeClock::Waits::advance);
  CHECK(clock.sleep_until(clock.boot_now() + 90s));
  CHECK(clock.wall_now() == kNoon + 90s);
  CHECK(clock.wait_until(kNoon + 1h) == Wake::due);
  CHECK(clock.wall_now() == kNoon + 1h);
  clock.end_sleeps();
  CHECK_FALSE(clock.sleep_until(clock.boot_now() + 90s));
  CHECK(clock.wall_now() == kNoon + 1h);
}

TEST_CASE("chance is the same for the same seed") {
  FakeClock one(kNoon, 7), same(kNoon, 7), other(kNoon, 8);
  const std::uint64_t first = one.random();
  CHECK(first == same.random());
  CHECK(first != other.random());
  CHECK(first != one.random());
}

TEST_CASE("a released clock keeps nobody waiting") {
  FakeClock clock(kNoon);
  InThread waiting(clock, [&] { return clock.wait_until(kNoon + 10s); });
  REQUIRE(clock.await_waiters());
  clock.release();
  CHECK(waiting.get() == Wake::woken);
  CHECK(clock.wait_until(kNoon + 10s) == Wake::woken);
  CHECK_FALSE(clock.await_waiters(1, 1ms));
}
