// SPDX-License-Identifier: Apache-2.0
// Finding byte ranges in a JSON text that is known to be sound (scan_json, or simdjson): values are sliced
// out as they are, never parsed and written again. Nothing is kept or allocated. On an unsound text the
// ranges are nonsense, but inside the text. Of repeated members the walk meets all; who looks one up takes
// the first. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace prewarm {

/// First byte at or behind `at` that is not white space; the text's size if none.
std::size_t skip_json_space(std::string_view text, std::size_t at) noexcept;
/// One past the value that begins at `at`.
std::size_t json_value_end(std::string_view text, std::size_t at) noexcept;
/// The bytes of the value that begins at `at`.
inline std::string_view json_value(std::string_view text, std::size_t at) noexcept {
  return text.substr(at, json_value_end(text, at) - at);
}

/// Steps over the members of an object or the elements of an array:
///
///   for (JsonWalk walk(text, at); walk.next();) use(walk.name(), walk.value_at());
class JsonWalk {
 public:
  /// `at`: the opening bracket.
  JsonWalk(std::string_view text, std::size_t at) noexcept
      : text_(text), at_(at + 1), object_(text[at] == '{') {}

  /// To the next element or member; false behind the last one.
  bool next() noexcept;
  bool object() const noexcept { return object_; }
  /// Elements or members stepped on so far.
  std::size_t count() const noexcept { return count_; }
  /// Whether the member's name is `name` (plain UTF-8).
  bool named(std::string_view name) const;
  /// Where the value begins.
  std::size_t value_at() const noexcept { return value_at_; }
  /// Tells where the value ends, if the caller knows; saves stepping over it.
  void past(std::size_t end) noexcept { at_ = end, pending_ = false; }
  /// Steps over all that is left.
  void finish() noexcept;
  /// One past the closing bracket, once `next` was false or after `finish`.
  std::size_t end() const noexcept { return at_; }

 private:
  void pass_value() noexcept;
  void pass_name() noexcept;

  std::string_view text_, name_;
  std::size_t at_, value_at_ = 0, count_ = 0;
  bool object_, escaped_ = false, pending_ = false, done_ = false;
};

/// The text of a JSON string given with its quotes. Nothing if it holds half a surrogate pair, which no UTF-8
/// can express.
std::optional<std::string> json_unquote(std::string_view quoted);

}  // namespace prewarm
