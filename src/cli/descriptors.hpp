// SPDX-License-Identifier: Apache-2.0
// How many descriptors a worker needs, and whether it may have them: with too few, connections, resolvers and
// libraries fail in the middle of a run in ways that say nothing. Owned by the main thread.
#pragma once

#include <cstddef>
#include <optional>

#include "prewarm/schedule/finding.hpp"

namespace prewarm::cli {

/// What `runs` schedules need at most at one time.
std::size_t needed_descriptors(std::size_t runs) noexcept;
/// Raises the soft limit where it is below what is needed. PW317 when the hard limit does not allow it.
std::optional<schedule::Finding> claim_descriptors(std::size_t runs);

/// Whether there are enough to read the files and to send pings at least.
bool can_connect() noexcept;

}  // namespace prewarm::cli
