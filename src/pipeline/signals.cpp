// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/signals.hpp"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "prewarm/base/check.hpp"

namespace prewarm::pipeline {
namespace {

// SIGUSR2 is ours: it ends the wait when the watch is taken down.
sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGUSR2}) sigaddset(&set, number);
  return set;
}

}  // namespace

SignalWatch::SignalWatch() {
  const sigset_t set = watched();
  ENSURE(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  thread_ = std::thread([this] { loop(); });
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
  while (true) {
    int number = 0;
    if (sigwait(&set, &number) != 0) continue;
    if (done_) return;
    if (number == SIGUSR2) continue;
    if (received_ != 0) _exit(128 + number);
    const std::lock_guard lock(mutex_);
    received_ = number;
    if (on_stop_) on_stop_();
  }
}

}  // namespace prewarm::pipeline
