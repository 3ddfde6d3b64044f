// SPDX-License-Identifier: Apache-2.0
// How a run ended: the run record of SURFACE 8, the same in logs, --json and (later) API and ledger. Members
// that do not apply stay empty. Every Run ends in exactly one. Pure: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "prewarm/run/outcome.hpp"
#include "prewarm/run/run.hpp"
#include "prewarm/run/verdict.hpp"

namespace prewarm::run {

/// What we verified last and should still live was absent or earlier: failover, eviction, FLUSH
/// (`value.lost`).
struct Lost {
  std::string key;
  WallTime last_verified;
  envelope::Class found = envelope::Class::absent;
};

/// Of a fan-out: how many ids were asked for, came back and did well.
struct FanoutFacts {
  std::int64_t requested = 0, returned = 0;
  std::int64_t well = 0;             // key and all aliases verified
  std::int64_t failed = 0;           // request, shape, guard, store or verify said no
  std::vector<std::string> missing;  // the first 10 that did not come back
  std::int64_t missing_count = 0;
  std::int64_t unchanged = 0;  // of those that did well, renewed in place
  std::int64_t skipped = 0;    // younger than asked for: nothing was asked
};

struct RunReport {
  schedule::SchedulePtr schedule;
  std::string run_id, rid;
  Slot slot;
  schedule::Trigger trigger = schedule::Trigger::cron;
  bool dry_run = false;  // one that ends well has the outcome `verified`, shown as "dry run", without proofs
  Outcome outcome = Outcome::cancelled;
  std::optional<Error> error;  // nothing for verified and unchanged
  std::optional<schedule::MissedReason> missed_reason;
  std::optional<std::int64_t> missed_count;
  FetchFacts fetch;
  std::optional<Millis> lag, duration, fetch_took, shape_took, store_took, verify_took;
  std::optional<std::int64_t> items, bytes, keys_written, aliases_skipped;
  std::optional<std::int64_t> payload_bytes;
  std::string key;
  std::optional<WallTime> last_updated;     // of the value now at the key, as far as known
  std::optional<envelope::Class> found;     // class before the write, or of what a failed run leaves; only if
                                            // it was looked at
  std::optional<Millis> old_age;            // failed: age of the value that stays
  std::optional<Millis> stale_in, cold_in;  // negative stale_in: stale already; cold_in 0: nothing is there
  std::optional<WallTime> cold_since;       // the last value's TTL ended then, and readers find nothing
  std::optional<Slot> next;
  std::vector<Sighting> sightings;
  std::optional<Lost> lost;
  std::int64_t distrusted = 0;        // values that changed although the upstream calls their state the same
  std::optional<Millis> since_write;  // from our last verified write to now, for sightings
  VerifiedWrites proofs;              // one per key written; a success ping needs them
  std::optional<FanoutFacts> fanout;
  WallTime ended_wall;
  BootTime started, ended;
  bool start_ping_sent = false;
  bool heartbeat = true;

  /// At least one key was written and there is a proof for each (I3).
  bool all_verified() const {
    return !proofs.empty() && keys_written && static_cast<std::size_t>(*keys_written) == proofs.size();
  }
};

}  // namespace prewarm::run
