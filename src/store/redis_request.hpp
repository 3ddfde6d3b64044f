// SPDX-License-Identifier: Apache-2.0
// The commands of a window in the bytes of RESP2, and how long the reply to each may be. Keeps its memory
// from one window to the next, and nothing of the words that it was given but `expected`. Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/redis_reply.hpp"

namespace prewarm::store {

class Request {
 public:
  void add(std::initializer_list<std::string_view> words, const ReplyLimit& limit = {});
  /// A command word by word: `words` calls of `word` follow.
  void begin(std::size_t words, const ReplyLimit& limit = {});
  void word(std::string_view text);
  void value(const envelope::Sealed& value);
  void number(std::int64_t value);

  std::string_view bytes() const noexcept { return bytes_; }
  /// One for each command, in order.
  std::span<const ReplyLimit> limits() const noexcept { return limits_; }
  void clear() noexcept;

 private:
  void header(char mark, std::size_t count);
  std::string bytes_;
  std::vector<ReplyLimit> limits_;
};

}  // namespace prewarm::store
