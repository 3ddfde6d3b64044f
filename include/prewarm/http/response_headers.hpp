// SPDX-License-Identifier: Apache-2.0
// What is kept of the head of an answer: the text of the fields that somebody here reads. Pure: a value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace prewarm::http {

/// Of Link headers no more is kept than this and one byte, by which a reader sees that they were longer.
inline constexpr std::size_t kMaxLinkBytes = 16U << 10;

/// The headers that somebody here reads.
enum class Field : std::uint8_t {
  content_type,
  date,
  etag,
  last_modified,
  link,  // of several all, joined by ", "; of every other field the first
  location,
  ratelimit,
  ratelimit_remaining,  // this one and the next with and without X- in front, whichever comes first
  ratelimit_reset,
  ratelimit_reset_in,
  retry_after,
};

/// The text of these, as it came. Views of it are valid until one is added to, or all are moved.
class ResponseHeaders {
 public:
  /// Empty when absent.
  std::string_view operator[](Field field) const noexcept {
    const Place& place = places_[index(field)];
    return std::string_view(text_).substr(place.at, place.size);
  }
  void set(Field field, std::string_view text) {
    places_[index(field)] = {};
    append(field, text);
  }
  void append(Field field, std::string_view text);

 private:
  // All in one string: an answer has four of them, and each of its own would be allocated and moved.
  struct Place {
    std::uint32_t at = 0, size = 0;
  };
  static constexpr std::size_t kFields = 11;
  static std::size_t index(Field field) noexcept { return static_cast<std::size_t>(field); }
  std::string text_;
  std::array<Place, kFields> places_{};
};

}  // namespace prewarm::http
