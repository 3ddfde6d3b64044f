// SPDX-License-Identifier: Apache-2.0
// Where values of a sound JSON text end. Of arrays and objects it is looked up where that is known; else
// every byte of the value is read. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "prewarm/base/json_index.hpp"

namespace prewarm::shape {

class ValueEnds {
 public:
  /// `brackets`: all of the text, in the order in which they begin; empty when they are not known. Both
  /// outlive it.
  ValueEnds(std::string_view text, std::span<const JsonBracket> brackets) noexcept
      : text_(text), brackets_(brackets) {}

  /// One past the value that begins at `at`; not before that of an earlier call.
  std::size_t end(std::size_t at) noexcept;

 private:
  std::string_view text_;
  std::span<const JsonBracket> brackets_;
  std::size_t next_ = 0;  // in brackets_
};

}  // namespace prewarm::shape
