// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/json_index.hpp"

#include <array>
#include <optional>

#include "base/json_bytes.hpp"
#include "prewarm/base/json.hpp"

namespace prewarm {
namespace {

// Past the escapes from the backslash at `at` up to `end`: the next backslash behind them. Nothing: one of
// them is none.
std::optional<std::size_t> past_escapes(std::string_view text, std::size_t at, std::size_t end) noexcept {
  constexpr std::string_view kShort = "\"\\/bfnrt", kHex = "0123456789abcdefABCDEF";
  for (; at < end; at = text.find('\\', at + 1)) {
    if (kShort.find(text[++at]) != std::string_view::npos) continue;
    if (text[at] != 'u') return std::nullopt;
    for (int i = 0; i < 4; ++i)
      if (kHex.find(text[++at]) == std::string_view::npos) return std::nullopt;
  }
  return at;
}

// The scanner's grammar (json_scan.cpp), from mark to mark. What lies between a string or a bracket and the
// next mark is white space, or it would be a mark itself; other values are read to where they end. Behind the
// last mark is the zero that ends the text, and no rule goes past it.
class Reader {
 public:
  Reader(const JsonIndex& index, std::vector<JsonBracket>& brackets)
      : text_(index.text), mark_(index.marks.data()), brackets_(brackets), escape_(text_.find('\\')) {}

  bool sound() {
    do {
      if (!value()) return false;
    } while (opened_ || more());
    return depth_ == 0 && *mark_ == text_.size();
  }

 private:
  // Also of the zero behind the text, which operator[] would refuse.
  // NOLINTNEXTLINE(readability-simplify-subscript-expr)
  char byte(std::size_t at) const noexcept { return text_.data()[at]; }
  bool take(char c) noexcept {
    if (byte(*mark_) != c) return false;
    ++mark_;
    return true;
  }

  bool value();
  bool open(bool object);
  void close() noexcept;
  bool more();
  bool string();
  bool member_name() { return byte(*mark_) == '"' && string() && take(':'); }
  bool literal(std::string_view word) noexcept;
  bool number() noexcept;
  bool digits(std::size_t& at) const noexcept;
  bool ends(std::size_t at) const noexcept { return json_bytes::ends_scalar(byte(at)) || at == text_.size(); }

  bool in_object() const noexcept { return (kinds_ & 1U) != 0; }

  std::string_view text_;  // with a zero behind it
  const std::uint32_t* mark_;
  std::vector<JsonBracket>& brackets_;
  std::size_t escape_;                             // the next backslash
  std::array<std::size_t, kMaxJsonDepth> open_{};  // in brackets_
  std::size_t depth_ = 0;
  std::uint64_t kinds_ = 0;  // lowest bit: the innermost bracket is an object
  bool opened_ = false;      // `value` has just read an opening bracket
};
static_assert(kMaxJsonDepth <= 64, "one bit per level");

inline bool Reader::value() {
  opened_ = false;
  switch (byte(*mark_)) {
    case '"':
      return string();
    case '{':
      return open(true);
    case '[':
      return open(false);
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

// "[", or "{" and the first name; an empty pair of brackets is a whole value.
inline bool Reader::open(bool object) {
  if (depth_ == kMaxJsonDepth) return false;
  open_[depth_++] = brackets_.size();
  kinds_ = (kinds_ << 1U) | (object ? 1U : 0U);
  brackets_.push_back({*mark_++, 0});
  if (byte(*mark_) == (object ? '}' : ']')) {
    close();
    return true;
  }
  opened_ = true;
  return !object || member_name();
}

inline void Reader::close() noexcept {
  brackets_[open_[--depth_]].end = *mark_++ + 1;
  kinds_ >>= 1U;
}

// Behind a value: closing brackets, then a comma (and in an object the next name). False at the end of the
// outermost value, or inside of it at a fault.
inline bool Reader::more() {
  while (depth_ > 0) {
    if (take(',')) return !in_object() || member_name();
    if (byte(*mark_) != (in_object() ? '}' : ']')) return false;
    close();
  }
  return false;
}

inline bool Reader::string() {
  ++mark_;
  if (escape_ >= *mark_) return true;
  const auto next = past_escapes(text_, escape_, *mark_);
  escape_ = next.value_or(escape_);
  return next.has_value();
}

inline bool Reader::literal(std::string_view word) noexcept {
  const std::size_t at = *mark_++;
  return text_.substr(at, word.size()) == word && ends(at + word.size());
}

inline bool Reader::number() noexcept {
  std::size_t at = *mark_++;
  if (byte(at) == '-') ++at;
  if (byte(at) == '0')
    ++at;
  else if (!digits(at))
    return false;
  if (byte(at) == '.' && !digits(++at)) return false;
  if (byte(at) == 'e' || byte(at) == 'E') {
    ++at;
    if (byte(at) == '+' || byte(at) == '-') ++at;
    if (!digits(at)) return false;
  }
  return ends(at);
}

inline bool Reader::digits(std::size_t& at) const noexcept {
  const std::size_t first = at;
  while (is_digit(byte(at))) ++at;
  return at > first;
}

}  // namespace

bool is_sound_json(const JsonIndex& index, std::vector<JsonBracket>& brackets) {
  brackets.clear();
  return !index.marks.empty() && index.marks.back() == index.text.size() && Reader(index, brackets).sound();
}

}  // namespace prewarm
