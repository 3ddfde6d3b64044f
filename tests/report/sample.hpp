// SPDX-License-Identifier: Apache-2.0
// The world of SURFACE: its schedules and the reports its samples are made from.
#pragma once

#include <string>
#include <string_view>

#include "prewarm/base/log.hpp"
#include "prewarm/run/report.hpp"

namespace prewarm::sample {

WallTime instant(std::string_view text);
Slot slot(std::string_view text);
BootTime boot(Millis since_start);

/// recent-listens and lastfm-recent of SURFACE 12, as far as reports look at them.
std::shared_ptr<schedule::Schedule> recent_listens();
std::shared_ptr<schedule::Schedule> lastfm_recent();

/// One VerifiedWrite, honestly earned: the store returned what was written.
run::VerifiedWrite proof(const std::string& key);
/// recent-listens verified at 13:00:00Z.
run::RunReport verified();
/// A run of lastfm-recent that failed with this error; its old value is kept.
run::RunReport failed(run::Outcome outcome, Error error);
/// lastfm-recent after 503 on 3 attempts.
run::RunReport upstream_failed();

/// env production, worker prewarm-7c9f.
LogSettings settings();

}  // namespace prewarm::sample
