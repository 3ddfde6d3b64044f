// SPDX-License-Identifier: Apache-2.0
// The recorded answers and old values of tests/data.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace prewarm::testing {

/// The bytes of tests/data/NAME.
inline std::string sample(const std::string& name) {
  std::ifstream file(std::string(PREWARM_SOURCE_DIR "/tests/data/") + name, std::ios::binary);
  if (!file) throw std::runtime_error("tests/data/" + name + " is missing");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace prewarm::testing
