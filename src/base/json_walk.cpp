// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/json_walk.hpp"

#include <algorithm>
#include <array>

#include "base/json_bytes.hpp"
#include "prewarm/base/utf8.hpp"

namespace prewarm {
namespace {

enum class Mark : std::uint8_t { plain, quote, open, close };

constexpr auto kMarks = [] {
  std::array<Mark, 256> marks{};
  marks['"'] = Mark::quote;
  marks['{'] = marks['['] = Mark::open;
  marks['}'] = marks[']'] = Mark::close;
  return marks;
}();

struct StringEnd {
  std::size_t quote;  // the closing quote, or the end of an unsound text
  bool escaped;
};

StringEnd string_end(std::string_view text, std::size_t at) noexcept {
  bool escaped = false;
  for (;;) {
    at = json_bytes::find_quote(text, at);
    if (at >= text.size()) return {text.size(), escaped};
    if (text[at] == '"') return {at, escaped};
    escaped = true;
    at += 2;
  }
}

// One past the bracket that closes the `depth`-th level around `at`. A table a byte outside strings: faster
// than words there, since brackets and quotes come every few bytes.
std::size_t brackets_end(std::string_view text, std::size_t at, std::size_t depth) noexcept {
  while (at < text.size()) {
    const Mark mark = kMarks[static_cast<unsigned char>(text[at])];
    ++at;
    if (mark == Mark::plain) continue;
    if (mark == Mark::quote)
      at = string_end(text, at).quote + 1;
    else if (mark == Mark::open)
      ++depth;
    else if (--depth == 0)
      return at;
  }
  return text.size();
}

unsigned hex_value(char c) noexcept {
  if (c <= '9') return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>((c | 0x20) - 'a') + 10;
}

// The code unit behind "\u" at `at`; nothing if the text is too short.
std::optional<char32_t> code_unit(std::string_view text, std::size_t at) noexcept {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  unsigned code = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) code = code * 16 + (hex_value(text[i]) & 15U);
  return code;
}

bool high_surrogate(char32_t code) noexcept { return code >= 0xd800 && code < 0xdc00; }
bool low_surrogate(char32_t code) noexcept { return code >= 0xdc00 && code < 0xe000; }

// Appends what the escape at `at` stands for and says how long it is; 0 for half a surrogate pair.
std::size_t unescape_one(std::string_view text, std::size_t at, std::string& out) {
  constexpr std::string_view kLetters = "bfnrt", kMeant = "\b\f\n\r\t";
  const auto unit = code_unit(text, at);
  if (!unit) {
    const char letter = at + 1 < text.size() ? text[at + 1] : '\\';
    const std::size_t which = kLetters.find(letter);
    out += which == std::string_view::npos ? letter : kMeant[which];
    return 2;
  }
  if (!high_surrogate(*unit) && !low_surrogate(*unit)) {
    append_utf8(out, *unit);
    return 6;
  }
  const auto second = code_unit(text, at + 6);
  if (low_surrogate(*unit) || !second || !low_surrogate(*second)) return 0;
  append_utf8(out, 0x10000 + ((*unit - 0xd800) << 10U) + (*second - 0xdc00));
  return 12;
}

// Of the bytes between the quotes.
std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t plain = std::min(text.find('\\', at), text.size());
    out += text.substr(at, plain - at);
    at = plain;
    if (at >= text.size()) break;
    const std::size_t length = unescape_one(text, at, out);
    if (length == 0) return std::nullopt;
    at += length;
  }
  return out;
}

}  // namespace

std::size_t skip_json_space(std::string_view text, std::size_t at) noexcept {
  return json_bytes::skip_space(text, at);
}

std::size_t json_value_end(std::string_view text, std::size_t at) noexcept {
  if (at >= text.size()) return text.size();
  switch (text[at]) {
    case '"':
      return std::min(string_end(text, at + 1).quote + 1, text.size());
    case '{':
    case '[':
      return brackets_end(text, at + 1, 1);
    default:
      while (at < text.size() && !json_bytes::ends_scalar(text[at])) ++at;
      return at;
  }
}

bool JsonWalk::next() noexcept {
  if (done_) return false;
  if (pending_) pass_value();
  at_ = skip_json_space(text_, at_);
  if (count_ > 0 && at_ < text_.size() && text_[at_] == ',') at_ = skip_json_space(text_, at_ + 1);
  if (at_ >= text_.size() || text_[at_] == ']' || text_[at_] == '}') {
    at_ = std::min(at_ + 1, text_.size());
    done_ = true;
    return false;
  }
  if (object_) pass_name();
  value_at_ = at_;
  pending_ = true;
  ++count_;
  return true;
}

// At least a byte, so that a walk over an unsound text ends too.
void JsonWalk::pass_value() noexcept { past(std::max(json_value_end(text_, value_at_), value_at_ + 1)); }

void JsonWalk::pass_name() noexcept {
  const std::size_t start = at_ + 1;
  const StringEnd end = string_end(text_, start);
  name_ = text_.substr(std::min(start, end.quote), end.quote - std::min(start, end.quote));
  escaped_ = end.escaped;
  at_ = skip_json_space(text_, end.quote + 1);  // the colon
  at_ = skip_json_space(text_, std::min(at_ + 1, text_.size()));
}

bool JsonWalk::named(std::string_view name) const {
  if (!escaped_) return name_ == name;
  return name_.size() > name.size() && unescape(name_) == name;
}

void JsonWalk::finish() noexcept {
  if (done_) return;
  at_ = brackets_end(text_, at_, 1);
  done_ = true;
}

std::optional<std::string> json_unquote(std::string_view quoted) {
  if (quoted.size() < 2) return std::nullopt;
  return unescape(quoted.substr(1, quoted.size() - 2));
}

}  // namespace prewarm
