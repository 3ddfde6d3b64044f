// SPDX-License-Identifier: Apache-2.0
// The campaigns by name. Each runs all its cases and keeps what it finds in the book it is given.
#pragma once

#include "campaign/campaign.hpp"

namespace prewarm::campaign {

void run_calendar(Campaign& campaign);
void run_clock(Campaign& campaign);
void run_failover(Campaign& campaign);
void run_inputs(Campaign& campaign);
void run_kill(Campaign& campaign);
/// The part of `kill` in which the program is not killed but stopped for a while.
void run_pauses(Campaign& campaign);
void run_load(Campaign& campaign);
void run_model(Campaign& campaign);
void run_network(Campaign& campaign);
void run_soak(Campaign& campaign);
void run_sqlite(Campaign& campaign);
void run_torture(Campaign& campaign);

}  // namespace prewarm::campaign
