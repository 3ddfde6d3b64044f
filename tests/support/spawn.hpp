// SPDX-License-Identifier: Apache-2.0
// fork and exec with pipes, for Process alone. The child does nothing between the two that is not allowed
// after a fork in a program with threads.
#pragma once

#include <sys/types.h>

#include "support/process.hpp"

namespace prewarm::testkit {

/// Our ends of the pipes, none of which blocks.
struct Spawned {
  pid_t pid = -1;
  Descriptor in, out, err;
};

/// Throws std::runtime_error, also when the program cannot be executed.
Spawned spawn(const ChildCommand& command);

}  // namespace prewarm::testkit
