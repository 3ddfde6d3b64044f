// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/planted.hpp"

#ifdef PREWARM_PLANTS

#include <atomic>
#include <cstdlib>

namespace prewarm {
namespace {

Plant named() noexcept {
  const char* const number = std::getenv("PREWARM_PLANT");
  return number == nullptr ? Plant::none : static_cast<Plant>(std::strtol(number, nullptr, 10));
}

std::atomic<Plant>& chosen() noexcept {
  static std::atomic<Plant> plant{named()};
  return plant;
}

}  // namespace

// Found in a file by this text; a test looks for it in the release.
extern const char* const kPlantsInside;
const char* const kPlantsInside = "planted faults are compiled in";

bool planted(Plant plant) noexcept {
  return chosen().load(std::memory_order_relaxed) == plant && kPlantsInside != nullptr;
}
void plant(Plant plant) noexcept { chosen().store(plant, std::memory_order_relaxed); }

}  // namespace prewarm

#endif
