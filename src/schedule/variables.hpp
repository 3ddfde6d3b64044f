// SPDX-License-Identifier: Apache-2.0
// Texts with `${NAME}`, `${NAME:-text}` and `$$` (SURFACE 3): read, shown and filled in. What is filled in
// goes into a Secret and nowhere else; complaints name variables, never their values. Pure: look-ups are
// handed in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "complaint.hpp"
#include "prewarm/schedule/catalog.hpp"

namespace prewarm::schedule {

struct TextPiece {
  std::string text;  // literal, or the NAME
  bool variable = false;
  std::optional<std::string> fallback{};
};
using TextPieces = std::vector<TextPiece>;

/// PW304 for any `$` that is neither, PW305 for names that begin with PREWARM_.
std::variant<TextPieces, Complaint> parse_text(std::string_view written);
/// As reports may show it: `${NAME}` without the text that stands in for it.
std::string shown_text(const TextPieces& pieces);
bool has_variable(const TextPieces& pieces) noexcept;

struct FillRules {
  bool may_be_empty = false;  // of `heartbeat`: an empty variable switches it off
  bool in_json = false;       // inside a JSON text: everything is escaped
};
struct Filled {
  std::string text;
  std::vector<Complaint> complaints{};  // PW301, PW303, PW306, PW307
  bool unset = false;                   // a variable has no value, so `text` is not whole
};
Filled fill_text(const TextPieces& pieces, const LoadInput& input, FillRules rules);

}  // namespace prewarm::schedule
