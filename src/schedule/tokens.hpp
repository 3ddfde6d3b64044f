// SPDX-License-Identifier: Apache-2.0
// A walk over the tokens of JSON with comments: where each begins and ends. It keeps step with the parser's
// events to give them places, and says in words why the parser stopped. Does not judge grammar. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "document.hpp"

namespace prewarm::schedule {

/// What the parser had read when it stopped.
struct ReadSoFar {
  enum class Inside : std::uint8_t { nothing, object, list, finished } inside = Inside::nothing;
  bool name_read = false;  // a member's name is read, its value not
  bool first = true;       // nothing in this object or list yet
};

class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  struct Token {
    std::size_t at;
    std::string_view text;
  };
  /// The next token that is not punctuation between values (',' and ':'). The text must be sound up to there.
  Token next();
  /// Why the text is no JSON behind the last token, which the parser found to be so.
  DocumentFault fault(const ReadSoFar& state) const;

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

/// Behind white space and comments from `at`; nothing if a comment has no end, and `at` is where it begins.
std::optional<std::size_t> skip_filler(std::string_view text, std::size_t& at);

}  // namespace prewarm::schedule
