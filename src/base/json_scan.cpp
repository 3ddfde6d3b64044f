// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/json_bytes.hpp"
#include "prewarm/base/json.hpp"
#include "prewarm/base/utf8.hpp"

namespace prewarm {
namespace {

using json_bytes::find_unplain;

// One pass without recursion: a bit per open bracket says which kind it is. Every step returns false after
// setting `fault_`.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::optional<JsonFault> run() {
    if (text_.starts_with("\xef\xbb\xbf")) return JsonFault{"found a byte-order mark", 0};
    if (document()) return std::nullopt;
    return std::move(fault_);
  }

 private:
  static constexpr char kEnd = '\0';  // what `peek` says behind the end; a real NUL is a fault everywhere

  char peek() const noexcept { return at_ < text_.size() ? text_[at_] : kEnd; }
  bool take(char c) noexcept {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void space() noexcept { at_ = json_bytes::skip_space(text_, at_); }

  bool fail(std::string what) {
    fault_ = {std::move(what), at_};
    return false;
  }
  bool unexpected(std::string_view wanted) {
    return fail("found " + found() + " instead of " + std::string(wanted));
  }
  std::string found() const;

  bool document();
  bool value();
  bool open(bool object);
  bool close_or_next();
  bool member_name();
  bool literal(std::string_view word);
  bool number();
  bool digits();
  bool string();
  bool string_byte();
  bool cut_character() const;
  bool escape();

  bool in_object() const noexcept { return (kinds_ & 1U) != 0; }

  std::string_view text_;
  std::size_t at_ = 0, depth_ = 0;
  std::uint64_t kinds_ = 0;  // lowest bit: the innermost bracket is an object
  bool opened_ = false;      // `value` has just read an opening bracket
  JsonFault fault_;
};
static_assert(kMaxJsonDepth <= 64, "one bit per level");

std::string Scanner::found() const {
  if (at_ >= text_.size()) return "the end";
  const char c = text_[at_];
  if (c == '\0') return "a NUL byte";
  if (c > 0x20 && c < 0x7f) return std::string("'") + c + "'";
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return std::string("byte 0x") + kHex[byte >> 4U] + kHex[byte & 15U];
}

bool Scanner::document() {
  do {
    space();
    if (!value()) return false;
    if (opened_) continue;
    if (!close_or_next()) return false;
  } while (depth_ > 0);
  space();
  return at_ == text_.size() || unexpected("the end of the text");
}

bool Scanner::value() {
  opened_ = false;
  switch (peek()) {
    case '{':
      return open(true);
    case '[':
      return open(false);
    case '"':
      return string();
    case 't':
      return literal("true");
    case 'f':
      return literal("false");
    case 'n':
      return literal("null");
    default:
      return number();
  }
}

// Reads "[", or "{" and the first name; an empty pair of brackets is a whole value.
bool Scanner::open(bool object) {
  if (depth_ == kMaxJsonDepth) return fail("nested more than " + std::to_string(kMaxJsonDepth) + " deep");
  ++at_;
  space();
  if (take(object ? '}' : ']')) return true;
  ++depth_;
  kinds_ = (kinds_ << 1U) | (object ? 1U : 0U);
  opened_ = true;
  return !object || member_name();
}

// Behind a value: closing brackets, then a comma (and in an object the next name) or the end of the document.
bool Scanner::close_or_next() {
  while (depth_ > 0) {
    space();
    if (take(',')) {
      if (!in_object()) return true;
      space();
      return member_name();
    }
    if (!take(in_object() ? '}' : ']')) return unexpected(in_object() ? "',' or '}'" : "',' or ']'");
    --depth_;
    kinds_ >>= 1U;
  }
  return true;
}

bool Scanner::member_name() {
  if (peek() != '"') return unexpected("a member name in double quotes");
  if (!string()) return false;
  space();
  return take(':') || unexpected("':'");
}

bool Scanner::literal(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return unexpected("a value");
  at_ += word.size();
  return true;
}

bool Scanner::number() {
  const std::size_t start = at_;
  take('-');
  if (at_ == start && !is_digit(peek())) return unexpected("a value");
  if (take('0')) {
    if (is_digit(peek())) return fail("a number with a leading zero");
  } else if (!digits()) {
    return false;
  }
  if (take('.') && !digits()) return false;
  if (take('e') || take('E')) {
    if (!take('+')) take('-');
    return digits();
  }
  return true;
}

bool Scanner::digits() {
  if (!is_digit(peek())) return unexpected("a digit");
  while (is_digit(peek())) ++at_;
  return true;
}

bool Scanner::string() {
  ++at_;
  for (;;) {
    at_ = find_unplain(text_, at_);
    if (take('"')) return true;
    if (!string_byte()) return false;
  }
}

bool Scanner::string_byte() {
  if (at_ >= text_.size()) return fail("the text ends inside a string");
  if (take('\\')) return escape();
  if (static_cast<unsigned char>(text_[at_]) < 0x20) return fail("found " + found() + " inside a string");
  const std::size_t length = utf8_length(text_.substr(at_, 4));
  if (length == 0 && !cut_character()) return fail("bytes that are not UTF-8");
  at_ = length == 0 ? text_.size() : at_ + length;
  return true;
}

// Whether the text ends inside a character that could have been sound.
bool Scanner::cut_character() const {
  const std::string rest(text_.substr(at_, 4));
  return std::max(utf8_length(rest + "\x80\x80\x80"), utf8_length(rest + "\xbf\xbf\xbf")) > rest.size();
}

bool Scanner::escape() {
  constexpr std::string_view kShort = "\"\\/bfnrt";
  if (at_ < text_.size() && kShort.find(text_[at_]) != std::string_view::npos) {
    ++at_;
    return true;
  }
  if (!take('u')) return unexpected("an escape");
  constexpr std::string_view kHex = "0123456789abcdefABCDEF";
  for (int i = 0; i < 4; ++i, ++at_)
    if (at_ >= text_.size() || kHex.find(text_[at_]) == std::string_view::npos)
      return unexpected("a hexadecimal digit");
  return true;
}

}  // namespace

std::optional<JsonFault> scan_json(std::string_view text) { return Scanner(text).run(); }

}  // namespace prewarm
