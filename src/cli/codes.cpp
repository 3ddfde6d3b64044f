// SPDX-License-Identifier: Apache-2.0
#include "cli/codes.hpp"

#include <algorithm>
#include <array>

#include "prewarm/base/ascii.hpp"
#include "prewarm/report/reason.hpp"
#include "prewarm/run/outcome.hpp"

namespace prewarm::cli {
namespace {

std::array<std::span<const CodeText>, 3> chapters() noexcept {
  return {file_codes(), setting_codes(), run_codes()};
}

const CodeText* find(int code) {
  for (const auto chapter : chapters())
    for (const CodeText& text : chapter)
      if (text.code == code) return &text;
  return nullptr;
}

std::optional<ErrorKind> kind_of(int code) {
  for (int i = 0; i <= static_cast<int>(ErrorKind::ledger_newer); ++i)
    if (code_of(static_cast<ErrorKind>(i)) == code) return static_cast<ErrorKind>(i);
  return std::nullopt;
}

const char* error_exit(int code) {
  if (code == 318) return "10";
  return code == 902 ? "2, or 12 if it is the only one" : "2";
}

// What happens when this code is said: severity and exit code, or the outcome of a run.
std::string standing(const CodeText& text) {
  if (text.warning) return "is a warning";
  const std::optional<ErrorKind> kind = kind_of(text.code);
  if (!kind) return std::string("is an error, exit ") + error_exit(text.code);
  const run::Outcome outcome = run::outcome_of(*kind);
  std::string line = "ends a run as " + std::string(run::outcome_text(outcome));
  if (*kind == ErrorKind::deadline) return line + ", exit 1, or, said of the store, as store_failed, exit 5";
  if (outcome != run::Outcome::missed) line += ", exit " + std::to_string(run::exit_code_of(outcome, *kind));
  return line;
}

// Remedies are written for one schedule; here for any, in brackets because the words stand in sentences.
std::string cure_of(const CodeText& text) {
  const std::optional<ErrorKind> kind = kind_of(text.code);
  if (!text.cure.empty() || !kind) return std::string(text.cure);
  schedule::Schedule any;
  any.name = "<NAME>";
  any.fetch.headers = {{"authorization", {"${<VARIABLE>}", Secret()}}};
  return report::default_remedy(*kind, any);
}

}  // namespace

bool looks_like_code(std::string_view text) noexcept {
  return text.size() == 5 && (text[0] == 'P' || text[0] == 'p') && (text[1] == 'W' || text[1] == 'w') &&
         std::all_of(text.begin() + 2, text.end(), is_digit);
}

std::optional<Explanation> explanation_of(std::string_view text) {
  if (!looks_like_code(text)) return std::nullopt;
  const int code = (text[2] - '0') * 100 + (text[3] - '0') * 10 + (text[4] - '0');
  const CodeText* found = find(code);
  if (found == nullptr) return std::nullopt;
  return Explanation{code, standing(*found) + ": " + std::string(found->meaning), std::string(found->example),
                     cure_of(*found)};
}

std::optional<std::string> explain_code(std::string_view text) {
  const auto explained = explanation_of(text);
  if (!explained) return std::nullopt;
  return code_text(explained->code) + " " + explained->says + ".\n  example: " + explained->example +
         "\n  do: " + explained->cure;
}

std::vector<int> known_codes() {
  std::vector<int> codes;
  for (const auto chapter : chapters())
    for (const CodeText& text : chapter) codes.push_back(text.code);
  std::sort(codes.begin(), codes.end());
  return codes;
}

}  // namespace prewarm::cli
