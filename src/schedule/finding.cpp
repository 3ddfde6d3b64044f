// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/finding.hpp"

#include <algorithm>

#include "prewarm/base/json_text.hpp"
#include "prewarm/base/result.hpp"

namespace prewarm::schedule {
namespace {

// "bad/users.jsonc:3:3 ", nothing for a setting.
std::string place_text(const Place& place) {
  if (place.file.empty()) return {};
  if (place.line == 0) return place.file + " ";
  return place.file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column) + " ";
}

// A file may be named with a newline or an escape sequence; a finding stays one harmless line.
std::string harmless(const std::string& text) {
  std::string line;
  print_escape_to(line, text);
  return line;
}

}  // namespace

std::string_view severity_text(Severity severity) noexcept {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::ok:
      break;
  }
  return "ok";
}

std::string finding_text(const Finding& finding) {
  std::string out = place_text(finding.place);
  if (finding.severity == Severity::ok) return harmless((out.empty() ? "" : out + "ok: ") + finding.message);
  out += severity_text(finding.severity);
  out += " " + code_text(finding.code);
  if (!finding.pointer.empty()) out += " " + finding.pointer;
  out += " " + finding.message + ".";
  if (!finding.remedy.empty()) out += "  do: " + finding.remedy;
  return harmless(out);
}

std::string place_and_message(const Finding& finding) {
  return harmless(place_text(finding.place) + finding.pointer + (finding.pointer.empty() ? "" : " ") +
                  finding.message);
}

bool has_errors(const std::vector<Finding>& findings) noexcept {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.severity == Severity::error; });
}

}  // namespace prewarm::schedule
