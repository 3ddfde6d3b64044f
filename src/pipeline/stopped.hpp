// SPDX-License-Identifier: Apache-2.0
// How a run ends that a stop of the worker met.
#pragma once

#include <string>

#include "prewarm/base/result.hpp"

namespace prewarm::pipeline {

/// `where`: "before the fetch".
inline Error stopped(const char* where) {
  return Error{ErrorKind::shutdown, std::string("stopped ") + where, {}};
}

}  // namespace prewarm::pipeline
