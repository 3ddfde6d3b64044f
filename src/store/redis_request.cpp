// SPDX-License-Identifier: Apache-2.0
#include "store/redis_request.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace prewarm::store {
namespace {

constexpr std::size_t kKept = 1 << 20;  // of memory, after a window with a large value
constexpr std::string_view kEnd = "\r\n";
constexpr std::size_t kLongestHeader = 24;  // mark, digits of a size, end

// "$12\r\n"; its end.
char* header(char* to, char mark, std::size_t count) noexcept {
  *to++ = mark;
  to = std::to_chars(to, to + kLongestHeader, count).ptr;
  return std::copy(kEnd.begin(), kEnd.end(), to);
}

}  // namespace

void ReleaseBytes::operator()(char* bytes) const noexcept {
  if (secret) OPENSSL_cleanse(bytes, size);
  delete[] bytes;
}

void Request::add(std::initializer_list<std::string_view> words, const ReplyLimit& limit) {
  begin(words.size(), limit);
  for (const std::string_view text : words) word(text);
}

void Request::begin(std::size_t words, const ReplyLimit& limit) {
  limits_.push_back(limit);
  came_to(header(room(kLongestHeader), '*', words));
}

void Request::begin_with(std::string_view front, const ReplyLimit& limit) {
  limits_.push_back(limit);
  words(front);
}

void Request::words(std::string_view encoded) {
  came_to(std::copy(encoded.begin(), encoded.end(), room(encoded.size())));
}

void Request::word(std::string_view text) {
  char* end = header(room(text.size() + kLongestHeader + kEnd.size()), '$', text.size());
  end = std::copy(text.begin(), text.end(), end);
  came_to(std::copy(kEnd.begin(), kEnd.end(), end));
}

void Request::value(const envelope::Sealed& value) {
  char* end = header(room(value.size() + kLongestHeader + kEnd.size()), '$', value.size());
  end = value.copy_to(end);
  came_to(std::copy(kEnd.begin(), kEnd.end(), end));
}

void Request::number(std::int64_t value) {
  std::array<char, 20> digits;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by to_chars
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  word({digits.data(), end});
}

// Where so many more bytes go.
char* Request::room(std::size_t more) {
  if (const ReleaseBytes had = buffer_.get_deleter(); size_ + more > had.size) {
    const std::size_t capacity = std::max(size_ + more, 2 * had.size);
    Buffer larger(std::make_unique_for_overwrite<char[]>(capacity).release(), {capacity, had.secret});
    std::copy_n(buffer_.get(), size_, larger.get());
    buffer_ = std::move(larger);
  }
  return buffer_.get() + size_;
}

void Request::clear() noexcept {
  size_ = 0;
  if (buffer_.get_deleter().size > kKept) buffer_ = {};
  limits_.clear();
}

}  // namespace prewarm::store
