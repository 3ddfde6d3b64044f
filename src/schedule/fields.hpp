// SPDX-License-Identifier: Apache-2.0
// The one field table: everything a schedule file may say, one row a field. Rows drive reading, `prewarm
// schema` and its Markdown page, and the suggestions for misspelt names; a new field is a new row (and, if it
// is of a new type, a reader). Thread-safe: constants.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "document.hpp"
#include "draft.hpp"

namespace prewarm::schedule {

enum class Type : std::uint8_t {
  section,  // object of further fields; one with a default may be absent, and then none of them is asked for
  ignored,  // for editors
  text,     // range: characters
  url,      // shown to people, not fetched
  words,    // list of short words (tags)
  name,     // [A-Za-z_][A-Za-z0-9_]{0,63}
  cron,
  zone,
  duration,  // range: milliseconds
  size,      // range: bytes
  integer,
  number,
  boolean,
  choice,
  codes,    // list of PW codes
  filled,   // text that may hold ${NAME}
  body,     // filled text, or any JSON
  query,    // object of filled texts or lists of them; range: members
  headers,  // object of filled texts; range: members
  path,     // of a file, beside the schedule file
  expect,   // object JSON Pointer -> constant; range: members
  pointer,
  pointers,  // range: elements
  pick,      // object name -> JSON Pointer or {"const": any}; range: members
  keys,      // key template or list of them; range: elements
  rate,      // "600/10m"
  ids,       // list of texts, or object of further fields that say where they are
};

struct Range {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

struct Field;
/// One value while it is read.
struct Reading {
  Draft& draft;
  const Field& field;
  const Node& node;
  std::string pointer;

  /// The same for a member or element of the value.
  Reading inside(const Node& child, std::size_t index) const;
  /// Adds a finding about this value; always false, so that readers can return it. The finding shows the
  /// value unless it may hold a secret.
  bool refuse(int code, std::string message, std::string remedy) const;
  bool refuse(Complaint complaint) const;
  /// The same about its name, as a member of an object.
  bool refuse_name(int code, std::string message, std::string remedy) const;
};

struct Field {
  std::string_view pointer;  // "/fetch/timeout"
  Type type = Type::text;
  std::string_view fallback{};  // the default, for people; "required" if there is none
  Range range{};
  std::span<const std::string_view> choices{};
  std::string_view limits{};   // in words, where the range alone does not say it
  std::string_view example{};  // JSON, for the remedy when the field is missing
  std::string_view codes{};    // that this field can earn besides PW103 and PW106
  std::string_view meaning{};
  /// Reads the value into the draft; false if anything is wrong, having said so.
  bool (*read)(const Reading&) = nullptr;

  bool required() const noexcept { return fallback == "required"; }
  /// An object, or may be one, whose members are fields too.
  bool has_members() const noexcept { return type == Type::section || type == Type::ids; }
  std::string_view name() const noexcept { return pointer.substr(pointer.rfind('/') + 1); }
  std::string_view section() const noexcept { return pointer.substr(0, pointer.rfind('/')); }
};

std::span<const Field> field_table();
const Field* find_field(std::string_view pointer) noexcept;

/// Texts with ${NAME} are filled in these, and their values are never shown.
bool may_hold_secrets(Type type) noexcept;
/// "duration", "text with `${NAME}`".
std::string_view type_name(Type type) noexcept;
/// "1s-15m", "at most 200 characters", "skip, queue-one"; empty if there is none.
std::string limits_text(const Field& field);
/// A number of the field's range in the field's own spelling: 90000 of a duration is "1m30s".
std::string spelled(const Field& field, std::int64_t number);

}  // namespace prewarm::schedule
