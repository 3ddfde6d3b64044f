// SPDX-License-Identifier: Apache-2.0
#include "store/redis_reply.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace prewarm::store {
namespace {

constexpr std::size_t kRoom = 64 << 10;
constexpr std::size_t kBuffer = 256 << 10;  // a window's replies; memory that is not used costs nothing
constexpr std::size_t kMaxWords = 4096;     // of an error, however short the answer would be
constexpr std::size_t kMaxNumberLine = 32;  // a mark and 20 digits are the longest that make sense
constexpr std::size_t kSpare = 64;          // for the lines around a bulk string

Error protocol(const std::string& what) { return {ErrorKind::protocol, what}; }

// As a server writes it, without a needless zero or "-0".
std::optional<std::int64_t> number_in(std::string_view digits) noexcept {
  std::int64_t value = 0;
  const std::string_view magnitude = digits.substr(digits.starts_with('-') ? 1 : 0);
  if (magnitude.starts_with('0') && digits != "0") return std::nullopt;
  const char* end = digits.data() + digits.size();
  const auto [stop, failed] = std::from_chars(digits.data(), end, value);
  if (failed != std::errc() || stop != end) return std::nullopt;
  return value;
}

bool is_mark(char c) noexcept { return c == '+' || c == '-' || c == ':' || c == '$' || c == '*'; }

// Where a sound line of few bytes ends; 0: it is none, or has more. Nearly all lines are such, and a loop is
// through before a search by memchr would have begun.
std::size_t short_line_end(std::string_view bytes) noexcept {
  const std::size_t last = std::min<std::size_t>(bytes.size(), kMaxNumberLine) - 1;
  for (std::size_t at = 1; at < last; ++at)
    if (bytes[at] == '\r' || bytes[at] == '\n') return bytes[at] == '\r' && bytes[at + 1] == '\n' ? at : 0;
  return 0;
}

}  // namespace

ReplyReader::ReplyReader() : buffer_(std::make_unique_for_overwrite<char[]>(kBuffer)), capacity_(kBuffer) {}

// What is left unread is at most the beginning of a line, so little is moved.
std::span<char> ReplyReader::room() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (capacity_ - end_ < kRoom) {
    const std::string_view left = unread();
    const std::size_t wanted = std::max(kBuffer, left.size() + kRoom);
    auto fresh = wanted > capacity_ ? std::make_unique_for_overwrite<char[]>(wanted) : nullptr;
    std::memmove(fresh ? fresh.get() : buffer_.get(), left.data(), left.size());
    if (fresh) {
      buffer_ = std::move(fresh);
      capacity_ = wanted;
    }
    end_ = left.size();
    begin_ = 0;
  }
  return {buffer_.get() + end_, capacity_ - end_};
}

void ReplyReader::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::span<char> space = room();
    const std::string_view piece = bytes.substr(0, space.size());
    std::memcpy(space.data(), piece.data(), piece.size());
    came(piece.size());
    bytes.remove_prefix(piece.size());
  }
}

void ReplyReader::OpenText::take(std::string_view bytes) {
  if (reply->same && !expected->has(length - left, bytes)) {
    reply->same = false;
    reply->text = expected->text();
    reply->text.resize(length - left);
  }
  left -= bytes.size();
  if (!reply->same) reply->text += bytes.substr(0, cap - std::min(cap, reply->text.size()));
}

Error ReplyReader::too_long(const ReplyLimit& limit) {
  over_limit_ = true;
  return protocol("a reply longer than " + std::to_string(limit.bytes) + " bytes");
}

Result<bool> ReplyReader::next(const ReplyLimit& limit, Reply& into) {
  ENSURE(!stopped_);
  if (!begun_) {
    into.reset();
    used_ = elements_ = depth_ = 0;
    begun_ = true;
  }
  do {
    TRY_ASSIGN(const bool whole, text_ ? read_text() : read_value(limit, into));
    if (!whole) return false;
    while (depth_ > 0 && arrays_[depth_ - 1].left == 0) --depth_;
  } while (depth_ > 0);
  begun_ = false;
  return true;
}

// A value, or the first line of one. What is no reply of RESP2 is refused at its first byte, and one longer
// than its cap before its bytes come. False: more bytes are needed.
Result<bool> ReplyReader::read_value(const ReplyLimit& limit, Reply& root) {
  std::string_view line;
  if (!take_short_line(limit, line)) {
    TRY_ASSIGN(const auto found, take_line(limit));
    if (!found) return false;
    line = *found;
  }
  Reply* reply = &root;
  if (depth_ > 0) {
    OpenArray& array = arrays_[depth_ - 1];
    --array.left;
    reply = &array.reply->elements.emplace_back();
  }
  const std::string_view rest = line.substr(1);
  switch (line.front()) {
    case '$':
      return begin_text(rest, limit, *reply);
    case '*':
      return begin_array(rest, limit, *reply);
    case ':': {
      const auto value = number_in(rest);
      if (!value) return protocol("a bad integer");
      reply->kind = Reply::Kind::integer;
      reply->integer = *value;
      return true;
    }
    default:
      reply->kind = line.front() == '+' ? Reply::Kind::status : Reply::Kind::error;
      reply->text = rest;
      return true;
  }
}

// Nearly all lines are short and whole.
bool ReplyReader::take_short_line(const ReplyLimit& limit, std::string_view& line) noexcept {
  const std::string_view bytes = unread();
  if (bytes.empty() || !is_mark(bytes.front())) return false;
  const std::size_t end = short_line_end(bytes);
  if (end == 0 || used_ + end > limit.bytes + kSpare) return false;
  begin_ += end + 2;
  used_ += end + 2;
  line = bytes.substr(0, end);
  return true;
}

// The next line without its end, or nothing when bytes of it are missing.
Result<std::optional<std::string_view>> ReplyReader::take_line(const ReplyLimit& limit) {
  using Line = std::optional<std::string_view>;
  const std::string_view bytes = unread();
  if (bytes.empty()) return Line();
  if (!is_mark(bytes.front())) return protocol("a reply begins with none of + - : $ *");
  const bool of_words = bytes.front() == '+' || bytes.front() == '-';
  const std::string_view seen = of_words ? bytes : bytes.substr(0, kMaxNumberLine);
  const std::size_t end = seen.find("\r\n");
  const std::size_t length = std::min(end, seen.size());
  const std::size_t most = of_words ? std::max(limit.bytes, kMaxWords) : limit.bytes;
  if (used_ + length > most + kSpare) return too_long(limit);
  if (end == std::string_view::npos) {
    if (!of_words && seen.size() == kMaxNumberLine) return protocol("a number without end");
    return Line();
  }
  const std::string_view line = bytes.substr(0, end);
  if (line.find_first_of("\r\n") != std::string_view::npos) return protocol("a line that is broken in two");
  begin_ += end + 2;
  used_ += end + 2;
  return Line(line);
}

Result<bool> ReplyReader::begin_text(std::string_view digits, const ReplyLimit& limit, Reply& reply) {
  const auto length = number_in(digits);
  if (!length || *length < -1) return protocol("a bad bulk length");
  if (*length == -1) return true;
  const auto size = static_cast<std::uint64_t>(*length);
  reply.kind = Reply::Kind::text;
  if (depth_ > 0) {
    if (size > limit.bytes || used_ + size > limit.bytes + kSpare) return too_long(limit);
    used_ += size + 2;
  } else if (size > limit.bytes) {
    over_limit_ = !limit.cut;
    if (over_limit_)
      return protocol("a bulk string of " + std::to_string(size) + " bytes, where fewer were asked for");
    reply.whole_length = size;
  }
  // An empty text is not compared: it would be the same as nothing expected.
  reply.same = depth_ == 0 && size > 0 && limit.expected != nullptr && size == limit.expected->size();
  text_ = OpenText{&reply, size, size, limit.bytes, limit.expected};
  if (!reply.same) reply.text.reserve(std::min<std::uint64_t>(size, limit.bytes));
  return read_text();
}

// Takes what is here of the text on its way.
Result<bool> ReplyReader::read_text() {
  const std::string_view here = unread().substr(0, text_->left);
  text_->take(here);
  begin_ += here.size();
  const Reply& reply = *text_->reply;
  if (reply.whole_length.value_or(0) > kMaxSkipped && reply.text.size() == text_->cap) {
    stopped_ = true;
  } else if (text_->left > 0) {
    return false;
  } else {
    const std::string_view end = unread().substr(0, 2);
    if (!std::string_view("\r\n").starts_with(end))
      return protocol("a bulk string that does not end where it says");
    if (end.size() < 2) return false;
    begin_ += end.size();
  }
  text_.reset();
  return true;
}

Result<bool> ReplyReader::begin_array(std::string_view digits, const ReplyLimit& limit, Reply& reply) {
  const auto count = number_in(digits);
  if (!count || *count < -1) return protocol("a bad count of elements");
  if (*count == -1) return true;
  if (depth_ == kMaxDepth) return protocol("a reply nested deeper than any of ours");
  const auto size = static_cast<std::uint64_t>(*count);
  over_limit_ = size > limit.elements - std::min(elements_, limit.elements);
  if (over_limit_)
    return protocol("an array of " + std::to_string(size) + " elements, where fewer were asked for");
  elements_ += size;
  reply.kind = Reply::Kind::array;
  reply.elements.reserve(size);  // so that no element moves while it is read
  arrays_[depth_++] = {&reply, size};
  return true;
}

}  // namespace prewarm::store
