// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/clock.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>

#include "prewarm/base/check.hpp"
#include "prewarm/base/give_up.hpp"

namespace prewarm {
namespace {

timespec timespec_of(std::chrono::nanoseconds since_epoch) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((since_epoch - seconds).count())};
}

std::chrono::nanoseconds read_clock(clockid_t id) noexcept {
  timespec now{};
  ENSURE(clock_gettime(id, &now) == 0);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) { need_descriptor(fd_ >= 0); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(fd_); }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

class SystemClock final : public Clock {
 public:
  WallTime wall_now() noexcept override {
    return WallTime(std::chrono::duration_cast<Millis>(read_clock(CLOCK_REALTIME)));
  }
  BootTime boot_now() noexcept override { return BootTime(read_clock(CLOCK_BOOTTIME)); }

  std::uint64_t random() noexcept override {
    std::uint64_t bits = 0;
    while (getrandom(&bits, sizeof bits, 0) != static_cast<ssize_t>(sizeof bits)) ENSURE(errno == EINTR);
    return bits;
  }

  Wake wait_until(WallTime until) noexcept override {
    // A zero it_value would disarm the timer; instants before 1970 are simply due.
    if (until.time_since_epoch().count() <= 0) return Wake::due;
    arm(wall_.get(), until.time_since_epoch(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET);
    return wait();
  }

  bool sleep_until(BootTime until) noexcept override {
    if (until.time_since_epoch().count() <= 0) return true;
    // A timer of its own: sleepers of several threads on one would take each other's expiry and never wake.
    const Descriptor timer(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
    arm(timer.get(), until.time_since_epoch(), TFD_TIMER_ABSTIME);
    std::array<pollfd, 2> watched{pollfd{timer.get(), POLLIN, 0}, pollfd{awake_.get(), POLLIN, 0}};
    while (poll(watched.data(), watched.size(), -1) < 0) ENSURE(errno == EINTR);
    return watched[1].revents == 0;  // not read: it is for all sleepers
  }

  void wake() noexcept override { raise(wake_.get()); }
  void end_sleeps() noexcept override { raise(awake_.get()); }
  void allow_sleeps() noexcept override {
    std::uint64_t count = 0;
    while (read(awake_.get(), &count, sizeof count) < 0 && errno == EINTR) {
    }
  }

 private:
  static void raise(int event) noexcept {
    const std::uint64_t one = 1;
    while (write(event, &one, sizeof one) < 0 && errno == EINTR) {
    }
  }

  static void arm(int fd, std::chrono::nanoseconds until, int flags) noexcept {
    itimerspec spec{};
    spec.it_value = timespec_of(until);
    // ECANCELED here: the clock was set between two waits; the timer is armed all the same and the wait
    // reports it.
    ENSURE(timerfd_settime(fd, flags, &spec, nullptr) == 0 || errno == ECANCELED);
  }

  Wake wait() noexcept {
    std::array<pollfd, 2> watched{pollfd{wall_.get(), POLLIN, 0}, pollfd{wake_.get(), POLLIN, 0}};
    while (poll(watched.data(), watched.size(), -1) < 0) ENSURE(errno == EINTR);
    std::uint64_t count = 0;
    if (watched[1].revents != 0 && read(wake_.get(), &count, sizeof count) > 0) return Wake::woken;
    if (read(wall_.get(), &count, sizeof count) < 0 && errno == ECANCELED) return Wake::clock_changed;
    return Wake::due;
  }

  Descriptor wall_{timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK)};
  Descriptor wake_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  Descriptor awake_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};  // readable: nobody sleeps
};

}  // namespace

std::unique_ptr<Clock> make_system_clock() { return std::make_unique<SystemClock>(); }

}  // namespace prewarm
