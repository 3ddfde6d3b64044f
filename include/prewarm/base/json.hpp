// SPDX-License-Identifier: Apache-2.0
// Is this byte string one complete JSON text in valid UTF-8, nested at most 64 deep? Our grammar scanner: it
// takes numbers beyond every type and half surrogate escapes, because those are sound JSON and the bytes are
// kept as they are (PROMISES 11.D). For bodies `shape` asks simdjson first, which is two to three times as
// fast but refuses these. Not for reading values; json_walk.hpp finds them. Pure. Thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "prewarm/base/result.hpp"

namespace prewarm {

inline constexpr std::size_t kMaxJsonDepth = 64;  // DESIGN 5: deeper bodies exist only as attacks
/// Bytes that simdjson may read behind the end; buffers handed to it keep them as spare capacity.
inline constexpr std::size_t kJsonPadding = 64;

enum class JsonType : std::uint8_t { null, boolean, number, string, array, object };

/// RFC 8259 grammar, UTF-8 and depth: keeps nothing, allocates nothing unless there is a fault. White space
/// around the text is allowed. Nothing when sound, else what is wrong and at which byte.
struct JsonFault {
  std::string what;
  std::size_t at = 0;
};
std::optional<JsonFault> scan_json(std::string_view text);
/// The type of the value from its first byte that is not white space; nothing if no JSON value starts so.
std::optional<JsonType> json_type(std::string_view text) noexcept;
/// `text` without the white space (space, tab, CR, LF) around it.
std::string_view trim_json(std::string_view text) noexcept;
/// Top-level elements of a sound JSON array, members of a sound object, else nothing.
std::optional<std::size_t> json_items(std::string_view text);
std::string_view json_type_name(JsonType type) noexcept;  // "array", "object", ...

}  // namespace prewarm
