// SPDX-License-Identifier: Apache-2.0
// The stages in order, without threads: reading this file's source is reading the product. Each stage takes
// the Flight of one run, does its part and says by `error` that the run is over; the next stages then only
// let it pass. Values move one way: prepare -> (fetch) -> shape -> commit -> conclude. In a fan-out the
// answers go ahead of their Flight in Batches, through the same stages in the same order; the Flight comes
// last and ends with the sum of what became of them. The pipeline runs the stages on its threads; a test or a
// simulator steps them one by one. Pure but for the seams they are handed; a Flight is owned by whoever holds
// it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "prewarm/base/id_list.hpp"
#include "prewarm/http/fetcher.hpp"
#include "prewarm/ledger/ledger.hpp"
#include "prewarm/pipeline/key_set.hpp"
#include "prewarm/pipeline/tally.hpp"
#include "prewarm/run/report.hpp"
#include "prewarm/run/run.hpp"
#include "prewarm/shape/shape.hpp"
#include "prewarm/store/store.hpp"
#include "prewarm/upstream/exchange.hpp"
#include "prewarm/upstream/pages.hpp"
#include "prewarm/upstream/requests.hpp"

namespace prewarm::pipeline {

/// What this process verified last for a schedule: unlike the ledger's record it outlives a flushed store.
struct Remembered {
  WallTime instant;
  WallTime expires_at;
};

/// What the batches of one run share. Immutable but for what says otherwise.
struct Fan {
  run::Run run;
  WallTime token;
  IdListPtr ids;
  std::size_t skipped = 0;                   // ids left out of `ids`: their values are young enough
  std::optional<WallTime> oldest_skipped{};  // lastUpdated of the oldest of these
  std::int64_t refusals = 0;                 // in a row, by the ledger
  std::optional<WallTime> previous_write;    // by the ledger
  std::atomic<bool> over{false};             // a newer version was met: nothing more is asked for or written
  KeySet keys;                               // the store thread's: those that two records could give, so far
  std::string record_key;                    // of the schedule in the ledger; of an id: ledger::kept_key
  std::string made_by;                       // upstream::made_by; empty: no request names a state
  bool shares_keys = false;                  // two records could give the same key
  bool renewal_refused = false;              // the store thread's: it takes no renewals from this user
  std::vector<std::size_t> again;  // the store thread's: ids that upstream called unchanged, but what is
                                   // stored is not what was named

  const schedule::Schedule& schedule() const noexcept { return *run.schedule; }
  std::string_view id(std::size_t index) const noexcept { return (*ids)[index]; }
};

/// What is remembered of an id's value; null: nothing.
struct Recalled {
  std::unique_ptr<ledger::Kept> kept;
  bool may_name = false;  // its request may name that state
};
/// Of ids [first, first + count): asked of the store ahead of their requests.
struct Recall {
  std::shared_ptr<Fan> fan;
  std::size_t first = 0, count = 0;
  std::vector<Recalled> ids;  // after the store stage: one each
};

/// What came of one request of a fan-out.
struct Answer {
  upstream::IdRange ids;
  std::variant<run::Body, upstream::NotModified, Error> came;
  int http_status = 0;                   // 0: none came
  std::unique_ptr<ledger::Kept> kept{};  // what was remembered of its one id
};

/// An id whose state, named in its request, is still the upstream's.
struct Unchanged {
  std::size_t id = 0;
  std::unique_ptr<ledger::Kept> kept;
};
/// What the upstream calls the state of one of a batch's values.
struct Known {
  std::size_t value = 0;  // in `values`
  run::Validators validators;
  std::uint64_t payload_bytes = 0;
  std::string payload_sha256;
  std::vector<std::string> keys;
  std::unique_ptr<ledger::Kept> before;  // of the value that is stored, if that is remembered
};

/// Answers of a fan-out's run that travel together: about one window of keys.
struct Batch {
  std::shared_ptr<Fan> fan;
  std::vector<Answer> answers;           // values lie in their bodies
  std::size_t body_bytes = 0;            // of the answers, reserved of the BatchBudget
  std::vector<shape::IdValue> values;    // out of them, after the shape stage
  std::vector<Unchanged> unchanged;      // likewise
  std::vector<Known> known;              // likewise, in the order of `values`; some have none
  std::vector<upstream::IdRange> left;   // with `staleIfError`: ids that did not do well so far
  std::vector<bool> settled;             // of `values`: renewed, or refused as one; not to be written
  std::vector<run::Sighting> sightings;  // after the commit stage
  std::optional<Millis> since_write;     // from our last verified write to now, for sightings
  Tally tally;                           // what became of its ids
};

/// The ids of a URL while they come in, page by page.
struct Listing {
  explicit Listing(const schedule::UrlIds& source) : walk(source) {}
  IdList ids{};
  upstream::PageWalk walk;
};

/// One run on its way, with what the stages so far have learned.
struct Flight {
  run::Run run;
  std::optional<Error> error;  // set: the run ends with it
  WallTime token;  // store time before the first byte of the request leaves: the envelope's lastUpdated
  ledger::Record record;
  bool record_known = false;  // the ledger was read
  std::optional<Remembered> remembered;
  std::optional<WallTime> previous_write;  // our last verified write, by the ledger
  run::FetchFacts facts;
  run::Body body;                       // of a fan-out: the answer of the id source
  std::unique_ptr<Listing> listing;     // of a fan-out whose ids come from a URL, until all are there
  std::shared_ptr<Fan> fan;             // of a fan-out, once its ids are known
  Tally tally;                          // of a fan-out, at the end
  std::optional<run::Outcome> outcome;  // when the error alone does not say it: partial
  std::string made_by;                  // of a schedule whose value may be renewed: upstream::made_by
  run::Validators since;                // the request names this state
  bool not_modified = false;            // and the upstream has nothing newer
  bool asks_whole = false;              // but what is stored is not what was named: once more, naming nothing
  bool renewal_refused = false;         // the store takes no renewals from this user
  bool distrusted = false;              // the upstream's validators have just called two states one
  bool renewed = false;                 // the stored value was renewed in place
  std::string payload_sha256;           // of `shaped`
  std::optional<shape::Shaped> shaped;
  bool refused_by_compare = false;
  std::vector<run::Verdict> verdicts;  // one per key; none of a fan-out
  std::optional<WallTime> store_now;   // at commit
  std::size_t sealed_bytes = 0;        // of the key's envelope
  std::optional<run::Found> kept;      // failed: head and TTL of the value that stays, or that there is none
  std::optional<run::Lost> lost;       // what we verified, should still live, and is gone
  Millis shape_took{}, store_took{}, verify_took{};
  bool start_ping_sent = false;

  const schedule::Schedule& schedule() const noexcept { return *run.schedule; }
  /// A fan-out that waits for its ids to be fetched.
  bool wants_ids() const noexcept { return schedule().fanout && !fan && !error; }
  /// The first key; one that needs a record which is not there yet is that of the last verified value, empty
  /// if there is none. Of a fan-out: its pattern.
  std::string primary_key() const;
  /// Of a run that ended well: lastUpdated of the oldest of its values.
  WallTime fresh_since() const;
};

/// Store stage before the fetch: opens the store, takes the token and the ledger's record, and the ids of a
/// fan-out where catalog or store have them. A run without a store does not fetch.
void prepare(Flight& flight, store::Store& store, Clock& clock);
/// Store stage, as soon as a fan-out's ids are known: leaves out those whose values are younger than
/// `run.if_older_than`, if that is given. None left: the run ends with `later_write`.
void winnow(Flight& flight, store::Store& store, Clock& clock);
/// Shape stage: body -> payload and keys; of a fan-out that wants its ids: body -> ids. A flight that still
/// wants ids afterwards is to be fetched again: the next page of them.
void shape(Flight& flight, shape::Shaper& shaper, Clock& clock);
/// Of a batch: bodies -> records -> a value and keys for each id.
void shape(Batch& batch, shape::Shaper& shaper, Clock& clock);
/// Of a batch: guards that compare, fenced write, read-back, verdicts; then `tally` is whole.
void commit(Batch& batch, store::Store& store, Clock& clock);
/// Store stage at the end of a run: guards that compare, fenced write or renewal, read-back, verdicts; what
/// is left of a value that stays; the ledger's record. With `asks_whole` the run is not at its end: it is to
/// be fetched again.
void commit(Flight& flight, store::Store& store, Clock& clock);
/// The one report of the run.
run::RunReport conclude(Flight&& flight, Clock& clock);

/// As much of a report as the log lines of a batch's sightings need.
run::RunReport conclude_sightings(const Batch& batch, Clock& clock);

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
