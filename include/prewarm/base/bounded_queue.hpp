// SPDX-License-Identifier: Apache-2.0
// The only way values pass between threads. Bounded: a full queue holds the producer back, so memory is
// bounded by the capacities. Closing lets consumers drain what is inside, then ends them. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "prewarm/base/planted.hpp"

namespace prewarm {

template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  /// Blocks while full. False (and `value` is lost) once closed.
  bool push(T value) {
    std::unique_lock lock(mutex_);
    if (planted(Plant::full_queue_drops) && items_.size() >= capacity_) return true;
    room_.wait(lock, [this] { return closed_ || items_.size() < capacity_; });
    return insert(lock, std::move(value));
  }
  /// Never blocks. False when full or closed.
  bool try_push(T value) {
    std::unique_lock lock(mutex_);
    if (items_.size() >= capacity_) return false;
    return insert(lock, std::move(value));
  }
  /// Blocks while empty; nothing once closed and drained.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return closed_ || !items_.empty(); });
    return take(lock);
  }
  /// Never blocks; nothing when empty.
  std::optional<T> try_pop() {
    std::unique_lock lock(mutex_);
    return take(lock);
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    room_.notify_all();
    filled_.notify_all();
  }
  bool drained() const {
    const std::lock_guard lock(mutex_);
    return closed_ && items_.empty();
  }

 private:
  bool insert(std::unique_lock<std::mutex>& lock, T value) {
    if (closed_) return false;
    items_.push_back(std::move(value));
    lock.unlock();
    filled_.notify_one();
    return true;
  }
  std::optional<T> take(std::unique_lock<std::mutex>& lock) {
    if (items_.empty()) return std::nullopt;
    std::optional<T> value(std::move(items_.front()));
    items_.pop_front();
    lock.unlock();
    room_.notify_one();
    return value;
  }

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable room_, filled_;
  std::deque<T> items_;
  bool closed_ = false;
};

}  // namespace prewarm
