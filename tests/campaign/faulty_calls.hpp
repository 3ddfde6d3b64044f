// SPDX-License-Identifier: Apache-2.0
// System calls of a traced program that fail on order: each is stopped at its entry, turned into none, and
// given its error where it would have returned. x86-64 alone; elsewhere nothing is counted and nothing fails.
// Owned by the thread that traces.
#pragma once

#include <sys/ptrace.h>
#include <sys/types.h>

#include <map>

#include "campaign/tracer.hpp"

namespace prewarm::campaign {

class FaultyCalls {
 public:
  explicit FaultyCalls(const Fault& fault) : fault_(fault) {}
  /// At the entry of a call.
  void enter(pid_t thread, const __ptrace_syscall_info& info, Traced& result);
  /// Where it returns.
  void leave(pid_t thread);

 private:
  bool counts(pid_t thread, const __ptrace_syscall_info& info) const;

  const Fault& fault_;
  std::map<pid_t, int> pending_;  // errors
};

}  // namespace prewarm::campaign
