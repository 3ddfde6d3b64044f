// SPDX-License-Identifier: Apache-2.0
#include "pipeline/recall.hpp"

#include <algorithm>
#include <utility>

#include "pipeline/fan.hpp"

namespace prewarm::pipeline {
namespace {

using envelope::kHeadBytes;

// A record is of no use without its value.
Millis record_ttl(const Fan& fan) { return fan.schedule().store.ttl; }

std::vector<std::optional<std::string>> records_of(const Recall& work, store::Store& store) {
  const Fan& fan = *work.fan;
  std::vector<std::string> keys;
  keys.reserve(work.count);
  for (std::size_t i = 0; i < work.count; ++i)
    keys.push_back(ledger::kept_key(fan.record_key, (*fan.ids)[work.first + i]));
  auto records = store.get_records(keys, fan.run.deadline);
  return records ? std::move(records).value() : std::vector<std::optional<std::string>>(work.count);
}

// Those that may be named, as far as their own record says, lose that where a head at one of their keys is
// another.
void compare_heads(Recall& work, store::Store& store) {
  const Fan& fan = *work.fan;
  std::vector<store::Look> looks;
  std::vector<std::size_t> owners;
  looks.reserve(work.count);
  owners.reserve(work.count);
  for (std::size_t i = 0; i < work.count; ++i) {
    if (!work.ids[i].may_name) continue;
    for (const std::string& key : work.ids[i].kept->keys) {
      looks.push_back({key, kHeadBytes, false});
      owners.push_back(i);
    }
  }
  if (looks.empty()) return;
  const auto found = store.look(looks, fan.run.deadline);
  Heads heads(fan.schedule().store.version);
  for (std::size_t i = 0; i < owners.size(); ++i) {
    Recalled& owner = work.ids[owners[i]];
    const std::string& head = heads.of(owner.kept->instant);
    if (!found || !(*found)[i].bytes.starts_with(head)) owner.may_name = false;
  }
}

struct Outcome {
  bool well = true;
  std::optional<Error> error;  // neither: to be fetched or written whole
};

// The verdicts on one id's keys.
Outcome outcome_of(std::span<run::Verdict> verdicts, Batch& batch) {
  Outcome outcome{!verdicts.empty(), {}};
  for (run::Verdict& verdict : verdicts) {
    outcome.well = outcome.well && verdict.proof.has_value();
    if (!verdict.error) continue;
    if (verdict.changed)
      batch.fan->renewal_refused = true;
    else
      outcome.error = std::move(verdict.error);
  }
  if (!outcome.well) return outcome;
  for (run::Verdict& verdict : verdicts) {
    if (batch.fan->shares_keys) batch.fan->keys.add(verdict.proof->key());
    batch.tally.proofs.add(std::move(*verdict.proof));
  }
  batch.tally.keys_written += verdicts.size();
  return outcome;
}

// An unchanged value, and its part of the renewals.
struct Candidate {
  std::size_t id = 0;
  std::optional<std::size_t> value;  // in `values`: it came once more
  ledger::Kept* kept = nullptr;
  std::size_t from = 0, count = 0;
};

void add_candidate(Candidate candidate, Renewing& renewing, std::vector<run::Renewal>& renewals,
                   std::vector<Candidate>& candidates) {
  candidate.from = renewals.size();
  renewing.add(*candidate.kept, renewals);
  candidate.count = renewals.size() - candidate.from;
  candidates.push_back(candidate);
}

bool same_bytes(const Batch& batch, const Known& known) {
  const shape::Shaped& shaped = *batch.values[known.value].shaped;
  return known.before &&
         is_same(*known.before,
                 {known.validators, batch.fan->made_by, shaped.payload.size(), known.payload_sha256}) &&
         known.before->keys == shaped.keys;
}

std::vector<Candidate> candidates_of(Batch& batch, std::vector<run::Renewal>& renewals) {
  std::vector<Candidate> candidates;
  const std::size_t most = batch.unchanged.size() + batch.known.size();
  candidates.reserve(most);
  renewals.reserve(most * batch.fan->schedule().store.keys.size());
  Renewing renewing(batch.fan->schedule(), batch.fan->token);
  for (const Unchanged& unchanged : batch.unchanged)
    add_candidate({unchanged.id, std::nullopt, unchanged.kept.get()}, renewing, renewals, candidates);
  for (const Known& known : batch.known)
    if (same_bytes(batch, known))
      add_candidate({batch.values[known.value].id, known.value, known.before.get()}, renewing, renewals,
                    candidates);
  return candidates;
}

void take_renewed(Batch& batch, const Candidate& candidate, const Outcome& outcome) {
  Tally& tally = batch.tally;
  const Fan& fan = *batch.fan;
  const bool came = candidate.value.has_value();  // then it was counted as returned
  if (outcome.well) {
    if (came) batch.settled[*candidate.value] = true;
    if (!came) ++tally.returned;
    ++tally.well;
    ++tally.unchanged;
    renewed(*candidate.kept, fan.token, came);
  } else if (outcome.error) {
    if (came) batch.settled[*candidate.value] = true;
    if (!came) ++tally.returned;
    tally.fail(fan.id(candidate.id), *outcome.error);
  } else if (!came) {
    batch.fan->again.push_back(candidate.id);
  }
}

void put(const Batch& batch, const std::vector<store::Record>& records, const Target& target) {
  // What cannot be kept costs a whole answer next time.
  if (!records.empty())
    static_cast<void>(target.store.put_records({records, record_ttl(*batch.fan)}, batch.fan->run.deadline));
}

store::Record record_of(const Fan& fan, std::size_t id, const ledger::Kept& kept) {
  return {ledger::kept_key(fan.record_key, fan.id(id)), ledger::encode(kept)};
}

}  // namespace

void recall(Recall& work, store::Store& store) {
  work.ids.resize(work.count);
  const auto records = records_of(work, store);
  for (std::size_t i = 0; i < work.count; ++i) {
    auto kept = records[i] ? ledger::decode_kept(*records[i]) : std::nullopt;
    if (!kept) continue;
    work.ids[i].may_name = may_name_state(*kept, work.fan->made_by);
    work.ids[i].kept = std::make_unique<ledger::Kept>(*std::move(kept));
  }
  compare_heads(work, store);
}

void renew_unchanged(Batch& batch, const Target& target) {
  batch.settled.assign(batch.values.size(), false);
  std::vector<run::Renewal> renewals;
  const auto candidates = candidates_of(batch, renewals);
  if (candidates.empty()) return;
  const BootTime began = target.clock.boot_now();
  auto verdicts = renew_in_place(std::move(renewals), target);
  std::vector<store::Record> records;
  records.reserve(candidates.size());
  for (const Candidate& candidate : candidates) {
    const auto mine = std::span(verdicts).subspan(candidate.from, candidate.count);
    const Outcome outcome = outcome_of(mine, batch);
    take_renewed(batch, candidate, outcome);
    if (outcome.well) records.push_back(record_of(*batch.fan, candidate.id, *candidate.kept));
  }
  put(batch, records, target);
  batch.tally.store_took += std::chrono::duration_cast<Millis>(target.clock.boot_now() - began);
}

void remember_values(Batch& batch, const std::vector<bool>& well, const Target& target) {
  const Fan& fan = *batch.fan;
  std::vector<store::Record> records;
  for (Known& known : batch.known) {
    if (!well[known.value]) continue;
    ledger::Kept kept = kept_of({known.validators, fan.made_by, known.payload_bytes, known.payload_sha256},
                                known.before.get());
    if (kept.whole_only && !known.before->whole_only) ++batch.tally.distrusted;
    kept.refused = kept.refused || fan.renewal_refused;
    kept.keys = std::move(known.keys);
    kept.instant = fan.token;
    records.push_back(record_of(fan, batch.values[known.value].id, kept));
  }
  put(batch, records, target);
}

void extend_left(Batch& batch, store::Store& store, Clock& clock) {
  const Fan& fan = *batch.fan;
  const BootTime until = std::max(fan.run.deadline, clock.boot_now() + kAfterwards);
  const auto now = store.time(until);
  if (!now) return;
  const Target target{fan.run, *now, store, clock};
  std::vector<std::string> keys;
  const auto extend = [&] {
    const auto done = extend_lives(keys, target, until);
    keys.clear();
    return done.ok();
  };
  for (const upstream::IdRange& range : batch.left)
    for (std::size_t i = 0; i < range.count; ++i) {
      add_keys(fan.schedule(), fan.id(range.first + i), keys);
      if (keys.size() + fan.schedule().store.keys.size() > store::kMaxWindowEntries && !extend()) return;
    }
  if (!keys.empty()) extend();
}

}  // namespace prewarm::pipeline
