// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/finding.hpp"

#include <algorithm>

#include "prewarm/base/json_text.hpp"
#include "prewarm/base/result.hpp"

namespace prewarm::schedule {
std::string finding_text(const Finding& finding) {
  std::string out;
  if (!finding.place.file.empty()) {
    out += finding.place.file;
    if (finding.place.line > 0)
      out += ":" + std::to_string(finding.place.line) + ":" + std::to_string(finding.place.column);
    out += ' ';
  }
  out += finding.severity == Severity::error ? "error " : "warning ";
  out += code_text(finding.code);
  if (!finding.pointer.empty()) out += " " + finding.pointer;
  out += " " + finding.message + ".";
  if (!finding.remedy.empty()) out += "  do: " + finding.remedy;
  // A file may be named with a newline or an escape sequence; a finding stays one harmless line.
  std::string line;
  print_escape_to(line, out);
  return line;
}

bool has_errors(const std::vector<Finding>& findings) noexcept {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.severity == Severity::error; });
}

}  // namespace prewarm::schedule
