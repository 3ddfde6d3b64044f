// SPDX-License-Identifier: Apache-2.0
#include "cli/output.hpp"

#include <cstdio>

#include "prewarm/base/json_text.hpp"
#include "prewarm/base/result.hpp"

namespace prewarm::cli {

void Output::bytes(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) broken_ = true;
}

void Output::line(std::string_view text) {
  bytes(text);
  bytes("\n");
}

void Output::note(std::string_view text) const {
  if (!quiet_) std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
}

// The first thing that went wrong is what the `exit` line says.
void Output::keep(std::string_view message, std::string_view remedy) {
  if (!message_.empty()) return;
  message_ = message;
  remedy_ = remedy;
}

void Output::error(std::string_view message, std::string_view remedy) {
  std::string line = "error " + std::string(message);
  if (!remedy.empty()) line += ".  do: " + std::string(remedy);
  std::fprintf(stderr, "%s\n", line.c_str());
  keep(message, remedy);
}

void Output::finding(const schedule::Finding& finding) {
  const bool is_error = finding.severity == schedule::Severity::error;
  if (is_error) keep(finding.message, finding.remedy);
  if (is_error || !quiet_) std::fprintf(stderr, "%s\n", schedule::finding_text(finding).c_str());
}

void Output::finding_data(const schedule::Finding& finding) {
  const bool is_error = finding.severity == schedule::Severity::error;
  if (is_error) keep(finding.message, finding.remedy);
  if (json_)
    line(finding_json(finding));
  else if (is_error || !quiet_)
    line(schedule::finding_text(finding));
}

int Output::finish(int code) {
  if (json_) {
    JsonObject exit;
    exit.add("type", "exit").add("code", code);
    for (const auto& [name, value] : exit_) exit.add(name, value);
    if (!message_.empty()) exit.add("message", message_);
    if (!remedy_.empty()) exit.add("do", remedy_);
    line(exit.text());
  }
  if (std::fflush(stdout) != 0) broken_ = true;
  if (!broken_) return code;
  std::fputs("error PW314 stdout cannot be written (closed or full)\n", stderr);
  return 1;
}

std::string finding_json(const schedule::Finding& finding) {
  JsonObject object;
  object.add("type", "finding").add("code", code_text(finding.code));
  object.add("severity", finding.severity == schedule::Severity::error ? "error" : "warning");
  object.add("message", finding.message);
  if (!finding.remedy.empty()) object.add("do", finding.remedy);
  if (!finding.place.file.empty()) object.add("file", finding.place.file);
  if (finding.place.line > 0) object.add("line", finding.place.line).add("column", finding.place.column);
  if (!finding.pointer.empty()) object.add("pointer", finding.pointer);
  if (!finding.value.empty()) object.add("value", finding.value);
  return object.text();
}

}  // namespace prewarm::cli
