// SPDX-License-Identifier: Apache-2.0
// A program that has mounts of its own and is process 1, as in a container: Linux namespaces, made by
// unshare(1). Root needs nothing for it; others are made root of a user namespace. Pure but for the demand.
#pragma once

#include <string>

#include "support/process.hpp"

namespace prewarm::campaign {

/// Throws std::runtime_error that says what to do unless this machine lets us make them, with a name server
/// on port 53 besides.
void demand_namespaces();

/// The program of `command` inside: `script` (bash -eu) sets the scene and then becomes process 1 with
/// `exec "$@"`. What it has mounted is seen by nobody else, and all of it ends with the caller's thread.
testkit::ChildCommand inside(testkit::ChildCommand command, const std::string& script);

}  // namespace prewarm::campaign
