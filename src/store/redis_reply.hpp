// SPDX-License-Identifier: Apache-2.0
// Replies of a Redis server in RESP2 under limits of our own (PROMISES 15): at most 1,024 elements unless
// more were asked for, nested at most 3 deep, a byte cap for each reply that is seen before its bytes are
// collected, no type of RESP3, and a bulk string must end where it says. A value that comes back as it was
// sent is compared where it lies and not copied. Not thread-safe; pure apart from memory.
//
//   reply  +text\r\n | -text\r\n | :integer\r\n | $length\r\nbytes\r\n | $-1\r\n | *count\r\n reply… |
//   *-1\r\n
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "prewarm/base/result.hpp"
#include "prewarm/envelope/sealed.hpp"

namespace prewarm::store {

struct Reply {
  enum class Kind : std::uint8_t { text, status, error, integer, nil, array };
  Kind kind = Kind::nil;
  bool same = false;  // a text that is byte for byte what was expected; `text` is then empty
  std::string text;   // text, status, error
  std::int64_t integer = 0;
  std::vector<Reply> elements;
  std::optional<std::uint64_t> whole_length;  // of a text that was cut at its cap

  /// Anew, in the memory it has.
  void reset() noexcept {
    kind = Kind::nil;
    same = false;
    text.clear();
    integer = 0;
    elements.clear();
    whole_length.reset();
  }
  bool is_text() const noexcept { return kind == Kind::text; }
  bool is_error() const noexcept { return kind == Kind::error; }
};

/// How long a reply may be: payload bytes of a bulk string, or all bytes of anything else.
struct ReplyLimit {
  std::size_t bytes = 4096;
  bool cut = false;             // of a longer bulk string the front is kept, instead of its being an error
  std::size_t elements = 1024;  // of arrays, all in all
  /// What a bulk string is compared with, if anything; lives until the reply is read, and is no longer than
  /// `bytes`.
  const envelope::Sealed* expected = nullptr;
};
/// A bulk string that is cut is read past up to this length, as long as a value of ours can be; behind a
/// longer one the reader stops, and the connection with it.
inline constexpr std::size_t kMaxSkipped = (64U << 20) + 4096;

class ReplyReader {
 public:
  ReplyReader();

  /// Where the next bytes go, and how many came; nothing is read in between.
  std::span<char> room();
  void came(std::size_t count) noexcept { end_ += count; }
  void feed(std::string_view bytes);

  /// Reads on; true when `into` is the whole next reply. Until then it must be the same and stay where it is.
  /// Errors: protocol; the reader is then of no more use.
  Result<bool> next(const ReplyLimit& limit, Reply& into);
  /// Stopped in the middle of a reply: what follows cannot be read.
  bool stopped() const noexcept { return stopped_; }
  /// The last error is that a sound reply is longer, or has more elements, than its limit.
  bool over_limit() const noexcept { return over_limit_; }
  /// Bytes behind the last reply.
  bool has_surplus() const noexcept { return end_ > begin_; }

 private:
  static constexpr std::size_t kMaxDepth =
      3;  // ROLE is the deepest reply asked for: an array of arrays of texts
  /// An array of which elements have not come yet.
  struct OpenArray {
    Reply* reply = nullptr;
    std::size_t left = 0;
  };
  /// A bulk string on its way.
  struct OpenText {
    Reply* reply = nullptr;
    std::uint64_t length = 0, left = 0;
    std::size_t cap = 0;
    const envelope::Sealed* expected = nullptr;
    void take(std::string_view bytes);
  };

  std::string_view unread() const noexcept { return {buffer_.get() + begin_, end_ - begin_}; }
  Error too_long(const ReplyLimit& limit);
  Result<bool> read_value(const ReplyLimit& limit, Reply& root);
  bool take_short_line(const ReplyLimit& limit, std::string_view& line) noexcept;
  Result<std::optional<std::string_view>> take_line(const ReplyLimit& limit);
  Result<bool> begin_text(std::string_view digits, const ReplyLimit& limit, Reply& reply);
  Result<bool> begin_array(std::string_view digits, const ReplyLimit& limit, Reply& reply);
  Result<bool> read_text();

  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0, begin_ = 0, end_ = 0;  // unread bytes are those from begin_ to end_
  std::array<OpenArray, kMaxDepth> arrays_;
  std::size_t depth_ = 0;
  std::optional<OpenText> text_;
  bool begun_ = false;                   // a part of the next reply was read
  std::size_t used_ = 0, elements_ = 0;  // of it
  bool stopped_ = false, over_limit_ = false;
};

}  // namespace prewarm::store
