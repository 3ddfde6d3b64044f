// SPDX-License-Identifier: Apache-2.0
// The parts of the stages that a fan-out alone has: its ids at the beginning, what became of them at the end.
#pragma once

#include "prewarm/pipeline/flow.hpp"

namespace prewarm::pipeline {

/// Where catalog or store have the ids, `flight.fan` is there afterwards, else `flight.listing`. Errors:
/// id_source, those of the store.
Result<void> find_ids(Flight& flight, store::Store& store);
/// Out of the body of the id source: the last page of it makes `flight.fan`. Errors: id_source.
Result<void> read_ids(Flight& flight, shape::Shaper& shaper);
/// The keys of an id that need nothing of its record.
void add_keys(const schedule::Schedule& schedule, std::string_view id, std::vector<std::string>& keys);
/// Sets error and outcome from the tally (SURFACE 7, "Fan-out").
void conclude_ids(Flight& flight);
/// How the flight ends, as far as is known now.
run::Outcome outcome_of(const Flight& flight) noexcept;

}  // namespace prewarm::pipeline
