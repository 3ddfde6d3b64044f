// SPDX-License-Identifier: Apache-2.0
#include "sim/clock.hpp"

namespace prewarm::sim {
namespace {

constexpr std::int64_t kWhole = 1'000'000;
constexpr Nanos kBootAtBirth = std::chrono::hours(1);

}  // namespace

SimClock::SimClock(Tasks& tasks, Chance& chance, Start start)
    : tasks_(tasks),
      chance_(chance),
      born_(tasks.now()),
      rate_(start.rate),
      wall_(start.wall.time_since_epoch()) {}

Nanos SimClock::passed() const noexcept {
  const std::int64_t real = (tasks_.now() - born_).count();
  return Nanos(real / kWhole * rate_ + real % kWhole * rate_ / kWhole);
}

// Rounded up: whoever waits for an instant must find it reached.
Nanos SimClock::to_true(Nanos passed) const noexcept {
  if (passed > std::chrono::hours(24 * 365 * 20)) return Tasks::kNever;
  const std::int64_t own = passed.count();
  return born_ + Nanos(own / rate_ * kWhole + own % rate_ * kWhole / rate_ + 2);
}

WallTime SimClock::wall_now() noexcept { return WallTime(std::chrono::floor<Millis>(wall_ + passed())); }
BootTime SimClock::boot_now() noexcept { return BootTime(kBootAtBirth + passed()); }

Nanos SimClock::true_time(BootTime boot) const noexcept {
  if (boot == BootTime::max()) return Tasks::kNever;
  return to_true(boot.time_since_epoch() - kBootAtBirth);
}

Wake SimClock::wait_until(WallTime until) noexcept {
  while (true) {
    if (std::exchange(changed_, false)) return Wake::clock_changed;
    if (std::exchange(woken_, false)) return Wake::woken;
    if (wall_now() >= until) return Wake::due;
    const bool far = until.time_since_epoch() > Millis(std::chrono::hours(24 * 365 * 200));
    tasks_.wait(&wall_waiter_, far ? Tasks::kNever : to_true(Nanos(until.time_since_epoch()) - wall_));
  }
}

void SimClock::wake() noexcept {
  woken_ = true;
  wall_waiter_.set();
}

bool SimClock::sleep_until(BootTime until) noexcept {
  while (!awake_ && boot_now() < until) tasks_.wait(&sleeper_, true_time(until));
  return !awake_;
}

void SimClock::end_sleeps() noexcept {
  awake_ = true;
  sleeper_.set();
}

void SimClock::jump(Nanos by) noexcept {
  wall_ += by;
  changed_ = true;
  wall_waiter_.set();
}

}  // namespace prewarm::sim
