// SPDX-License-Identifier: Apache-2.0
// What a fuzz target makes of its bytes: lines, numbers and a rest. Lines, so that inputs can be written and
// read by people. Total: every byte string is an input. Oracles are ENSUREs, which stay alive in every build.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "prewarm/base/ascii.hpp"
#include "prewarm/base/check.hpp"

namespace prewarm::fuzz {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  /// Up to the next line feed, which is dropped.
  std::string_view line() noexcept {
    const std::string_view taken = rest_.substr(0, rest_.find('\n'));
    rest_.remove_prefix(std::min(rest_.size(), taken.size() + 1));
    return taken;
  }
  /// A line as a whole number; of one that is none, some number.
  std::int64_t number() noexcept {
    const std::string_view text = line();
    std::int64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec == std::errc() && read.ptr == text.data() + text.size()) return value;
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return static_cast<std::int64_t>(hash);
  }
  /// The same, from `least` to `most`.
  std::int64_t number(std::int64_t least, std::int64_t most) noexcept {
    const std::int64_t value = number();
    if (value >= least && value <= most) return value;
    return least + static_cast<std::int64_t>(static_cast<std::uint64_t>(value) %
                                             (static_cast<std::uint64_t>(most - least) + 1));
  }
  std::string_view rest() noexcept { return std::exchange(rest_, {}); }
  std::string_view left() const noexcept { return rest_; }
  bool empty() const noexcept { return rest_.empty(); }

 private:
  std::string_view rest_;
};

/// Lengths of pieces, told by a number; never 0, mostly short.
class Pieces {
 public:
  explicit Pieces(std::int64_t seed) noexcept : state_(static_cast<std::uint64_t>(seed) | 1U) {}
  std::size_t next() noexcept {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return 1 + static_cast<std::size_t>(state_ % 5 == 0 ? state_ % 997 : state_ % 13);
  }
  /// Takes one off the front.
  std::string_view take(std::string_view& text) noexcept {
    const std::string_view piece = text.substr(0, next());
    text.remove_prefix(piece.size());
    return piece;
  }

 private:
  std::uint64_t state_;
};

/// One line that a terminal shows as it is: no control character.
inline bool is_printable(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

}  // namespace prewarm::fuzz
