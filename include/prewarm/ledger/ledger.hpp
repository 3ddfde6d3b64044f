// SPDX-License-Identifier: Apache-2.0
// What the store remembers of a schedule between runs and processes: the last verified write, failures in a
// row, refusals in a row. One small JSON record per schedule and version at
// prewarm:{env}:schedule:{name}:v{version}:
//
//   {"ledger":1,"first_seen":"…Z","last_verified":"…Z","written_at":"…Z","expires_at":"…Z","failures":0,"refusals":0,
//    "last_outcome":"verified","worker":"…",
//    "kept":{"etag":"…","last_modified":"…","made_by":"8 hex","instant":"…Z","payload_bytes":42,"sha256":"64
//    hex",
//            "keys":["…"],"renewals":0,"whole_only":false}}
//
// `kept` is what a renewal in place needs; of a fan-out each id has one of its own, at the schedule's record
// key with ":" and the id, in lines, since a million of them are read and written in a run:
//
//   1 MADE_BY INSTANT_MS PAYLOAD_BYTES RENEWALS SHA256 FLAGS
//   ETAG
//   LAST_MODIFIED
//   KEY
//
// FLAGS: "w" or "-" for whole_only, "r" or "-" for refused. ETAG and LAST_MODIFIED may be empty; a line for
// each alias follows the KEY.
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

/// What our last verified write left at its keys, and what the upstream calls that state.
struct Kept {
  run::Validators validators;  // may be empty
  std::string made_by;         // upstream::made_by at that time
  WallTime instant;            // lastUpdated in the heads
  std::uint64_t payload_bytes = 0;
  std::string payload_sha256;     // hex
  std::vector<std::string> keys;  // the key, then the aliases
  std::int64_t renewals = 0;      // in a row: since the upstream sent a whole answer
  bool whole_only = false;        // its validators have called two states one
  bool refused = false;           // the store took no renewal of it, for want of rights
  friend bool operator==(const Kept&, const Kept&) = default;
};

struct Record {
  std::optional<WallTime> first_seen;
  std::optional<WallTime> last_verified;  // lastUpdated of our last verified write
  std::optional<WallTime> written_at;     // store time of that write
  std::optional<WallTime> expires_at;     // when its TTL ends, by the store's clock
  std::int64_t failures = 0;              // runs that failed in a row
  std::int64_t refusals = 0;  // answers refused in a row by a rule that compares (guard.confirmations)
  std::string last_outcome, worker;
  std::optional<Kept> kept;  // not of a fan-out
  friend bool operator==(const Record&, const Record&) = default;
};

std::string encode(const Record& record);
/// Errors: ledger_newer. Text that is no record gives an empty one.
Result<Record> decode(std::string_view text);

std::string encode(const Kept& kept);
/// Text that is none, or lacks a part, gives nothing.
std::optional<Kept> decode_kept(std::string_view text);

std::string record_key(const schedule::Schedule& schedule);
/// Where the Kept of one id is.
std::string kept_key(const std::string& record_key, std::string_view id);
Result<Record> load(store::Store& store, const schedule::Schedule& schedule, BootTime deadline);
Result<void> save(store::Store& store, const schedule::Schedule& schedule, const Record& record,
                  BootTime deadline);

}  // namespace prewarm::ledger
