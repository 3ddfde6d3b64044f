// SPDX-License-Identifier: Apache-2.0
// Where values of a sound JSON text end. With simdjson's index of its structural characters only these are
// looked at, about one byte in eight; without it every byte is. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace prewarm::shape {

class ValueEnds {
 public:
  /// `marks`: where the brackets, colons, commas and the beginnings of texts and other scalars are, outside
  /// of texts, ascending; empty when they are not known. Both outlive it.
  ValueEnds(std::string_view text, std::span<const std::uint32_t> marks) noexcept
      : text_(text), marks_(marks) {}

  /// One past the value that begins at `at`; not before that of an earlier call.
  std::size_t end(std::size_t at) noexcept;

 private:
  std::string_view text_;
  std::span<const std::uint32_t> marks_;
  std::size_t next_ = 0;  // in marks_
};

}  // namespace prewarm::shape
