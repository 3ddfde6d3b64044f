// SPDX-License-Identifier: Apache-2.0
// A write that arrives late: the write of a run is on its way when the link falls silent, and reaches the
// store when another worker has written since, or when even that value is lost and deadline and allowance are
// over.
#pragma once

#include "campaign/campaign.hpp"

namespace prewarm::campaign {

/// What became of it. `expired`: the later value is lost meanwhile, and D + U over.
Findings write_late(bool expired);

}  // namespace prewarm::campaign
