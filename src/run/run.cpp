// SPDX-License-Identifier: Apache-2.0
#include "prewarm/run/run.hpp"

#include "prewarm/base/hash.hpp"
#include "prewarm/base/time_text.hpp"

namespace prewarm::run {

std::string rid_of(const std::string& env, const std::string& name, Slot slot) {
  return uuid8(sha256("prewarm:" + env + ":" + name + ":" + slot_compact(slot)));
}

}  // namespace prewarm::run
