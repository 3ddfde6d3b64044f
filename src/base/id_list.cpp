// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/id_list.hpp"

#include <cstring>
#include <random>

#include "prewarm/base/check.hpp"

namespace prewarm {
namespace {

constexpr std::size_t kFirstTable = 16;

// Drawn once a process: ids come from upstreams, and one that knew the hash could make a million ids meet in
// one place of the table, which would take hours. What a list holds, and in which order, does not depend on
// it.
struct Salt {
  std::uint64_t start, factor;
};
const Salt& salt() {
  static const Salt drawn = [] {
    std::random_device random;
    const auto word = [&random] { return (std::uint64_t{random()} << 32U) | random(); };
    return Salt{word(), word() | 1U};
  }();
  return drawn;
}

// The two halves of the product, so that every bit of `a` reaches every bit of the hash.
std::uint64_t folded(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{a} * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

std::size_t hash_of(std::string_view id) noexcept {
  const Salt& by = salt();
  std::uint64_t hash = by.start ^ id.size();
  while (!id.empty()) {
    std::uint64_t block = 0;
    const std::size_t count = id.size() < sizeof block ? id.size() : sizeof block;
    std::memcpy(&block, id.data(), count);
    hash = folded(hash ^ block, by.factor);
    id.remove_prefix(count);
  }
  return static_cast<std::size_t>(hash);
}

}  // namespace

IdList::Added IdList::add(std::string_view id) {
  if (id.empty() || id.size() > kMaxIdBytes) return Added::bad_length;
  if (2 * (size() + 1) > table_.size()) grow_table();
  const std::size_t place = place_of(id);
  if (table_[place] != 0) return Added::repeated;
  if (size() == kMaxIds) return Added::too_many;
  text_ += id;
  ends_.push_back(static_cast<std::uint32_t>(text_.size()));
  table_[place] = static_cast<std::uint32_t>(size());
  return Added::yes;
}

std::string_view IdList::operator[](std::size_t index) const noexcept {
  ENSURE(index < size());
  const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
  return std::string_view(text_).substr(begin, ends_[index] - begin);
}

std::optional<std::size_t> IdList::find(std::string_view id) const noexcept {
  if (empty()) return std::nullopt;
  const std::uint32_t found = table_[place_of(id)];
  return found == 0 ? std::nullopt : std::optional<std::size_t>(found - 1);
}

// Where the id stands in the table, or would stand.
std::size_t IdList::place_of(std::string_view id) const noexcept {
  const std::size_t last = table_.size() - 1;
  std::size_t place = hash_of(id) & last;
  while (table_[place] != 0 && (*this)[table_[place] - 1] != id) place = (place + 1) & last;
  return place;
}

void IdList::grow_table() {
  table_.assign(table_.empty() ? kFirstTable : 2 * table_.size(), 0);
  const std::size_t last = table_.size() - 1;
  for (std::size_t i = 0; i < size(); ++i) {
    std::size_t place = hash_of((*this)[i]) & last;
    while (table_[place] != 0) place = (place + 1) & last;  // the ids differ
    table_[place] = static_cast<std::uint32_t>(i + 1);
  }
}

}  // namespace prewarm
