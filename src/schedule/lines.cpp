// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "document.hpp"

namespace prewarm::schedule {

// A line ends with LF, CR LF, or a CR by itself, as editors count them.
Lines::Lines(std::string_view text) : text_(text), starts_{0} {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\n' || text[i] == '\r') starts_.push_back(i + 1);
  }
}

Place Lines::at(const std::string& file, std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const auto line = static_cast<int>(after - starts_.begin());
  int column = 1;
  for (std::size_t i = *(after - 1); i < offset; ++i)
    if ((static_cast<unsigned char>(text_[i]) & 0xc0U) != 0x80U) ++column;
  return Place{file, line, column};
}

}  // namespace prewarm::schedule
