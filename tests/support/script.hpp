// SPDX-License-Identifier: Apache-2.0
// What a connection does for an answer, step by step: the bytes as on the wire and the waits between them.
// Pure.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "support/answer.hpp"

namespace prewarm::testkit {

/// Each field is done in this order; empty ones are passed over.
struct Step {
  std::chrono::milliseconds pause{0};
  std::shared_ptr<Gate> gate{};
  std::string bytes{};
  std::chrono::milliseconds byte_interval{0};  // above 0: `bytes` one at a time, this long after each
  bool for_ever = false;                       // `bytes` again and again
};
struct Script {
  std::vector<Step> steps;
  Ending ending = Ending::keep;
};
Script script_of(const Answer& answer);

}  // namespace prewarm::testkit
