// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/id_list.hpp"

#include <algorithm>
#include <bit>
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

// Shorter ones first, so that numbers ascend as numbers do.
bool comes_before(std::string_view a, std::string_view b) noexcept {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace

IdList::Added IdList::add(std::string_view id) {
  if (id.empty() || id.size() > kMaxIdBytes) return Added::bad_length;
  if (table_.empty()) {
    if (empty() || comes_before((*this)[size() - 1], id)) return append(id);
    if (find(id)) return Added::repeated;
    if (size() == kMaxIds) return Added::too_many;
    make_table(std::max(kFirstTable, std::bit_ceil(2 * (size() + 1))));
  } else if (2 * (size() + 1) > table_.size()) {
    make_table(2 * table_.size());
  }
  const std::size_t place = place_of(id);
  if (table_[place] != 0) return Added::repeated;
  const Added added = append(id);
  if (added == Added::yes) table_[place] = static_cast<std::uint32_t>(size());
  return added;
}

IdList::Added IdList::append(std::string_view id) {
  if (size() == kMaxIds) return Added::too_many;
  text_ += id;
  ends_.push_back(static_cast<std::uint32_t>(text_.size()));
  return Added::yes;
}

std::string_view IdList::operator[](std::size_t index) const noexcept {
  ENSURE(index < size());
  const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
  return std::string_view(text_).substr(begin, ends_[index] - begin);
}

std::optional<std::size_t> IdList::find(std::string_view id) const noexcept {
  if (table_.empty()) return find_ascending(id);
  const std::uint32_t found = table_[place_of(id)];
  return found == 0 ? std::nullopt : std::optional<std::size_t>(found - 1);
}

std::optional<std::size_t> IdList::find_ascending(std::string_view id) const noexcept {
  std::size_t first = 0;
  for (std::size_t count = size(); count > 0;) {
    const std::size_t half = count / 2;
    const bool behind = comes_before((*this)[first + half], id);
    first += behind ? half + 1 : 0;
    count = behind ? count - half - 1 : half;
  }
  return first < size() && (*this)[first] == id ? std::optional(first) : std::nullopt;
}

// Where the id stands in the table, or would stand.
std::size_t IdList::place_of(std::string_view id) const noexcept {
  const std::size_t last = table_.size() - 1;
  std::size_t place = hash_of(id) & last;
  while (table_[place] != 0 && (*this)[table_[place] - 1] != id) place = (place + 1) & last;
  return place;
}

void IdList::make_table(std::size_t places) {
  table_.assign(places, 0);
  const std::size_t last = places - 1;
  for (std::size_t i = 0; i < size(); ++i) {
    std::size_t place = hash_of((*this)[i]) & last;
    while (table_[place] != 0) place = (place + 1) & last;  // the ids differ
    table_[place] = static_cast<std::uint32_t>(i + 1);
  }
}

}  // namespace prewarm
