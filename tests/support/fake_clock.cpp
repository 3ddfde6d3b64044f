// SPDX-License-Identifier: Apache-2.0
#include "support/fake_clock.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace prewarm::testkit {

using std::chrono::nanoseconds;

namespace {
// A wait that is meant never to come due; beyond it nanoseconds overflow (year 2262).
constexpr nanoseconds kNever = std::chrono::hours(2'500'000);
constexpr nanoseconds kBootAtStart =
    std::chrono::hours(1);  // not 0: a mistaken zero must not look like a time

[[noreturn]] void fail_for_ever() { throw std::logic_error("nobody would ever end this wait"); }
}  // namespace

FakeClock::FakeClock(WallTime start, std::uint64_t seed, Waits waits)
    : wall_(start.time_since_epoch()), boot_(kBootAtStart), seed_(seed), waits_(waits) {}

WallTime FakeClock::wall_now() noexcept {
  const std::lock_guard lock(mutex_);
  return WallTime(std::chrono::floor<Millis>(wall_));
}

BootTime FakeClock::boot_now() noexcept {
  const std::lock_guard lock(mutex_);
  return BootTime(boot_);
}

/// SplitMix64 (Steele, Lea and Flood 2014).
std::uint64_t FakeClock::random() noexcept {
  const std::lock_guard lock(mutex_);
  std::uint64_t z = seed_ += 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

nanoseconds FakeClock::left(const Waiter& waiter) const noexcept {
  return waiter.until - (waiter.on_wall ? wall_ : boot_);
}

bool FakeClock::is_due(const Waiter& waiter) const noexcept { return left(waiter) <= nanoseconds(0); }

/// In the order of the real clock, which looks at its wake descriptor first and learns of a set clock before
/// it learns that the instant has come.
std::optional<Wake> FakeClock::outcome_of(const Waiter& waiter) noexcept {
  if (released_) return Wake::woken;
  if (waiter.on_wall ? std::exchange(woken_, false) : awake_) return Wake::woken;
  if (waiter.on_wall && wall_set_) {
    wall_set_ = false;
    return Wake::clock_changed;
  }
  if (is_due(waiter)) return Wake::due;
  if (waits_ == Waits::block) return std::nullopt;
  if (waiter.until >= kNever) fail_for_ever();
  pass(left(waiter));
  return Wake::due;
}

Wake FakeClock::wait(Waiter waiter) noexcept {
  std::unique_lock lock(mutex_);
  const auto place = waiters_.insert(waiters_.end(), waiter);
  changed_.notify_all();  // for await_waiters
  std::optional<Wake> outcome;
  changed_.wait(lock, [&] { return (outcome = outcome_of(waiter)).has_value(); });
  waiters_.erase(place);
  changed_.notify_all();  // who took the wake-up has left, the others are blocked again
  return *outcome;
}

Wake FakeClock::wait_until(WallTime until) noexcept {
  // Compared in milliseconds: the end of time has no nanoseconds.
  const Millis farthest = std::chrono::floor<Millis>(kNever);
  return wait({true, std::min(until.time_since_epoch(), farthest)});
}

bool FakeClock::sleep_until(BootTime until) noexcept {
  return wait({false, std::min(until.time_since_epoch(), kNever)}) == Wake::due;
}

void FakeClock::wake() noexcept {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

void FakeClock::end_sleeps() noexcept {
  const std::lock_guard lock(mutex_);
  awake_ = true;
  changed_.notify_all();
}

void FakeClock::allow_sleeps() noexcept {
  const std::lock_guard lock(mutex_);
  awake_ = false;
}

void FakeClock::release() {
  const std::lock_guard lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

void FakeClock::pass(nanoseconds by) noexcept {
  wall_ += by;
  boot_ += by;
  changed_.notify_all();
}

void FakeClock::advance(nanoseconds by) {
  const std::lock_guard lock(mutex_);
  pass(by);
}

void FakeClock::advance_to(WallTime until) {
  const std::lock_guard lock(mutex_);
  pass(std::max(until.time_since_epoch() - wall_, nanoseconds(0)));
}

void FakeClock::set_wall(WallTime now) {
  const std::lock_guard lock(mutex_);
  wall_ = now.time_since_epoch();
  wall_set_ = true;
  changed_.notify_all();
}

void FakeClock::slip_wall(nanoseconds by) {
  const std::lock_guard lock(mutex_);
  wall_ += by;
  changed_.notify_all();
}

/// Those who will be let go by what has happened already do not count, although they may not have left yet.
std::size_t FakeClock::blocked() const noexcept {
  if (released_) return 0;
  return static_cast<std::size_t>(
      std::count_if(waiters_.begin(), waiters_.end(), [this](const Waiter& waiter) {
        return !is_due(waiter) && !(waiter.on_wall ? woken_ || wall_set_ : awake_);
      }));
}

bool FakeClock::await_waiters(std::size_t count, std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [&] { return blocked() >= count; });
}

std::optional<WallTime> FakeClock::next_due_locked() const noexcept {
  std::optional<nanoseconds> least;
  for (const Waiter& waiter : waiters_)
    if (waiter.until < kNever) least = std::min(left(waiter), least.value_or(nanoseconds::max()));
  if (!least) return std::nullopt;
  return WallTime(std::chrono::ceil<Millis>(wall_ + *least));
}

std::optional<WallTime> FakeClock::next_due() {
  const std::lock_guard lock(mutex_);
  return next_due_locked();
}

std::optional<WallTime> FakeClock::step(std::chrono::milliseconds limit) {
  if (!await_waiters(1, limit)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto due = next_due_locked();
  if (due) pass(due->time_since_epoch() - wall_);
  return due;
}

}  // namespace prewarm::testkit
