// SPDX-License-Identifier: Apache-2.0
// The commands of a window in the bytes of RESP2, and how long the reply to each may be. Keeps its memory
// from one window to the next; that of one with a secret is wiped when it is given back. Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "store/redis_reply.hpp"

namespace prewarm::store {

struct ReleaseBytes {
  void operator()(char* bytes) const noexcept;
  std::size_t size = 0;
  bool secret = false;
};

class Request {
 public:
  void add(std::initializer_list<std::string_view> words, const ReplyLimit& limit = {});
  /// A command word by word: `words` calls of `word` follow.
  void begin(std::size_t words, const ReplyLimit& limit = {});
  /// A command whose front is the same for many keys, in RESP2 already: "*2\r\n$3\r\nGET\r\n". The words that
  /// are missing follow.
  void begin_with(std::string_view front, const ReplyLimit& limit = {});
  /// Words in RESP2 already.
  void words(std::string_view encoded);
  void word(std::string_view text);
  void value(const envelope::Sealed& value);
  void number(std::int64_t value);
  /// Said before the first of its words.
  void holds_secret() noexcept { buffer_.get_deleter().secret = true; }

  std::string_view bytes() const noexcept { return {buffer_.get(), size_}; }
  /// One for each command, in order.
  std::span<const ReplyLimit> limits() const noexcept { return limits_; }
  void clear() noexcept;

 private:
  using Buffer = std::unique_ptr<char[], ReleaseBytes>;

  char* room(std::size_t more);
  void came_to(const char* end) noexcept { size_ = static_cast<std::size_t>(end - buffer_.get()); }

  // No std::string: it would fill with zeroes what is written over at once.
  Buffer buffer_;
  std::size_t size_ = 0;
  std::vector<ReplyLimit> limits_;
};

}  // namespace prewarm::store
