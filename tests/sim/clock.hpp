// SPDX-License-Identifier: Apache-2.0
// A worker's own clocks: wall time that may be wrong, run fast or slow and be set; boot time that runs at the
// same rate and, as CLOCK_BOOTTIME does, goes on while the process is stopped.
#pragma once

#include "prewarm/base/clock.hpp"
#include "sim/tasks.hpp"

namespace prewarm::sim {

class SimClock final : public Clock {
 public:
  /// What it shows when it is made. `rate` in millionths of true time: 1'000'000.
  struct Start {
    WallTime wall;
    std::int64_t rate = 1'000'000;
  };
  SimClock(Tasks& tasks, Chance& chance, Start start);

  WallTime wall_now() noexcept override;
  BootTime boot_now() noexcept override;
  std::uint64_t random() noexcept override { return chance_.bits(); }
  Wake wait_until(WallTime until) noexcept override;
  void wake() noexcept override;
  bool sleep_until(BootTime until) noexcept override;
  void end_sleeps() noexcept override;
  void allow_sleeps() noexcept override { awake_ = false; }

  /// Somebody sets the wall clock.
  void jump(Nanos by) noexcept;
  /// True time at which boot time will be that.
  Nanos true_time(BootTime boot) const noexcept;

 private:
  Nanos passed() const noexcept;  // on this clock, since it was made
  Nanos to_true(Nanos passed) const noexcept;

  Tasks& tasks_;
  Chance& chance_;
  const Nanos born_;
  const std::int64_t rate_;
  Nanos wall_;  // since 1970, at birth, with what it was set by
  bool woken_ = false, changed_ = false, awake_ = false;
  Signal wall_waiter_, sleeper_;
};

}  // namespace prewarm::sim
