// SPDX-License-Identifier: Apache-2.0
// Replies of a Redis server in RESP2, read by hiredis under limits of our own (PROMISES 15): at most 1,024
// elements unless more were asked for, nested at most 3 deep, a byte cap for each reply that is seen before
// its bytes are collected, no type of RESP3, and a bulk string must end where it says. Not thread-safe; pure
// apart from memory.
#pragma once

#include <hiredis/read.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prewarm/base/result.hpp"

namespace prewarm::store {

struct Reply {
  enum class Kind : std::uint8_t { text, status, error, integer, nil, array };
  Kind kind = Kind::nil;
  std::string text;  // text, status, error
  std::int64_t integer = 0;
  std::vector<Reply> elements;
  std::optional<std::uint64_t> whole_length;  // of a text that was cut at its cap

  bool is_text() const noexcept { return kind == Kind::text; }
  bool is_error() const noexcept { return kind == Kind::error; }
};

/// How long a reply may be: payload bytes of a bulk string, or all bytes of anything else.
struct ReplyLimit {
  std::size_t bytes = 4096;
  bool cut = false;             // of a longer bulk string the front is kept, instead of its being an error
  std::size_t elements = 1024;  // of one array
};
/// A bulk string that is cut is read past up to this length, as long as a value of ours can be; behind a
/// longer one the reader stops, and the connection with it.
inline constexpr std::size_t kMaxSkipped = (64U << 20) + 4096;

/// A bulk string on its way, of which only the front is kept.
struct CutText {
  Reply reply;
  std::size_t cap = 0;
  std::uint64_t left = 0;  // bytes of it that have not come yet, with the end of line
  void take(std::string_view bytes);
};

class ReplyReader {
 public:
  ReplyReader();

  void feed(std::string_view bytes);
  /// The next reply, or nothing when bytes of it are missing. Errors: protocol; the reader is then of no more
  /// use.
  Result<std::optional<Reply>> next(const ReplyLimit& limit);
  /// Stopped in the middle of a reply: what follows cannot be read.
  bool stopped() const noexcept { return stopped_; }
  /// The last error is that a sound reply is longer, or has more elements, than its limit.
  bool over_limit() const noexcept { return over_limit_; }
  /// Bytes behind the last reply.
  bool has_surplus() const noexcept { return reader_->len > reader_->pos; }

 private:
  struct FreeReader {
    void operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
  };
  std::string_view unread() const noexcept {
    return {reader_->buf + reader_->pos, reader_->len - reader_->pos};
  }
  Result<bool> look_at_border(const ReplyLimit& limit);
  Result<bool> look_at_bulk(std::string_view bytes, const ReplyLimit& limit);
  void begin_cut(std::size_t header, std::uint64_t length, std::size_t cap);
  std::optional<Reply> finish_cut();

  std::unique_ptr<redisReader, FreeReader> reader_;
  std::size_t fed_ = 0, begun_at_ = 0;  // counted over the life of the reader
  bool begun_ = false;                  // hiredis has seen the beginning of the next reply
  bool stopped_ = false;
  bool over_limit_ = false;
  std::optional<CutText> cut_;
};

}  // namespace prewarm::store
