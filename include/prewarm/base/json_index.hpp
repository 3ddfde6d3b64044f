// SPDX-License-Identifier: Apache-2.0
// The same question as scan_json's, for whoever knows already where the structural characters of a text are:
// only these places are looked at, about one byte in eight. On the way it is noted where arrays and objects
// begin and end. Pure. Thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace prewarm {

/// An array or object of a text: where its bracket opens, and one past where it closes.
struct JsonBracket {
  std::uint32_t begin = 0, end = 0;
};

/// What is known of a text that is UTF-8 and of which every string ends and holds no control character.
struct JsonIndex {
  const std::string& text;
  /// Outside of strings, ascending: each of []{}:, and where each string, and each other run of bytes that
  /// are none of these and no white space, begins. Behind them the size of the text.
  std::span<const std::uint32_t> marks;
};

/// Whether the text is sound as scan_json has it. If so, `brackets` holds all of its arrays and objects in
/// the order in which they begin, else anything.
bool is_sound_json(const JsonIndex& index, std::vector<JsonBracket>& brackets);

}  // namespace prewarm
