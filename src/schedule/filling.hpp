// SPDX-License-Identifier: Apache-2.0
// What the readers of fields with `${NAME}` share: filling a text and saying what is wrong with it, without
// ever quoting it; and which names betray a secret. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// How often "{id}" stands in a text.
std::size_t id_holes(std::string_view text) noexcept;

/// PW103: the value is no text.
bool refuse_text(const Reading& in);
/// PW232: the value is a secret and stands in the file.
bool refuse_written_secret(const Reading& in);
/// A URL that is called, and what of it may be shown.
struct CalledUrl {
  FilledText& url;
  std::string& display_url;
  std::string& host;
  Secret& origin;
};
/// Whether a fan-out fills {id} in.
enum class IdHole : std::uint8_t { none, filled };
/// PW114, PW230 to PW232. Host and origin stay empty while a variable without value is forgiven.
bool read_called_url(const Reading& in, IdHole id, const CalledUrl& out);
/// PW232, PW236, PW306.
bool read_header_list(const Reading& in, std::vector<std::pair<std::string, FilledText>>& headers);
/// PW302, said, if the member's name holds "${".
bool has_holes_in_name(const Reading& in);
/// "authorization", "x-api-key"; "api_key", "token": their values are secrets.
bool is_secret_header(std::string_view name);
bool is_secret_parameter(std::string_view name);

}  // namespace prewarm::schedule
