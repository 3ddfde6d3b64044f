// SPDX-License-Identifier: Apache-2.0
// Runs a program under ptrace and does something to it at its n-th system call, counted over all its threads
// from the first one after exec. The call has not been made when it is stopped. Counting is exact; which call
// is the n-th varies with the order of the threads. x86-64 alone. Each run has a thread of its own, since
// ptrace and wait belong to one. Thread-safe.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "support/process.hpp"

namespace prewarm::campaign {

/// A call that is about to be made.
struct Call {
  enum class Object : std::uint8_t { unknown, output, file, socket, event };  // output: stdout or stderr
  long number = 0;
  pid_t thread = 0;
  std::array<std::uint64_t, 6> arguments{};
  Object object = Object::unknown;  // behind the descriptor that is the first argument
};

/// How a call ends instead of being made.
struct Failure {
  int error = 0;      // errno
  bool half = false;  // of a write: half of it is made instead
};

/// Which calls fail, and how. Asked by the tracing thread.
class CallFaults {
 public:
  virtual ~CallFaults() = default;
  /// Whether it is one of those that are counted. Others are made.
  virtual bool counts(const Call& call) = 0;
  /// Of the `number`th (from 1) that counts; nothing: it is made.
  virtual std::optional<Failure> failure(const Call& call, std::uint64_t number) = 0;
};

struct Strike {
  std::uint64_t at = 0;                // from 1; 0: never
  std::function<void()> pause{};       // instead of a kill: no thread goes on from a call until this returns
  CallFaults* faults = nullptr;        // instead of `at` and either of these; outlives the trace
  std::chrono::milliseconds limit{0};  // then it is killed; 0: none
};

struct Traced {
  std::uint64_t calls = 0;           // entered and counted, the one it was struck at included
  std::vector<std::string> names{};  // of each of them
  std::string struck_at{};           // "sendto"; empty: it ended before
  testkit::Finished finished{};
};

/// Throws std::runtime_error when it cannot be traced. Output goes through files in `command.directory`.
Traced trace(const testkit::ChildCommand& command, const Strike& strike);

}  // namespace prewarm::campaign
