// SPDX-License-Identifier: Apache-2.0
// The ids of a fan-out, in the order given, each once. One buffer, an offset an id and a table to find
// repeats: a million ids of 10 bytes take some 22 MiB, no string each. Pure: a value; immutable once shared.
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
  std::size_t place_of(std::string_view id) const noexcept;
  void grow_table();

  std::string text_;                 // all ids, one behind the other
  std::vector<std::uint32_t> ends_;  // in text_
  std::vector<std::uint32_t>
      table_;  // open addressing: index + 1, 0 empty; a power of two, at most half full
};

using IdListPtr = std::shared_ptr<const IdList>;

}  // namespace prewarm
