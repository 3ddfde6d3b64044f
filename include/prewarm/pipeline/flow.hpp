// SPDX-License-Identifier: Apache-2.0
// The stages in order, without threads: reading this file's source is reading the product. Each stage takes
// the Flight of one run, does its part and says by `error` that the run is over; the next stages then only
// let it pass. Values move one way: prepare -> (fetch) -> shape -> commit -> conclude. The pipeline runs the
// stages on its threads; a test or a simulator steps them one by one. Pure but for the seams they are handed;
// a Flight is owned by whoever holds it.
#pragma once

#include <optional>
#include <vector>

#include "prewarm/http/fetcher.hpp"
#include "prewarm/ledger/ledger.hpp"
#include "prewarm/run/report.hpp"
#include "prewarm/run/run.hpp"
#include "prewarm/shape/shape.hpp"
#include "prewarm/store/store.hpp"

namespace prewarm::pipeline {

/// One run on its way, with what the stages so far have learned.
/// What this process verified last for a schedule: unlike the ledger's record it outlives a flushed store.
struct Remembered {
  WallTime instant;
  WallTime expires_at;
};

struct Flight {
  run::Run run;
  std::optional<Error> error;  // set: the run ends with it
  WallTime token;  // store time before the first byte of the request leaves: the envelope's lastUpdated
  ledger::Record record;
  bool record_known = false;  // the ledger was read
  std::optional<Remembered> remembered;
  std::optional<WallTime> previous_write;  // our last verified write, by the ledger
  run::FetchFacts facts;
  run::Body body;
  std::optional<shape::Shaped> shaped;
  bool refused_by_compare = false;
  std::vector<run::Verdict> verdicts;  // one per key
  std::optional<WallTime> store_now;   // at commit
  std::size_t sealed_bytes = 0;        // of the key's envelope
  std::optional<run::Found> kept;      // failed: head and TTL of the value that stays, or that there is none
  std::optional<run::Lost> lost;       // what we verified, should still live, and is gone
  Millis shape_took{}, store_took{}, verify_took{};
  bool start_ping_sent = false;

  const schedule::Schedule& schedule() const noexcept { return *run.schedule; }
  /// The first key; empty while it needs a record that is not there yet.
  std::string primary_key() const;
};

/// Store stage before the fetch: opens the store, takes the token and the ledger's record. A run without a
/// store does not fetch.
void prepare(Flight& flight, store::Store& store, Clock& clock);
/// Shape stage: body -> payload and keys.
void shape(Flight& flight, shape::Shaper& shaper, Clock& clock);
/// Store stage after it: guards that compare, fenced write, read-back, verdicts; what is left of a value that
/// stays; the ledger's record.
void commit(Flight& flight, store::Store& store, Clock& clock);
/// The one report of the run.
run::RunReport conclude(Flight&& flight, Clock& clock);

/// A run that never started: overlapped, or cancelled before its turn.
struct Unstarted {
  schedule::SchedulePtr schedule;
  Slot slot;
  schedule::Trigger trigger = schedule::Trigger::cron;
  Error error;
};
run::RunReport conclude_unstarted(const Unstarted& what, Clock& clock);
/// The report of slots that passed unattended.
run::RunReport conclude_missed(const schedule::MissedSlots& missed, Clock& clock);

}  // namespace prewarm::pipeline
