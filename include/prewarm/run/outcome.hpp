// SPDX-License-Identifier: Apache-2.0
// The twelve ways a run can end, and what each means for exit code, ping and log level (DESIGN 3, SURFACE 7).
// Pure: values.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "prewarm/base/result.hpp"

namespace prewarm::run {

enum class Outcome : std::uint8_t {
  verified,
  unchanged,
  partial,
  rejected,
  upstream_failed,
  store_failed,
  verify_failed,
  superseded,
  claimed_elsewhere,
  overlapped,
  missed,
  cancelled,
};
std::string_view outcome_text(Outcome outcome) noexcept;

/// The outcome that an error of this kind ends a run with. `deadline` is upstream_failed: a caller that met
/// it at the store says store_failed itself.
Outcome outcome_of(ErrorKind kind) noexcept;
/// Exit code of `once` for one run: e.g. 0 verified, 4 auth, 12 newer_version. cancelled: 143; a caller that
/// knows of SIGINT says 130 itself.
int exit_code_of(Outcome outcome, ErrorKind reason) noexcept;
/// Exit code of several runs: all well 0; some well 3; none well: their common code, else 1. A stop by signal
/// wins over all. No run at all is well.
int combined_exit(const std::vector<int>& codes) noexcept;

enum class PingKind : std::uint8_t { none, start, success, fail };
/// What is sent at the end. cancelled: `fail` only if a start ping was sent, which the caller knows.
PingKind ping_of(Outcome outcome, ErrorKind reason) noexcept;
/// Whether it counts as a failure in a row (SURFACE 7).
bool counts_as_failure(Outcome outcome, ErrorKind reason) noexcept;

}  // namespace prewarm::run
