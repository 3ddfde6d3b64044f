// SPDX-License-Identifier: Apache-2.0
// The twelve ways a run can end, and what each means for exit code, ping and log level (DESIGN 3, SURFACE 7).
// Pure: values.
#pragma once

#include <cstdint>
#include <string_view>

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

/// The outcome that an error of this kind ends a run with.
Outcome outcome_of(ErrorKind kind) noexcept;
/// Exit code of `once` for one run: e.g. 0 verified, 4 auth, 12 newer_version.
int exit_code_of(Outcome outcome, ErrorKind reason) noexcept;

enum class PingKind : std::uint8_t { none, start, success, fail };
/// What is sent at the end. cancelled: `fail` only if a start ping was sent, which the caller knows.
PingKind ping_of(Outcome outcome, ErrorKind reason) noexcept;
/// Whether it counts as a failure in a row (SURFACE 7).
bool counts_as_failure(Outcome outcome, ErrorKind reason) noexcept;

}  // namespace prewarm::run
