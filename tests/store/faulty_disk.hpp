// SPDX-License-Identifier: Apache-2.0
// A disk that fails on order: while an object lives, SQLite's default VFS counts every call that changes a
// file (write, truncate, sync, delete, create) and fails from the chosen one on, or that one alone. One at a
// time; owned by one thread.
#pragma once

#include <functional>

namespace prewarm::store {

class FaultyDisk {
 public:
  enum class Fault : unsigned char { full, io_error };
  enum class Span : unsigned char { once, from_then_on };

  FaultyDisk();
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  /// Fails the `nth` changing call from now, counted from 1.
  void fail(int nth, Fault fault, Span span);
  void heal();
  /// Whether the fault was met.
  bool struck() const;
  /// Called, once, when the lock that a commit held is given back.
  void after_commit(std::function<void()> action);
};

}  // namespace prewarm::store
