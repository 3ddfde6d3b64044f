// SPDX-License-Identifier: Apache-2.0
// What the store remembers of a schedule between runs and processes: the last verified write, failures in a
// row, refusals in a row. One small JSON record per schedule and version at
// prewarm:{env}:schedule:{name}:v{version}:
//
//   {"ledger":1,"first_seen":"…Z","last_verified":"…Z","written_at":"…Z","expires_at":"…Z","failures":0,"refusals":0,
//    "last_outcome":"verified","worker":"…"}
//
// Efficiency and reports alone; no safety rests on it (DESIGN 2.5). A record of a newer format is
// ledger_newer (PW740); one that cannot be read counts as lost. Encoding is pure; load and save are called on
// the store thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "prewarm/run/report.hpp"
#include "prewarm/store/store.hpp"

namespace prewarm::ledger {

struct Record {
  std::optional<WallTime> first_seen;
  std::optional<WallTime> last_verified;  // lastUpdated of our last verified write
  std::optional<WallTime> written_at;     // store time of that write
  std::optional<WallTime> expires_at;     // when its TTL ends, by the store's clock
  std::int64_t failures = 0;              // runs that failed in a row
  std::int64_t refusals = 0;  // answers refused in a row by a rule that compares (guard.confirmations)
  std::string last_outcome, worker;
  friend bool operator==(const Record&, const Record&) = default;
};

std::string encode(const Record& record);
/// Errors: ledger_newer. Text that is no record gives an empty one.
Result<Record> decode(std::string_view text);

std::string record_key(const schedule::Schedule& schedule);
Result<Record> load(store::Store& store, const schedule::Schedule& schedule, BootTime deadline);
Result<void> save(store::Store& store, const schedule::Schedule& schedule, const Record& record,
                  BootTime deadline);

}  // namespace prewarm::ledger
