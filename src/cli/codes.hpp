// SPDX-License-Identifier: Apache-2.0
// `prewarm explain PW530`: what each code of this version means, with an example and the cure (SURFACE 6).
// A code that comes later is not here until something says it; codes are never reused. The cure of a code
// that ends a run is the one `report` gives (report/remedies.cpp), so that both say the same. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace prewarm::cli {

/// For `CodeText::warning`.
inline constexpr bool kWarning = true;

struct CodeText {
  int code = 0;
  bool warning = false;
  std::string_view meaning;  // begins with a small letter, no final stop
  std::string_view example;  // what somebody wrote, set or saw
  std::string_view cure;     // empty: the remedy of the error kind with this code
};

struct Explanation {
  int code = 0;
  std::string says, example, cure;  // says: "ends a run as upstream_failed, exit 1: the upstream …"
};
/// Nothing when there is no such code in this version, or when the text is none ("PW5300", "530").
std::optional<Explanation> explanation_of(std::string_view text);
/// "PW530 ends a run as upstream_failed, exit 1: …", then a line each for example and cure; no final newline.
/// Nothing as above.
std::optional<std::string> explain_code(std::string_view text);
/// "PW" and three digits in either case, known or not: how `explain` tells a code from an expression.
bool looks_like_code(std::string_view text) noexcept;
/// All codes of this version, ascending.
std::vector<int> known_codes();

// The tables, one per chapter: schedule files (1xx, 2xx, 4xx), settings (3xx), runs (from 501 on).
std::span<const CodeText> file_codes() noexcept;
std::span<const CodeText> setting_codes() noexcept;
std::span<const CodeText> run_codes() noexcept;

}  // namespace prewarm::cli
