// SPDX-License-Identifier: Apache-2.0
#include "shape/value_ends.hpp"

#include <array>

#include "prewarm/base/json_walk.hpp"

namespace prewarm::shape {
namespace {

// How much deeper it is behind this byte.
constexpr auto kDeeper = [] {
  std::array<std::int8_t, 256> deeper{};
  deeper['{'] = deeper['['] = 1;
  deeper['}'] = deeper[']'] = -1;
  return deeper;
}();

}  // namespace

std::size_t ValueEnds::end(std::size_t at) noexcept {
  while (next_ < marks_.size() && marks_[next_] < at) ++next_;
  const bool opens = at < text_.size() && kDeeper[static_cast<unsigned char>(text_[at])] > 0;
  if (!opens || next_ == marks_.size() || marks_[next_] != at) return json_value_end(text_, at);
  int depth = 0;
  while (next_ < marks_.size()) {
    const std::uint32_t mark = marks_[next_++];
    if (mark >= text_.size()) break;
    depth += kDeeper[static_cast<unsigned char>(text_[mark])];
    if (depth == 0) return mark + std::size_t{1};
  }
  return text_.size();
}

}  // namespace prewarm::shape
