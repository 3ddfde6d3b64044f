// SPDX-License-Identifier: Apache-2.0
// What the operator got wrong, in a file or in a setting: place, code, value, remedy (SURFACE 6). Findings
// are collected and shown all at once; they are never thrown and never logged one by one. Pure: values.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace prewarm::schedule {

enum class Severity : std::uint8_t { error, warning, ok };
std::string_view severity_text(Severity severity) noexcept;  // "error", "warning", "ok"

struct Place {
  std::string file;                                               // as the user named it; empty for settings
  int line = 0;                                                   // from 1
  int column = 0;                                                 // from 1, in characters
  friend auto operator<=>(const Place&, const Place&) = default;  // NOLINT(modernize-use-nullptr)
};

struct Finding {
  int code = 0;  // 0 when all is well
  Severity severity = Severity::error;
  Place place;
  std::string pointer;  // JSON Pointer into the file; empty for settings and for the whole file
  std::string value;    // the actual value as text, at most 80 characters, never a secret
  std::string message;  // what is wrong, including the value where that reads better; no final stop
  std::string remedy;   // the cure, behind "do:"; may be empty
};

/// One line as in SURFACE 2: "bad/users.jsonc:3:3 error PW104 /timout is not a field.  do: did you mean
/// \"timeout\"?"
/// What is well has no code: "schedules/news.jsonc ok: 200 in 12 ms"; without a file, its message alone.
std::string finding_text(const Finding& finding);
/// The same without severity, code and remedy: "bad/users.jsonc:3:3 /timout is not a field".
std::string place_and_message(const Finding& finding);
bool has_errors(const std::vector<Finding>& findings) noexcept;

}  // namespace prewarm::schedule
