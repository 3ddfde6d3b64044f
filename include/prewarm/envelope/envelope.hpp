// SPDX-License-Identifier: Apache-2.0
// The stored format (DESIGN 2.1), UTF-8 JSON, members in exactly this order, no white space outside the
// payload:
//
//   {"version":2,"lastUpdated":"2025-12-04T14:20:29.123Z","payload":<JSON value>}
//
// version: 1..999999999 without leading zero; lastUpdated: 24 characters, UTC. Everything before the payload
// is the head; it fits in 80 bytes, so it is read with GETRANGE and compared without parsing the payload.
// Pure. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "prewarm/base/clock.hpp"
#include "prewarm/base/result.hpp"

namespace prewarm::envelope {

inline constexpr std::size_t kHeadBytes = 80;  // what is read to see a head; a head itself has at most 72
inline constexpr std::int64_t kMaxVersion = 999'999'999;
/// A head further ahead of the store's clock than this has no token: a wrong clock must not freeze a key.
inline constexpr Millis kMaxAhead{60'000};

struct Head {
  std::int64_t version = 0;
  WallTime last_updated;
  std::size_t length = 0;  // offset of the payload
};

/// Everything before the payload. ENSURE: version in range.
std::string head(std::int64_t version, WallTime last_updated);
/// `payload` is sealed as it is. ENSURE: version in range, payload not empty.
std::string seal(std::int64_t version, WallTime last_updated, std::string_view payload);
/// The head at the front of `bytes` (80 bytes suffice) in our exact form; anything else has none.
std::optional<Head> read_head(std::string_view bytes) noexcept;

struct Opened {
  Head head;
  std::string_view payload;  // a view into the bytes given
};
/// The whole envelope: head, payload that is one sound JSON value without white space around it, final brace.
/// Errors: invalid, saying what it is instead ("not an envelope: a JSON array without head").
Result<Opened> open(std::string_view bytes);

enum class Class : std::uint8_t { absent, current, older, newer, legacy, foreign, wrong_type };
std::string_view class_text(Class cls) noexcept;
/// What the first byte that is not white space promises.
enum class Kind : std::uint8_t { array, object, other };
std::string_view kind_text(Kind kind) noexcept;  // "array", "object", "other"
Kind kind_of(std::string_view bytes) noexcept;

/// Of the whole bytes found at a key (DESIGN 2.3); an empty string is absent. Never wrong_type.
Class classify(std::string_view bytes, std::int64_t expected_version);

/// Judged from the first 80 bytes and the length alone, as on the warm path (SURFACE 1, sighting). `length`
/// -1: not a string. A head over 60 s ahead of `store_now` is foreign; `ahead` then says by how much.
struct HeadClass {
  Class cls = Class::absent;
  Kind kind = Kind::other;
  std::optional<Head> head;
  std::optional<Millis> ahead;
};
HeadClass classify_head(std::string_view head80, std::int64_t length, std::int64_t expected_version,
                        WallTime store_now);

}  // namespace prewarm::envelope
