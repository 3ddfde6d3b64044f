// SPDX-License-Identifier: Apache-2.0
// Durations and sizes as people write and read them (SURFACE 1, 4): "90s", "1h30m", "64KiB".
// Pure.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "prewarm/base/clock.hpp"
#include "prewarm/base/result.hpp"

namespace prewarm {

/// A size in bytes.
struct Bytes {
  std::uint64_t count = 0;
  friend auto operator<=>(const Bytes&, const Bytes&) = default;
};

/// "1h30m": units ms, s, m, h, d in falling order, each at most once, whole numbers, no sign, no blanks, not
/// empty. Errors: invalid, with the spelling to use ("write \"90s\", not \"90\""). At most 100 years.
Result<Millis> parse_duration(std::string_view text);
/// "512B", "64KiB", "2MiB", "1GiB". Errors: invalid.
Result<Bytes> parse_bytes(std::string_view text);

/// For reading: the two largest of h, m, s ("3m 28s", "64h 6m"), whole seconds rounded down ("0s"); from 100
/// h on days ("41d").
std::string duration_text(Millis duration);
/// Exactly, for errors: "25h 0m 30s", "5m 30s", "1s 500ms".
std::string duration_exact(Millis duration);
/// As a schedule file writes it: "5m30s", "75h", "250ms", "0s".
std::string duration_literal(Millis duration);
/// Below 10,000 exact ("1397 B"), then powers of 1000 with one decimal ("19.9 kB", "1.0 MB").
std::string size_text(std::uint64_t bytes);

}  // namespace prewarm
