// SPDX-License-Identifier: Apache-2.0
// Twelve expressions aimed at one change of a clock, and the comparison of the product's slots with those of
// a walk over every minute (schedule/cron_oracle.hpp), which shares no code with the product's search. Pure,
// but for zone files that are read. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "campaign/campaign.hpp"
#include "prewarm/schedule/cron.hpp"
#include "schedule/cron_oracle.hpp"

namespace prewarm::campaign {

/// Unix seconds, [begin, end).
struct Span {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// Eleven of five fields; the twelfth is `every_around`.
std::vector<schedule::OracleExpression> shapes_around(const schedule::ClockChange& change);
/// The D of "@every D", in seconds.
std::int64_t every_around(const schedule::ClockChange& change);

/// Both directions, from slots and from instants between them. `slots` grows by the slots that were compared.
Findings compare_with_walk(const std::vector<schedule::OracleExpression>& expressions,
                           const std::string& zone, Span span, std::size_t& slots);
Findings compare_every(std::int64_t every, const std::string& zone, Span span, std::size_t& slots);

}  // namespace prewarm::campaign
