// SPDX-License-Identifier: Apache-2.0
// The misbehaviours of upstreams by name, for hands and shell scripts (local_upstream --mode) and for tests
// that go through them all. Each makes its answer out of a good body. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/answer.hpp"

namespace prewarm::testkit {

struct Mode {
  std::string_view name;                                    // "cut-body"
  std::string_view what;                                    // one line for people
  std::vector<Answer> (*answers)(const std::string& body);  // in turn, the last one stays
};

/// "ok" first.
const std::vector<Mode>& modes();
/// nullptr when there is none of that name.
const Mode* find_mode(std::string_view name);

}  // namespace prewarm::testkit
