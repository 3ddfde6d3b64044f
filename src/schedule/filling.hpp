// SPDX-License-Identifier: Apache-2.0
// What the readers of fields with `${NAME}` share: filling a text and saying what is wrong with it, without
// ever quoting it; and which names betray a secret. Pure.
#pragma once

#include <string_view>

#include "readers.hpp"
#include "variables.hpp"

namespace prewarm::schedule {

struct Filling {
  bool sound = false;
  bool whole = false;  // every variable had a value
  TextPieces pieces{};
};
/// The text of a node, filled; everything wrong with it is said. An unset variable is forgiven with
/// --allow-unset, and then `out` is not whole.
Filling fill_node(const Reading& in, FillRules rules, FilledText& out);

/// PW103: the value is no text.
bool refuse_text(const Reading& in);
/// PW232: the value is a secret and stands in the file.
bool refuse_written_secret(const Reading& in);
/// PW302, said, if the member's name holds "${".
bool has_holes_in_name(const Reading& in);
/// "authorization", "x-api-key"; "api_key", "token": their values are secrets.
bool is_secret_header(std::string_view name);
bool is_secret_parameter(std::string_view name);

}  // namespace prewarm::schedule
