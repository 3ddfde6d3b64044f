// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/key_set.hpp"

#include <functional>
#include <utility>

namespace prewarm::pipeline {

bool KeySet::put(std::uint64_t hash) noexcept {
  const std::size_t mask = table_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    if (table_[at] == hash) return false;
    if (table_[at] != 0) continue;
    table_[at] = hash;
    return true;
  }
}

void KeySet::grow() {
  constexpr std::size_t kFirst = 256;
  const auto old =
      std::exchange(table_, std::vector<std::uint64_t>(table_.empty() ? kFirst : 2 * table_.size()));
  for (const std::uint64_t hash : old)
    if (hash != 0) put(hash);
}

bool KeySet::add(std::string_view key) {
  if (2 * (size_ + 1) > table_.size()) grow();
  const std::uint64_t hash = std::hash<std::string_view>{}(key);
  const bool fresh = put(hash == 0 ? 1 : hash);
  if (fresh) ++size_;
  return fresh;
}

}  // namespace prewarm::pipeline
