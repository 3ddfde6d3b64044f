// SPDX-License-Identifier: Apache-2.0
// Runs a program under ptrace and does something to it at its n-th system call, counted over all its threads
// from the first one after exec. The call has not been made when it is stopped. Counting is exact; which call
// is the n-th varies with the order of the threads. Each run has a thread of its own, since ptrace and wait
// belong to one. Thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "support/process.hpp"

namespace prewarm::campaign {

/// A call that is about to be made.
struct Call {
  enum class Object : std::uint8_t { unknown, output, file, socket, event };  // output: stdout or stderr
  long number = 0;
  std::array<std::uint64_t, 6> arguments{};
  Object object = Object::unknown;  // behind the descriptor that is the first argument
};

/// What calls that change a file answer instead of being made. Counted are those on files whose name begins
/// with `file`: pwrite64, fsync, fdatasync, ftruncate, unlink, and openat where it may create or change.
struct Fault {
  std::string file{};      // a path; with what SQLite puts behind it
  std::uint64_t from = 0;  // the first that fails, from 1; 0: none
  int error = 0;           // errno
  bool once = false;       // else all of them from then on
  bool cut = false;        // if the first is a write, half of it is made
  bool only_open = false;  // openat alone counts
};

struct Strike {
  std::uint64_t at = 0;           // from 1; 0: never
  std::function<void()> pause{};  // instead of a kill: no thread goes on from a call until this returns
  std::function<int(const Call&)>
      error{};                         // instead of a kill: with what errno it fails; 0: it is not counted
  std::chrono::milliseconds limit{0};  // then it is killed; 0: none
  Fault fault{};
};

struct Traced {
  std::uint64_t calls = 0;           // entered and counted, the one it was struck at included
  std::vector<std::string> names{};  // of each of them
  std::string struck_at{};           // "sendto"; empty: it ended before
  std::uint64_t file_calls = 0;      // those that Strike::fault counts
  testkit::Finished finished{};
};

/// Throws std::runtime_error when it cannot be traced. Output goes through files in `command.directory`.
Traced trace(const testkit::ChildCommand& command, const Strike& strike);

}  // namespace prewarm::campaign
