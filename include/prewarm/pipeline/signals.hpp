// SPDX-License-Identifier: Apache-2.0
// SIGTERM and SIGINT as a request to stop: the first calls back, the second ends the process at once with 128
// + its number, also while the callback of the first runs or hangs. Made before any other thread, so that
// every thread inherits the blocked signals. The callback runs on the signal thread.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

namespace prewarm::pipeline {

class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  /// From now on the first signal calls this, on the signal thread; at once if it came before. An empty
  /// function disconnects, and waits for a call that is under way.
  void connect(std::function<void()> on_stop);
  /// The signal that asked to stop, 0 so far.
  int received() const noexcept { return received_; }

 private:
  void loop();

  std::mutex mutex_;
  std::function<void()> on_stop_;
  std::atomic<int> received_{0};
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace prewarm::pipeline
