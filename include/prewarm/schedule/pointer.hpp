// SPDX-License-Identifier: Apache-2.0
// JSON Pointer (RFC 6901), parsed once at load. "" is the whole document.
// Pure: a value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "prewarm/base/result.hpp"

namespace prewarm::schedule {

class Pointer {
 public:
  Pointer() = default;
  /// Errors: invalid, with the pointer that was probably meant ("/listens", not "listens").
  static Result<Pointer> parse(std::string_view text);

  bool whole() const noexcept { return tokens_.empty(); }
  /// Reference tokens, unescaped.
  const std::vector<std::string>& tokens() const noexcept { return tokens_; }
  const std::string& text() const noexcept { return text_; }
  friend bool operator==(const Pointer& a, const Pointer& b) noexcept { return a.text_ == b.text_; }

 private:
  std::string text_;
  std::vector<std::string> tokens_;
};

}  // namespace prewarm::schedule
