// SPDX-License-Identifier: Apache-2.0
// The first of the three seams to the outside: time and chance. Everything else takes instants as arguments.
// Wall time is for people and slots; order at the store never uses it (PROMISES 1). Boot time runs while the
// process is stopped or the host asleep, so deadlines are counted on it. Thread-safe, but `wait_until` is for
// one thread, the agenda's.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

namespace prewarm {

using Millis = std::chrono::milliseconds;
/// A UTC instant with milliseconds: `lastUpdated`, log lines, store time.
using WallTime = std::chrono::sys_time<Millis>;
/// A UTC second: a slot.
using Slot = std::chrono::sys_seconds;

/// CLOCK_BOOTTIME.
struct BootClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
};
using BootTime = BootClock::time_point;

enum class Wake : std::uint8_t { due, clock_changed, woken };

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall_now() noexcept = 0;
  virtual BootTime boot_now() noexcept = 0;
  /// Uniform 64 random bits: retry jitter, run ids. Not for keys of cryptography.
  virtual std::uint64_t random() noexcept = 0;
  /// Blocks until wall time reaches `until`, somebody sets the wall clock, or `wake` is called. Does not
  /// poll.
  virtual Wake wait_until(WallTime until) noexcept = 0;
  /// Ends a `wait_until`, also one that begins later (once). Safe in any thread and in signal handlers.
  virtual void wake() noexcept = 0;
  /// Blocks for retries and back-off until boot time reaches `until`; false when `end_sleeps` was called.
  virtual bool sleep_until(BootTime until) noexcept = 0;
  /// For a stop: every `sleep_until` ends, now and later, until sleeps are allowed again. Both are safe in
  /// any thread and in signal handlers; who ends sleeps allows them again when all its sleepers have gone.
  virtual void end_sleeps() noexcept = 0;
  virtual void allow_sleeps() noexcept = 0;
};

/// How long ago `start` was.
inline Millis since(BootTime start, Clock& clock) noexcept {
  return std::chrono::duration_cast<Millis>(clock.boot_now() - start);
}

/// The machine's clocks: timerfd with TFD_TIMER_CANCEL_ON_SET, CLOCK_BOOTTIME, getrandom.
std::unique_ptr<Clock> make_system_clock();

}  // namespace prewarm
