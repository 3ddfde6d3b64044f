// SPDX-License-Identifier: Apache-2.0
// Key templates (DESIGN 2.2, SURFACE 4): parts split by ':'; a part is literal text [A-Za-z0-9._@+-] and
// holes {name}, {env}, {version}, {id} (of a fan-out) or {P}, a JSON Pointer into the record before shaping.
// A template holds {env}, ends in a part "v{version}", does not begin with "prewarm", and two holes in a part
// have literal text between them. Text from the outside is percent-encoded outside the literal set, so a
// value can never make a ':' or leave its environment (I7). Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "prewarm/base/result.hpp"
#include "prewarm/schedule/pointer.hpp"

namespace prewarm::schedule {

inline constexpr std::size_t kMaxKeyBytes = 512;

enum class Hole : std::uint8_t { name, env, version, id };
using KeyPiece =
    std::variant<std::string, Hole, Pointer>;  // literal, fixed hole, hole filled from the record
using KeyPart = std::vector<KeyPiece>;

struct KeyFault {
  int code = 120;  // PW114, PW120, PW121 or PW122
  std::string reason;
  std::string remedy;  // a template that would do
};

/// What fills the fixed holes.
struct KeyNames {
  std::string name, env;
  std::int64_t version = 0;
};

class KeyTemplate {
 public:
  static std::variant<KeyTemplate, KeyFault> parse(std::string_view text);

  const std::string& text() const noexcept { return text_; }
  const std::vector<KeyPart>& parts() const noexcept { return parts_; }
  /// Holds {id}: only a fan-out can fill it.
  bool needs_id() const noexcept;
  /// Holds a pointer.
  bool needs_record() const noexcept;
  /// The template with fixed holes filled, {id} and pointer holes as "*": "clerk:production:username:*:v2".
  std::string pattern(const KeyNames& names) const;

  /// The same with its fixed holes filled, for making many keys; good for nothing but `fill`.
  KeyTemplate named(const KeyNames& names) const;

  /// Text found in the record for a pointer hole: nothing when absent or null (numbers and booleans as their
  /// bytes).
  using Lookup = std::function<std::optional<std::string>(const Pointer&)>;
  /// The key. `id` fills {id}; empty: nothing does. Errors: key (PW605) when a hole has no text, empty text,
  /// or the key would exceed 512 bytes.
  Result<std::string> fill(const KeyNames& names, const Lookup& lookup, std::string_view id = {}) const;

 private:
  std::string text_;
  std::vector<KeyPart> parts_;
};

/// Two templates can write the same key (PW110): as many parts, and each pair of parts equal or holding data.
bool clash(const KeyTemplate& a, const KeyNames& a_names, const KeyTemplate& b, const KeyNames& b_names);
/// Percent-encodes UTF-8 bytes outside [A-Za-z0-9._@+-], upper-case hex.
std::string encode_key_text(std::string_view text);

}  // namespace prewarm::schedule
