// SPDX-License-Identifier: Apache-2.0
// What every campaign is asked with: `--size ci|nightly|release [--seed N] [--only CASE]` (PROMISES 10.2).
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace prewarm::campaign {

enum class Size : std::uint8_t { ci, nightly, release };

struct Options {
  std::string campaign;  // kill, model, sqlite, …
  Size size = Size::ci;
  std::uint64_t seed = 1;
  std::string only{};  // a case; empty: all of the size
};

std::string size_text(Size size);
/// Nothing when the words are not of that form.
std::optional<Options> parse_options(int count, char** words);

}  // namespace prewarm::campaign
