// SPDX-License-Identifier: Apache-2.0
// The parts of a fan-out that concern values which may stay as they are: what is remembered of each id, asked
// of the store ahead of its request; renewal in place of what the upstream calls unchanged, or sends once
// more byte for byte; a longer life for what failed. On the store thread.
#pragma once

#include "pipeline/renewal.hpp"
#include "prewarm/pipeline/flow.hpp"

namespace prewarm::pipeline {

/// Of each id what was remembered, and whether its request may name that state. A store that does not answer
/// remembers nothing: all is asked for.
void recall(Recall& work, store::Store& store);

/// Renews what the batch holds of unchanged values, and settles those of `values` that are the same bytes.
/// What was called unchanged but is not what we wrote goes into `fan->again`.
void renew_unchanged(Batch& batch, const Target& target);
/// Of the values of the batch that were verified: what the next run needs. `well`: by place in `values`.
void remember_values(Batch& batch, const std::vector<bool>& well, const Target& target);
/// `store.staleIfError` for the ids that did not do well, also when the run's own time is over.
void extend_left(Batch& batch, store::Store& store, Clock& clock);

}  // namespace prewarm::pipeline
