// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/flow.hpp"

#include <algorithm>
#include <utility>

#include "prewarm/base/units.hpp"
#include "prewarm/verify/verify.hpp"

namespace prewarm::pipeline {
namespace {

using std::chrono::duration_cast;

// The ledger and what is left of an old value are read and written even when the run's own time is over.
constexpr Millis kAfterwards{2000};

Millis since(BootTime start, Clock& clock) { return duration_cast<Millis>(clock.boot_now() - start); }

Result<void> ask_store(Flight& flight, store::Store& store) {
  // A store that cannot be opened ends the run before its fetch; a dry run makes no file.
  if (!flight.run.dry_run) TRY(store.open(flight.run.deadline));
  TRY_ASSIGN(flight.record, ledger::load(store, flight.schedule(), flight.run.deadline));
  TRY_ASSIGN(flight.token, store.time(flight.run.deadline));
  flight.record_known = true;
  flight.previous_write = flight.record.written_at;
  return {};
}

// Whether the stored value allows the fresh one: reads it only if a rule would look at it.
Result<void> compare_with_stored(Flight& flight, store::Store& store) {
  const schedule::Schedule& schedule = flight.schedule();
  if (!shape::compares(schedule.guard, *flight.shaped)) return {};
  const std::size_t cap = shape::kMaxValueBytes + (1U << 10);
  TRY_ASSIGN(const run::Found found, store.read(flight.primary_key(), cap, false, flight.run.deadline));
  if (found.kind != run::Found::Kind::text) return {};
  if (found.length > cap && envelope::read_head(found.bytes))
    return Error{ErrorKind::guard,
                 "the stored value has " + size_text(found.length) + ", too much to compare with",
                 "delete " + flight.primary_key() + " if it may go"};
  if (envelope::classify(found.bytes, schedule.store.version) != envelope::Class::current) return {};
  const auto opened = envelope::open(found.bytes);
  if (!opened) return {};
  auto verdict =
      shape::compare(schedule.guard, *flight.shaped, shape::stored_facts(opened->payload, schedule.shape));
  if (verdict) return {};
  flight.refused_by_compare = true;
  const bool confirmed =
      schedule.guard.confirmations > 0 && flight.record.refusals >= schedule.guard.confirmations;
  if (confirmed) return {};
  return std::move(verdict).error();
}

// What a fresh connection finds after the link died with our write on it.
run::Verdict resolve_unknown(const run::Entry& entry, const Error& unknown, store::Store& store,
                             BootTime deadline) {
  auto found = store.read(entry.key, entry.value.size() + 1024, false, deadline);
  const auto now = store.time(deadline);
  if (found && now) return verify::Judge::resolve(entry, *found, *now);
  run::Verdict verdict;
  verdict.error = unknown;
  return verdict;
}

struct Window {
  std::vector<run::Entry> entries;  // still without a verdict
  std::vector<std::size_t> places;  // where their verdicts go
};

// One round of write, read-back and verdict; what must be sent again stays in the window.
void write_round(Flight& flight, Window& window, store::Store& store, Clock& clock) {
  const BootTime began = clock.boot_now();
  const Millis max_age = flight.schedule().timeout + store::kSendTimeout;
  const auto answers = store.write(window.entries, max_age, flight.run.deadline);
  ENSURE(answers.size() == window.entries.size());
  flight.store_took += since(began, clock);
  const BootTime judging = clock.boot_now();
  Window again;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const bool unknown = answers[i].error && answers[i].error->kind == ErrorKind::no_answer;
    auto verdict = unknown ? resolve_unknown(window.entries[i], *answers[i].error, store, flight.run.deadline)
                           : verify::Judge::judge(window.entries[i], answers[i], *flight.store_now);
    if (verdict.resend) {
      again.entries.push_back(std::move(window.entries[i]));
      again.places.push_back(window.places[i]);
    }
    flight.verdicts[window.places[i]] = std::move(verdict);
  }
  flight.verify_took += since(judging, clock);
  window = std::move(again);
}

// Fenced write, read-back and verdict of every key; the same bytes again until the deadline where the outcome
// is open.
void write_and_verify(Flight& flight, store::Store& store, Clock& clock) {
  Window window{shape::seal_entries(flight.schedule(), *flight.shaped, flight.token), {}};
  flight.sealed_bytes = window.entries.front().value.size();
  flight.verdicts.resize(window.entries.size());
  for (std::size_t i = 0; i < window.entries.size(); ++i) window.places.push_back(i);
  while (!window.entries.empty()) {
    const bool first = window.places.size() == flight.verdicts.size() && !flight.verdicts.front().error;
    if (clock.boot_now() >= flight.run.deadline && first) {
      flight.error = Error{ErrorKind::deadline, "the run's deadline passed before the write was sent", {}};
      flight.verdicts.clear();
      return;
    }
    if (clock.boot_now() >= flight.run.deadline) return;
    write_round(flight, window, store, clock);
  }
}

// What a dry run says of a newer version at its key: a real one would write nothing there.
Result<void> foresee_write(Flight& flight, store::Store& store) {
  const auto entries = shape::seal_entries(flight.schedule(), *flight.shaped, flight.token);
  TRY_ASSIGN(const run::Found found,
             store.read(entries.front().key, envelope::kHeadBytes, false, flight.run.deadline));
  TRY_ASSIGN(const WallTime now, store.time(flight.run.deadline));
  if (auto error = verify::Judge::foresee(entries.front(), found, now)) return *std::move(error);
  return {};
}

// The worst of the keys decides: what stopped the run, then what another writer did, then the store.
int severity(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::newer_version:
      return 5;
    case ErrorKind::differs:
    case ErrorKind::vanished:
      return 4;
    case ErrorKind::later_write:
      return 1;
    default:
      return 3;
  }
}

void take_worst(Flight& flight) {
  for (const run::Verdict& verdict : flight.verdicts) {
    if (!verdict.error) continue;
    if (!flight.error || severity(verdict.error->kind) > severity(flight.error->kind))
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

void update_record(Flight& flight) {
  ledger::Record& record = flight.record;
  const auto outcome = flight.error ? run::outcome_of(flight.error->kind) : run::Outcome::verified;
  const ErrorKind reason = flight.error ? flight.error->kind : ErrorKind::invalid;
  if (!record.first_seen) record.first_seen = flight.token;
  record.last_outcome = std::string(run::outcome_text(outcome));
  if (!flight.error) {
    record.last_verified = flight.token;
    record.written_at = flight.store_now;
    record.expires_at = *flight.store_now + flight.schedule().store.ttl;
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
  if (key.empty()) return;
  auto kept = store.read(key, envelope::kHeadBytes, true, until);
  if (kept) flight.kept = std::move(kept).value();
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

std::string Flight::primary_key() const {
  if (shaped && !shaped->keys.empty()) return shaped->keys.front();
  const auto& key = schedule().store.keys.front();
  if (key.needs_record()) return {};
  auto filled = key.fill(schedule().key_names(), [](const schedule::Pointer&) { return std::nullopt; });
  return filled ? std::move(filled).value() : std::string();
}

void prepare(Flight& flight, store::Store& store, Clock& clock) {
  const BootTime began = clock.boot_now();
  if (auto asked = ask_store(flight, store); !asked) flight.error = std::move(asked).error();
  flight.store_took += since(began, clock);
}

void shape(Flight& flight, shape::Shaper& shaper, Clock& clock) {
  if (flight.error) return;
  const BootTime began = clock.boot_now();
  auto shaped = shaper.shape(flight.schedule(), flight.body);
  if (shaped)
    flight.shaped = std::move(shaped).value();
  else
    flight.error = std::move(shaped).error();
  flight.body.bytes = {};
  flight.shape_took = since(began, clock);
}

void commit(Flight& flight, store::Store& store, Clock& clock) {
  if (!flight.error && !flight.run.dry_run) {
    auto now = store.time(flight.run.deadline);
    if (now)
      flight.store_now = *now;
    else
      flight.error = std::move(now).error();
  }
  if (!flight.error) {
    const BootTime began = clock.boot_now();
    auto allowed = compare_with_stored(flight, store);
    if (allowed && flight.run.dry_run) allowed = foresee_write(flight, store);
    flight.store_took += since(began, clock);
    if (!allowed) flight.error = std::move(allowed).error();
  }
  if (!flight.error && !flight.run.dry_run) {
    write_and_verify(flight, store, clock);
    take_worst(flight);
    if (!flight.verdicts.empty()) look_for_loss(flight);
  }
  if (store_is_gone(flight.error)) return;
  const BootTime until = clock.boot_now() + kAfterwards;
  if (flight.error) look_at_kept(flight, store, until);
  if (!flight.run.dry_run) keep_books(flight, store, until);
}

}  // namespace prewarm::pipeline
