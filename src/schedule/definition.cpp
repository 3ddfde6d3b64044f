// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/definition.hpp"

#include "prewarm/base/hash.hpp"
#include "prewarm/base/planted.hpp"

namespace prewarm::schedule {

Millis Schedule::jitter_of(Slot slot) const {
  if (jitter.count() <= 0) return Millis{0};
  if (planted(Plant::random_jitter)) {
    static auto drawn = reinterpret_cast<std::uintptr_t>(this);
    return Millis{
        static_cast<Millis::rep>((drawn += 0x9e3779b97f4a7c15) % static_cast<std::uint64_t>(jitter.count()))};
  }
  const std::uint64_t hash = fnv1a64(name + ":" + std::to_string(slot.time_since_epoch().count()));
  return Millis{static_cast<Millis::rep>(hash % static_cast<std::uint64_t>(jitter.count()))};
}

}  // namespace prewarm::schedule
