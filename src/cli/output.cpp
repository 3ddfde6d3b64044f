// SPDX-License-Identifier: Apache-2.0
#include "cli/output.hpp"

#include <cstdio>

#include "cli/redact.hpp"
#include "prewarm/base/json_text.hpp"
#include "prewarm/base/result.hpp"

namespace prewarm::cli {
namespace {

schedule::Finding without_credentials(schedule::Finding finding) {
  for (std::string* text : {&finding.message, &finding.remedy, &finding.value, &finding.place.file})
    *text = cli::without_credentials(*text);
  return finding;
}

std::string_view without_code(std::string_view message) {
  const bool coded = message.substr(0, 2) == "PW" && message.find(' ') == 5;
  return coded ? message.substr(6) : message;
}

// One line, whatever was typed.
void print(std::string_view text) {
  std::string line;
  print_escape_to(line, text);
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

void Output::bytes(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) broken_ = true;
}

void Output::line(std::string_view text) {
  bytes(text);
  bytes("\n");
}

void Output::note(std::string_view said) const {
  if (quiet_) return;
  std::string text = cli::without_credentials(said);
  if (log_)
    log_->write({clock_->wall_now(), Level::info, "note", std::move(text), {}});
  else
    print(text);
}

// The first thing that went wrong is what the `exit` line says.
void Output::keep(std::string_view message, std::string_view remedy) {
  if (!message_.empty()) return;
  message_ = message;
  remedy_ = remedy;
}

// "PW104 bad/users.jsonc:3:3 /timout is not a field".
void Output::keep(const schedule::Finding& finding) {
  keep(code_text(finding.code) + " " + schedule::place_and_message(finding), finding.remedy);
}

std::string_view Output::first_error() const noexcept { return without_code(message_); }

// "PW310 no environment is set" is said as code and message, as in every line of the log.
void Output::error(std::string_view said, std::string_view cure) {
  const std::string message = cli::without_credentials(said), remedy = cli::without_credentials(cure);
  if (log_) {
    const std::string_view text = without_code(message);
    LogLine line{clock_->wall_now(), Level::error, "command.failed", std::string(text), {}};
    if (text.size() < message.size()) line.fields.push_back({"code", message.substr(0, 5)});
    if (!remedy.empty()) line.fields.push_back({"do", remedy});
    log_->write(line);
    return keep(message, remedy);
  }
  print("error " + message + (remedy.empty() ? "" : ".  do: " + remedy));
  keep(message, remedy);
}

void Output::finding(const schedule::Finding& told) {
  const schedule::Finding finding = without_credentials(told);
  const bool is_error = finding.severity == schedule::Severity::error;
  if (is_error) keep(finding);
  if (!is_error && quiet_) return;
  if (log_)
    log_finding(finding);
  else
    std::fprintf(stderr, "%s\n", schedule::finding_text(finding).c_str());
}

void Output::log_finding(const schedule::Finding& finding) const {
  const bool is_error = finding.severity == schedule::Severity::error;
  LogLine line{
      clock_->wall_now(), is_error ? Level::error : Level::warn, "config.finding", finding.message, {}};
  line.fields.push_back({"code", code_text(finding.code)});
  if (!finding.place.file.empty()) line.fields.push_back({"file", finding.place.file});
  if (finding.place.line > 0) {
    line.fields.push_back({"line", static_cast<std::int64_t>(finding.place.line)});
    line.fields.push_back({"column", static_cast<std::int64_t>(finding.place.column)});
  }
  if (!finding.pointer.empty()) line.fields.push_back({"pointer", finding.pointer});
  if (!finding.remedy.empty()) line.fields.push_back({"do", finding.remedy});
  log_->write(line);
}

void Output::refused(std::int64_t errors, const schedule::Finding& told) const {
  const schedule::Finding first = without_credentials(told);
  if (log_)
    log_->write({clock_->wall_now(),
                 Level::error,
                 "config.refused",
                 schedule::place_and_message(first),
                 {{"code", code_text(first.code)}, {"errors", errors}}});
}

void Output::finding_data(const schedule::Finding& told) {
  const schedule::Finding finding = without_credentials(told);
  const bool is_error = finding.severity == schedule::Severity::error;
  if (is_error) keep(finding);
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
  object.add("type", "finding");
  if (finding.code != 0) object.add("code", code_text(finding.code));
  object.add("severity", schedule::severity_text(finding.severity));
  object.add("message", finding.message);
  if (!finding.remedy.empty()) object.add("do", finding.remedy);
  if (!finding.place.file.empty()) object.add("file", finding.place.file);
  if (finding.place.line > 0) object.add("line", finding.place.line).add("column", finding.place.column);
  if (!finding.pointer.empty()) object.add("pointer", finding.pointer);
  if (!finding.value.empty()) object.add("value", finding.value);
  return object.text();
}

}  // namespace prewarm::cli
