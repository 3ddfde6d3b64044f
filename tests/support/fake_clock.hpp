// SPDX-License-Identifier: Apache-2.0
// A clock that only moves when the test says so. Wall and boot time run together when time passes, and apart
// when somebody sets the wall clock or the start differs. Waiters block without polling until they are due,
// the wall clock is set, or `wake`. Chance comes from a seed. Thread-safe; unlike the real clock's, `wake` is
// not for signal handlers.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>

#include "prewarm/base/clock.hpp"
#include "support/socket.hpp"

namespace prewarm::testkit {

class FakeClock final : public Clock {
 public:
  /// What a wait does: block until the test has moved the clock far enough, or move the clock itself and
  /// return. The latter is for code under test that runs in the test's own thread.
  enum class Waits : std::uint8_t { block, advance };

  explicit FakeClock(WallTime start, std::uint64_t seed = 1, Waits waits = Waits::block);

  WallTime wall_now() noexcept override;
  BootTime boot_now() noexcept override;
  std::uint64_t random() noexcept override;
  Wake wait_until(WallTime until) noexcept override;
  bool sleep_until(BootTime until) noexcept override;
  void wake() noexcept override;
  void end_sleeps() noexcept override;
  void allow_sleeps() noexcept override;

  /// Time passes, on both clocks.
  void advance(std::chrono::nanoseconds by);
  void advance_to(WallTime until);
  /// Somebody sets the wall clock, forward or back: whoever waits for it learns so, and boot time does not
  /// move.
  void set_wall(WallTime now);
  /// The wall clock runs away from the boot clock unseen, as after a stop of the whole machine that boot time
  /// missed.
  void slip_wall(std::chrono::nanoseconds by);

  /// From now on every wait ends at once as woken, so that threads can be joined, whatever became of the
  /// test.
  void release();

  /// Waits (in real time) until that many threads are blocked here for something that has not happened yet.
  /// False if they are not in time. After it, moving the clock cannot come too early.
  bool await_waiters(std::size_t count = 1, std::chrono::milliseconds limit = kDeadline);
  /// The next instant for which somebody waits, as wall time whichever clock he watches; nothing if nobody
  /// does.
  std::optional<WallTime> next_due();
  /// await_waiters, then time passes up to next_due, which is returned. Nothing, and no time, if nobody came.
  std::optional<WallTime> step(std::chrono::milliseconds limit = kDeadline);

 private:
  struct Waiter {
    bool on_wall;
    std::chrono::nanoseconds until;
  };
  Wake wait(Waiter waiter) noexcept;
  std::optional<Wake> outcome_of(const Waiter& waiter) noexcept;
  bool is_due(const Waiter& waiter) const noexcept;
  std::chrono::nanoseconds left(const Waiter& waiter) const noexcept;
  std::size_t blocked() const noexcept;
  std::optional<WallTime> next_due_locked() const noexcept;
  void pass(std::chrono::nanoseconds by) noexcept;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::chrono::nanoseconds wall_, boot_{0};
  std::uint64_t seed_;
  Waits waits_;
  bool woken_ = false;  // one wait on the wall clock, now or later, ends as woken
  bool awake_ = false;  // nobody sleeps
  bool released_ = false;
  bool wall_set_ = false;  // one wait on the wall clock ends as clock_changed
  std::list<Waiter> waiters_;
};

}  // namespace prewarm::testkit
