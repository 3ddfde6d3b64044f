// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/flow.hpp"

#include <algorithm>
#include <utility>

#include "pipeline/fan.hpp"
#include "pipeline/renewal.hpp"
#include "prewarm/base/hash.hpp"
#include "prewarm/base/planted.hpp"
#include "prewarm/verify/verify.hpp"

namespace prewarm::pipeline {
namespace {

// The state that the stored value is of, if it is provably ours as far as its head tells.
Result<void> name_state(Flight& flight, store::Store& store) {
  const schedule::Schedule& schedule = flight.schedule();
  if (schedule.fanout) return {};
  flight.made_by = upstream::made_by(schedule);
  const auto& kept = flight.record.kept;
  if (!kept || !upstream::may_be_conditional(schedule.fetch) || !may_name_state(*kept, flight.made_by))
    return {};
  TRY_ASSIGN(const bool match, heads_match(*kept, schedule, store, flight.run.deadline));
  if (match || planted(Plant::gone_value_named)) flight.since = kept->validators;
  return {};
}

Result<void> ask_store(Flight& flight, store::Store& store) {
  // A store that cannot be opened ends the run before its fetch; a dry run makes no file.
  if (!flight.run.dry_run) TRY(store.open(flight.run.deadline));
  TRY_ASSIGN(flight.record, ledger::load(store, flight.schedule(), flight.run.deadline));
  TRY_ASSIGN(flight.token, store.time(flight.run.deadline));
  if (planted(Plant::wall_clock_token)) flight.token = flight.run.started_wall;
  flight.record_known = true;
  flight.previous_write = flight.record.written_at;
  if (!flight.run.dry_run) TRY(name_state(flight, store));
  return flight.schedule().fanout ? find_ids(flight, store) : Result<void>();
}

// Whether the stored value allows the fresh one.
Result<void> compare_with_stored(Flight& flight, store::Store& store) {
  const Fresh fresh{*flight.shaped, flight.primary_key(), flight.record.refusals};
  auto compared = compare(fresh, flight.run, store);
  flight.refused_by_compare = compared.refused;
  return std::move(compared.verdict);
}

Made made_of(const Flight& flight) {
  return {flight.body.validators, flight.made_by, flight.shaped->payload.size(), flight.payload_sha256};
}

// The same bytes as those stored, or the upstream says so.
bool is_unchanged(const Flight& flight) {
  const auto& kept = flight.record.kept;
  if (flight.not_modified) return true;
  return kept && is_same(*kept, made_of(flight)) && kept->keys == flight.shaped->keys;
}

// True: renewed, refused by the store, or to be fetched whole. False: a write must follow.
bool renew_value(Flight& flight, store::Store& store, Clock& clock) {
  if (!is_unchanged(flight)) return false;
  const schedule::Schedule& schedule = flight.schedule();
  const ledger::Kept& kept = *flight.record.kept;
  const BootTime began = clock.boot_now();
  std::vector<run::Renewal> renewals;
  bool changed = !add_renewals(kept, schedule, flight.token, renewals);
  auto verdicts = renew_in_place(renewals, {flight.run, *flight.store_now, store, clock});
  for (const run::Verdict& verdict : verdicts) {
    changed = changed || verdict.changed;
    if (verdict.changed && verdict.error) flight.renewal_refused = true;
  }
  flight.store_took += since(began, clock);
  if (changed) {
    flight.asks_whole = flight.not_modified;
    return flight.asks_whole;
  }
  flight.sealed_bytes = renewals.front().old_length;
  flight.verdicts = std::move(verdicts);
  flight.renewed = true;
  return true;
}

// Fenced write, read-back and verdict of every key.
void write_keys(Flight& flight, store::Store& store, Clock& clock) {
  if (planted(Plant::token_after_fetch))
    if (const auto later = store.time(flight.run.deadline)) flight.token = *later;
  const shape::Sealer sealer(flight.schedule(), flight.token);
  std::vector<run::Entry> entries;
  sealer.seal(flight.shaped->payload, flight.shaped->keys, entries);
  flight.sealed_bytes = entries.front().value.size();
  Written written = write_and_verify(std::move(entries), {flight.run, *flight.store_now, store, clock});
  flight.verdicts = std::move(written.verdicts);
  flight.store_took += written.store_took;
  flight.verify_took += written.verify_took;
  if (flight.verdicts.empty()) flight.error = too_late();
}

// What a dry run says of a newer version at its key: a real one would write nothing there.
Result<void> foresee_write(Flight& flight, store::Store& store) {
  const shape::Sealer sealer(flight.schedule(), flight.token);
  std::vector<run::Entry> entries;
  sealer.seal(flight.shaped->payload, flight.shaped->keys, entries);
  TRY_ASSIGN(const run::Found found,
             store.read(entries.front().key, envelope::kHeadBytes, false, flight.run.deadline));
  TRY_ASSIGN(const WallTime now, store.time(flight.run.deadline));
  if (auto error = verify::Judge::foresee(entries.front(), found, now)) return *std::move(error);
  return {};
}

// The worst of the keys decides: what stopped the run, then what another writer did, then the store.
void take_worst(Flight& flight) {
  for (const run::Verdict& verdict : flight.verdicts) {
    if (!verdict.error) continue;
    if (!flight.error || severity_of(verdict.error->kind) > severity_of(flight.error->kind))
      flight.error = verdict.error;
  }
}

// What we verified last and should still live, but is absent or earlier (I9, `value.lost`).
void look_for_loss(Flight& flight) {
  std::optional<Remembered> last = flight.remembered;
  const ledger::Record& record = flight.record;
  if (record.last_verified && record.expires_at && (!last || last->instant < *record.last_verified))
    last = Remembered{*record.last_verified, *record.expires_at};
  if (!last || last->expires_at <= *flight.store_now) return;
  const run::Verdict& verdict = flight.verdicts.front();
  const bool absent = verdict.found == envelope::Class::absent && verdict.proof;
  const bool earlier = verdict.found_instant && *verdict.found_instant < last->instant;
  if (absent || earlier) flight.lost = run::Lost{flight.primary_key(), last->instant, *verdict.found};
}

// For the next run, that it may name this state.
void remember_value(Flight& flight) {
  std::optional<ledger::Kept>& kept = flight.record.kept;
  if (flight.schedule().fanout) return;
  if (!flight.renewed) {
    ledger::Kept fresh = kept_of(made_of(flight), kept ? &*kept : nullptr);
    fresh.keys = flight.shaped->keys;
    fresh.instant = flight.token;
    flight.distrusted = fresh.whole_only && !kept->whole_only;
    fresh.refused = fresh.refused || flight.renewal_refused;
    kept = std::move(fresh);
    return;
  }
  renewed(*kept, flight.token, !flight.not_modified);
  if (!flight.not_modified) kept->validators = flight.body.validators;
}

void update_record(Flight& flight) {
  ledger::Record& record = flight.record;
  const auto outcome = outcome_of(flight);
  const ErrorKind reason = flight.error ? flight.error->kind : ErrorKind::invalid;
  if (!record.first_seen) record.first_seen = flight.token;
  record.last_outcome = std::string(run::outcome_text(outcome));
  if (!flight.error) {
    record.last_verified = flight.fresh_since();
    remember_value(flight);
    record.written_at = flight.store_now;
    const Millis age = flight.token - *record.last_verified;
    record.expires_at = *flight.store_now - age + flight.schedule().store.ttl;
    record.failures = 0;
    record.refusals = 0;
  } else if (run::counts_as_failure(outcome, reason)) {
    ++record.failures;
    record.refusals = flight.refused_by_compare ? record.refusals + 1 : 0;
  }
}

// What a failed run leaves to readers.
void look_at_kept(Flight& flight, store::Store& store, BootTime until) {
  const std::string key = flight.primary_key();
  if (key.empty() || flight.schedule().fanout) return;
  auto kept = store.read(key, envelope::kHeadBytes, true, until);
  if (kept) flight.kept = std::move(kept).value();
}

// `store.staleIfError`: the last good value lives longer. What cannot be lengthened ends in its own time, and
// says so by `cold_in`.
void lengthen_life(Flight& flight, store::Store& store, Clock& clock, BootTime until) {
  const schedule::Schedule& schedule = flight.schedule();
  if (!schedule.store.stale_if_error || flight.run.dry_run || schedule.fanout) return;
  if (!flight.kept || !run::counts_as_failure(outcome_of(flight), flight.error->kind)) return;
  std::vector<std::string> keys{flight.primary_key()};
  const auto& kept = flight.record.kept;
  if (kept && kept->keys.front() == keys.front()) keys = kept->keys;
  const auto now = store.time(until);
  if (!now) return;
  auto found = extend_lives(keys, {flight.run, *now, store, clock}, until);
  if (found) flight.kept = std::move(found->front());
}

void keep_books(Flight& flight, store::Store& store, BootTime until) {
  if (!flight.record_known) return;
  update_record(flight);
  // A record that cannot be saved costs a figure in a later report; the run's own outcome stands.
  static_cast<void>(ledger::save(store, flight.schedule(), flight.record, until));
}

// A store that kept a run until its deadline would keep the run, and all behind it, longer still.
bool store_is_gone(const std::optional<Error>& error) {
  if (!error) return false;
  switch (error->kind) {
    case ErrorKind::unreachable:
    case ErrorKind::store_auth:
    case ErrorKind::not_primary:
    case ErrorKind::no_answer:
    case ErrorKind::store_deadline:
    case ErrorKind::shutdown:
      return true;
    default:
      return false;
  }
}

}  // namespace

WallTime Flight::fresh_since() const {
  return fan && fan->oldest_skipped ? std::min(token, *fan->oldest_skipped) : token;
}

std::string Flight::primary_key() const {
  if (shaped && !shaped->keys.empty()) return shaped->keys.front();
  const auto& key = schedule().store.keys.front();
  if (schedule().fanout) return key.pattern(schedule().key_names());
  if (key.needs_record()) return record.kept ? record.kept->keys.front() : std::string();
  auto filled = key.fill(schedule().key_names(), [](const schedule::Pointer&) { return std::nullopt; });
  return filled ? std::move(filled).value() : std::string();
}

void prepare(Flight& flight, store::Store& store, Clock& clock) {
  const BootTime began = clock.boot_now();
  if (auto asked = ask_store(flight, store); !asked) flight.error = std::move(asked).error();
  flight.store_took += since(began, clock);
}

void shape(Flight& flight, shape::Shaper& shaper, Clock& clock) {
  if (flight.error || flight.not_modified) return;
  const BootTime began = clock.boot_now();
  if (flight.wants_ids()) {
    if (auto read = read_ids(flight, shaper); !read) flight.error = std::move(read).error();
  } else if (!flight.schedule().fanout) {
    auto shaped = shaper.shape(flight.schedule(), flight.body);
    if (shaped) {
      flight.shaped = std::move(shaped).value();
      flight.payload_sha256 = sha256_hex(flight.shaped->payload);
    } else {
      flight.error = std::move(shaped).error();
    }
  }
  if (!flight.shaped || !flight.shaped->payload.lies()) flight.body.bytes = {};
  flight.shape_took += since(began, clock);
}

namespace {

Result<void> commit_fresh(Flight& flight, store::Store& store, Clock& clock) {
  const BootTime began = clock.boot_now();
  if (planted(Plant::guard_after_write)) write_keys(flight, store, clock);
  auto allowed = compare_with_stored(flight, store);
  if (allowed && flight.run.dry_run) allowed = foresee_write(flight, store);
  flight.store_took += since(began, clock);
  TRY(std::move(allowed));
  if (!flight.run.dry_run) write_keys(flight, store, clock);
  return {};
}

Result<void> commit_value(Flight& flight, store::Store& store, Clock& clock) {
  if (!flight.run.dry_run) {
    TRY_ASSIGN(flight.store_now, store.time(flight.run.deadline));
    if (renew_value(flight, store, clock) && flight.asks_whole) return {};
  }
  if (!flight.renewed) TRY(commit_fresh(flight, store, clock));
  take_worst(flight);
  if (flight.renewed && !flight.error) flight.outcome = run::Outcome::unchanged;
  if (!flight.verdicts.empty()) look_for_loss(flight);
  return {};
}

// The batches have written what there was to write.
void commit_fan(Flight& flight, store::Store& store) {
  conclude_ids(flight);
  if (flight.run.dry_run || flight.error) return;
  auto now = store.time(flight.run.deadline);
  flight.store_now = now ? *now : flight.token;
}

}  // namespace

void commit(Flight& flight, store::Store& store, Clock& clock) {
  if (flight.schedule().fanout) {
    commit_fan(flight, store);
  } else if (!flight.error) {
    if (auto done = commit_value(flight, store, clock); !done) flight.error = std::move(done).error();
  }
  if (flight.asks_whole) return;
  if (store_is_gone(flight.error)) return;
  const BootTime until = clock.boot_now() + kAfterwards;
  if (flight.error) {
    look_at_kept(flight, store, until);
    lengthen_life(flight, store, clock, until);
  }
  if (!flight.run.dry_run) keep_books(flight, store, until);
}

}  // namespace prewarm::pipeline
