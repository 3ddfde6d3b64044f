// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/signals.hpp"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "prewarm/base/check.hpp"
#include "prewarm/base/give_up.hpp"

namespace prewarm::pipeline {
namespace {

// SIGUSR2 is ours: it ends the wait when the watch is taken down.
sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGUSR2}) sigaddset(&set, number);
  return set;
}

extern "C" void leave_at_once(int number) { _exit(128 + number); }

// The second signal is taken by this thread whatever it does then, the callback of the first included.
void leave_at_next() {
  struct sigaction action {};
  action.sa_handler = leave_at_once;
  sigset_t stopping;
  sigemptyset(&stopping);
  for (const int number : {SIGTERM, SIGINT}) {
    ENSURE(sigaction(number, &action, nullptr) == 0);
    sigaddset(&stopping, number);
  }
  ENSURE(pthread_sigmask(SIG_UNBLOCK, &stopping, nullptr) == 0);
}

}  // namespace

SignalWatch::SignalWatch() {
  const sigset_t set = watched();
  ENSURE(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  thread_ = start_thread([this] { loop(); });
}

SignalWatch::~SignalWatch() {
  done_ = true;
  pthread_kill(thread_.native_handle(), SIGUSR2);
  thread_.join();
}

void SignalWatch::connect(std::function<void()> on_stop) {
  const std::lock_guard lock(mutex_);
  on_stop_ = std::move(on_stop);
  if (received_ != 0 && on_stop_) on_stop_();
}

void SignalWatch::loop() {
  const sigset_t set = watched();
  int number = SIGUSR2;
  while (number == SIGUSR2) {
    if (sigwait(&set, &number) != 0) continue;
    if (done_) return;
  }
  leave_at_next();
  {
    const std::lock_guard lock(mutex_);
    received_ = number;
    if (on_stop_) on_stop_();
  }
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGUSR2);
  while (!done_) sigwait(&end, &number);
}

}  // namespace prewarm::pipeline
