// SPDX-License-Identifier: Apache-2.0
#include "store/redis_request.hpp"

#include <array>
#include <charconv>

namespace prewarm::store {
namespace {

constexpr std::size_t kKept = 1 << 20;  // of memory, after a window with a large value

}  // namespace

void Request::add(std::initializer_list<std::string_view> words, const ReplyLimit& limit) {
  begin(words.size(), limit);
  for (const std::string_view text : words) word(text);
}

void Request::begin(std::size_t words, const ReplyLimit& limit) {
  limits_.push_back(limit);
  header('*', words);
}

void Request::word(std::string_view text) {
  header('$', text.size());
  bytes_ += text;
  bytes_ += "\r\n";
}

void Request::value(const envelope::Sealed& value) {
  header('$', value.size());
  value.append_to(bytes_);
  bytes_ += "\r\n";
}

void Request::number(std::int64_t value) {
  std::array<char, 20> digits;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by to_chars
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  word({digits.data(), end});
}

void Request::header(char mark, std::size_t count) {
  std::array<char, 24> line;  // NOLINT(cppcoreguidelines-pro-type-member-init): as far as it is used
  line[0] = mark;
  char* end = std::to_chars(line.data() + 1, line.data() + line.size() - 2, count).ptr;
  *end++ = '\r';
  *end++ = '\n';
  bytes_.append(line.data(), end);
}

void Request::clear() noexcept {
  bytes_.clear();
  if (bytes_.capacity() > kKept) bytes_.shrink_to_fit();
  limits_.clear();
}

}  // namespace prewarm::store
