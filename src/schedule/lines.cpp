// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "document.hpp"

namespace prewarm::schedule {
namespace {

constexpr std::size_t kBlock = 256;

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }

}  // namespace

// A line ends with LF, CR LF, or a CR by itself, as editors count them.
Lines::Lines(std::string_view text) : text_(text), starts_{0} {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\n' || text[i] == '\r') starts_.push_back(i + 1);
  }
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % kBlock == 0) counted_.push_back(characters);
    if (begins_character(text[i])) ++characters;
  }
  counted_.push_back(characters);
}

std::size_t Lines::characters_before(std::size_t offset) const {
  if (offset == text_.size()) return counted_.back();
  const std::size_t from = offset - offset % kBlock;
  const std::string_view rest = text_.substr(from, offset - from);
  return counted_[from / kBlock] +
         static_cast<std::size_t>(std::count_if(rest.begin(), rest.end(), begins_character));
}

Place Lines::at(const std::string& file, std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const auto line = static_cast<int>(after - starts_.begin());
  const std::size_t column = characters_before(offset) - characters_before(*(after - 1)) + 1;
  return Place{file, line, static_cast<int>(column)};
}

}  // namespace prewarm::schedule
