// SPDX-License-Identifier: Apache-2.0
#include "shape/value_ends.hpp"

#include "prewarm/base/json_walk.hpp"

namespace prewarm::shape {

std::size_t ValueEnds::end(std::size_t at) noexcept {
  while (next_ < brackets_.size() && brackets_[next_].begin < at) ++next_;
  const bool known = next_ < brackets_.size() && brackets_[next_].begin == at;
  return known ? brackets_[next_].end : json_value_end(text_, at);
}

}  // namespace prewarm::shape
