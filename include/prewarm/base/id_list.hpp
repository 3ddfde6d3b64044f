// SPDX-License-Identifier: Apache-2.0
// The ids of a fan-out, in the order given, each once. One buffer and an offset an id, no string each. A list
// that ascends, as most sources give it, needs nothing else to find repeats: a million ids of 12 bytes take
// 19 MiB. Any other has a table besides, 8 MiB of it. Pure: a value; immutable once shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prewarm {

inline constexpr std::size_t kMaxIds = 1'000'000;  // of one schedule
inline constexpr std::size_t kMaxIdBytes = 200;    // of one id, in UTF-8

class IdList {
 public:
  enum class Added : std::uint8_t { yes, repeated, bad_length, too_many };
  /// `id`: 1 to kMaxIdBytes bytes. A repeated one is dropped.
  Added add(std::string_view id);

  std::size_t size() const noexcept { return ends_.size(); }
  bool empty() const noexcept { return ends_.empty(); }
  /// Valid until the next `add`. ENSURE: index < size.
  std::string_view operator[](std::size_t index) const noexcept;
  /// Where the id stands, nothing if it is not in the list.
  std::optional<std::size_t> find(std::string_view id) const noexcept;

 private:
  Added append(std::string_view id);
  std::optional<std::size_t> find_ascending(std::string_view id) const noexcept;
  std::size_t place_of(std::string_view id) const noexcept;
  void make_table(std::size_t places);

  std::string text_;                 // all ids, one behind the other
  std::vector<std::uint32_t> ends_;  // in text_
  // Open addressing: index + 1, 0 empty; a power of two, at most half full. Empty while the ids ascend.
  std::vector<std::uint32_t> table_;
};

using IdListPtr = std::shared_ptr<const IdList>;

}  // namespace prewarm
