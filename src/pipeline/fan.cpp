// SPDX-License-Identifier: Apache-2.0
#include "pipeline/fan.hpp"

#include <algorithm>
#include <utility>

#include "pipeline/recall.hpp"
#include "prewarm/base/hash.hpp"

namespace prewarm::pipeline {
namespace {

// --- shape

// `store.staleIfError` is for these.
void leave(Batch& batch, const upstream::IdRange& ids) {
  if (batch.fan->schedule().store.stale_if_error) batch.left.push_back(ids);
}

// What a request that failed means for its ids. Asked for alone, an id that is not there is one that did not
// come.
void take_failure(const Fan& fan, const Answer& answer, Tally& tally) {
  const Error& error = *std::get_if<Error>(&answer.came);
  const std::string_view first = (*fan.ids)[answer.ids.first];
  const bool not_there = answer.http_status == 404 || answer.http_status == 410;
  if (not_there && fan.schedule().fanout->batch == 1)
    tally.miss(first);
  else
    tally.fail(first, error, answer.ids.count);
}

void take_missing(Batch& batch, const Answer& answer, const shape::Records& records) {
  const Fan& fan = *batch.fan;
  if (records.values.size() == answer.ids.count) return;
  std::vector<bool> came(answer.ids.count);
  for (const shape::IdValue& value : records.values) came[value.id - answer.ids.first] = true;
  for (std::size_t i = 0; i < came.size(); ++i)
    if (!came[i]) {
      batch.tally.miss((*fan.ids)[answer.ids.first + i]);
      leave(batch, {answer.ids.first + i, 1});
    }
}

// The one value of an answer, if its state has a name.
void know(Batch& batch, Answer& answer, const run::Body& body) {
  if (batch.fan->made_by.empty() || batch.values.empty() || !body.validators.any()) return;
  const shape::IdValue& value = batch.values.back();
  if (value.id != answer.ids.first) return;
  batch.known.push_back({batch.values.size() - 1, body.validators, value.shaped->payload.size(),
                         sha256_hex(value.shaped->payload), value.shaped->keys, std::move(answer.kept)});
}

void shape_answer(Batch& batch, Answer& answer, shape::Shaper& shaper) {
  const Fan& fan = *batch.fan;
  if (std::holds_alternative<upstream::NotModified>(answer.came)) {
    batch.unchanged.push_back({answer.ids.first, std::move(answer.kept)});
    return;
  }
  const auto* body = std::get_if<run::Body>(&answer.came);
  if (body == nullptr) {
    leave(batch, answer.ids);
    return take_failure(fan, answer, batch.tally);
  }
  auto records = shaper.records(fan.schedule(), *body, {*fan.ids, answer.ids.first, answer.ids.count});
  if (!records) {
    batch.tally.fail((*fan.ids)[answer.ids.first], std::move(records).error(), answer.ids.count);
    leave(batch, answer.ids);
    return;
  }
  take_missing(batch, answer, *records);
  batch.tally.returned += records->values.size();
  // They belong to ids that are counted as missing already.
  for (Error& error : records->without_id) batch.tally.fail("no id", std::move(error), 0);
  if (batch.values.empty()) batch.values.reserve(records->values.size());
  for (shape::IdValue& value : records->values) {
    if (value.shaped) {
      batch.values.push_back(std::move(value));
      continue;
    }
    leave(batch, {value.id, 1});
    batch.tally.fail((*fan.ids)[value.id], std::move(value.shaped).error());
  }
  know(batch, answer, *body);
}

// --- commit

// The entries of a batch, and how many of them belong to each of its values.
struct Sealed {
  std::vector<run::Entry> entries;
  std::vector<std::size_t> counts;  // 0: refused by comparison
};

// A key that another record of this run gave already. With {id} in its template it is the id's own.
const std::string* taken_key(Fan& fan, const shape::Shaped& shaped) {
  if (!fan.shares_keys) return nullptr;
  for (const std::string& key : shaped.keys)
    if (!fan.keys.add(key)) return &key;
  return nullptr;
}

Result<void> allow(Batch& batch, const shape::Shaped& shaped, store::Store& store) {
  if (const std::string* key = taken_key(*batch.fan, shaped))
    return Error{ErrorKind::key_twice, "another record gives the key " + *key + " too",
                 "if that is right, put {id} into each of store.keys"};
  auto compared = compare({shaped, shaped.keys.front(), batch.fan->refusals}, batch.fan->run, store);
  batch.tally.refused_by_compare = batch.tally.refused_by_compare || compared.refused;
  return std::move(compared.verdict);
}

Sealed seal(Batch& batch, store::Store& store, const shape::Sealer& sealer) {
  const Fan& fan = *batch.fan;
  Sealed sealed;
  sealed.entries.reserve(batch.values.size() * fan.schedule().store.keys.size());
  sealed.counts.reserve(batch.values.size());
  for (std::size_t i = 0; i < batch.values.size(); ++i) {
    shape::IdValue& value = batch.values[i];
    if (batch.settled[i]) {
      sealed.counts.push_back(0);
      continue;
    }
    shape::Shaped& shaped = *value.shaped;
    if (auto allowed = allow(batch, shaped, store); !allowed) {
      batch.tally.fail((*fan.ids)[value.id], std::move(allowed).error());
      leave(batch, {value.id, 1});
      sealed.counts.push_back(0);
      continue;
    }
    sealed.counts.push_back(sealer.seal(shaped.payload, std::move(shaped.keys), sealed.entries));
  }
  return sealed;
}

void take_sightings(Batch& batch, run::Verdict& verdict) {
  if (verdict.before) batch.sightings.push_back(std::move(*verdict.before));
  if (verdict.after) batch.sightings.push_back(std::move(*verdict.after));
}

// The verdicts on one id's keys: the worst of them decides. True: all are well.
bool take_verdicts(Batch& batch, const shape::IdValue& value, std::span<run::Verdict> verdicts) {
  Tally& tally = batch.tally;
  std::optional<Error> worst;
  for (run::Verdict& verdict : verdicts) {
    take_sightings(batch, verdict);
    if (verdict.proof) {
      tally.proofs.add(std::move(*verdict.proof));
      ++tally.keys_written;
    }
    if (verdict.error && (!worst || severity_of(verdict.error->kind) > severity_of(worst->kind)))
      worst = std::move(verdict.error);
  }
  if (!worst) {
    ++tally.well;
    tally.aliases_skipped += value.shaped->aliases_skipped;
    return true;
  }
  if (worst->kind == ErrorKind::later_write) {
    ++tally.fresher;
    return false;
  }
  if (worst->kind == ErrorKind::newer_version) {
    batch.fan->over = true;
    tally.stop = worst;
  }
  tally.fail((*batch.fan->ids)[value.id], std::move(*worst));
  return false;
}

// Which of the values are verified now.
std::vector<bool> take_written(Batch& batch, const Sealed& sealed, Written&& written) {
  std::vector<bool> well(batch.values.size());
  batch.tally.store_took += written.store_took;
  batch.tally.verify_took += written.verify_took;
  std::span<run::Verdict> left(written.verdicts);
  for (std::size_t i = 0; i < batch.values.size(); ++i) {
    const std::size_t count = sealed.counts[i];
    if (count == 0) continue;
    if (left.empty()) {
      batch.tally.fail((*batch.fan->ids)[batch.values[i].id], too_late());
      continue;
    }
    well[i] = take_verdicts(batch, batch.values[i], left.first(count));
    left = left.subspan(count);
  }
  return well;
}

std::size_t bytes_of(const std::vector<run::Entry>& entries) {
  std::size_t bytes = 0;
  for (const run::Entry& entry : entries) bytes += entry.value.size();
  return bytes;
}

void fail_all(Batch& batch, const Error& error) {
  for (const Unchanged& unchanged : batch.unchanged) batch.tally.fail(batch.fan->id(unchanged.id), error);
  for (const shape::IdValue& value : batch.values) batch.tally.fail((*batch.fan->ids)[value.id], error);
}

// --- the end

// "3 of 13 ids failed; user_a: guard.required "/id": nothing is there"
Error worst_of(const Tally& tally, std::size_t ids) {
  Error error = *tally.worst;
  if (tally.failed > 1)
    error.message =
        std::to_string(tally.failed) + " of " + std::to_string(ids) + " ids failed; " + error.message;
  return error;
}

std::string missing_text(const Tally& tally, std::size_t ids) {
  std::string text =
      std::to_string(tally.missing) + " of " + std::to_string(ids) + " ids did not come back: ";
  for (std::size_t i = 0; i < tally.first_missing.size(); ++i)
    text += (i == 0 ? "" : ", ") + tally.first_missing[i];
  if (tally.missing > tally.first_missing.size()) text += ", …";
  return text;
}

bool above_floor(const Tally& tally, const schedule::FanoutSpec& fanout, std::size_t ids) {
  // A share this close to the floor is on it: 0.9 is a little less in binary than nine tenths.
  constexpr double kSlack = 1e-9;
  return static_cast<double>(tally.returned) >= (fanout.floor - kSlack) * static_cast<double>(ids);
}

Error ids_missing(const Tally& tally, std::size_t ids, ErrorKind kind) {
  return {kind, missing_text(tally, ids),
          "if that is right, lower fanout.floor or take them out of fanout.ids"};
}

}  // namespace

void shape(Batch& batch, shape::Shaper& shaper, Clock& clock) {
  const BootTime began = clock.boot_now();
  // Room for all at once: making it answer by answer would move all values each time.
  batch.values.reserve(batch.answers.size());
  for (Answer& answer : batch.answers) shape_answer(batch, answer, shaper);
  batch.tally.shape_took += since(began, clock);
}

namespace {

void write_values(Batch& batch, const Target& target) {
  const shape::Sealer sealer(batch.fan->schedule(), batch.fan->token);
  Sealed sealed = seal(batch, target.store, sealer);
  if (sealed.entries.empty()) return;
  const std::size_t bytes = bytes_of(sealed.entries);
  const auto well = take_written(batch, sealed, write_and_verify(std::move(sealed.entries), target));
  if (batch.tally.keys_written > 0) batch.tally.bytes += bytes;
  if (!batch.known.empty()) remember_values(batch, well, target);
}

// Renews and writes what the batch holds.
void commit_values(Batch& batch, store::Store& store, Clock& clock) {
  const Fan& fan = *batch.fan;
  const auto now = store.time(fan.run.deadline);
  if (!now) return fail_all(batch, now.error());
  const Target target{fan.run, *now, store, clock};
  renew_unchanged(batch, target);
  write_values(batch, target);
  if (fan.previous_write && !batch.sightings.empty()) batch.since_write = *now - *fan.previous_write;
}

}  // namespace

void commit(Batch& batch, store::Store& store, Clock& clock) {
  if (batch.fan->run.dry_run) {
    batch.tally.well += batch.values.size();
    return;
  }
  if (!batch.values.empty() || !batch.unchanged.empty()) commit_values(batch, store, clock);
  if (!batch.left.empty()) extend_left(batch, store, clock);
}

run::Outcome outcome_of(const Flight& flight) noexcept {
  if (flight.outcome) return *flight.outcome;
  return flight.error ? run::outcome_of(flight.error->kind) : run::Outcome::verified;
}

void add_keys(const schedule::Schedule& schedule, std::string_view id, std::vector<std::string>& keys) {
  for (const schedule::KeyTemplate& key : schedule.store.keys) {
    if (key.needs_record()) continue;
    auto filled = key.fill(
        schedule.key_names(), [](const schedule::Pointer&) { return std::nullopt; }, id);
    if (filled) keys.push_back(std::move(filled).value());
  }
}

void conclude_ids(Flight& flight) {
  if (flight.error || !flight.fan) return;
  const Tally& tally = flight.tally;
  const schedule::FanoutSpec& fanout = *flight.schedule().fanout;
  const std::size_t ids = flight.fan->ids->size();
  flight.refused_by_compare = tally.refused_by_compare;
  if (tally.stop) {
    flight.error = tally.stop;
  } else if (tally.well == 0 && tally.fresher == 0) {
    flight.error = tally.worst ? worst_of(tally, ids) : ids_missing(tally, ids, ErrorKind::no_ids_back);
  } else if (tally.worst) {
    flight.error = worst_of(tally, ids);
    flight.outcome = run::Outcome::partial;
  } else if (!above_floor(tally, fanout, ids)) {
    flight.error = ids_missing(tally, ids, ErrorKind::ids_missing);
    flight.outcome = run::Outcome::partial;
  } else if (tally.well == 0) {
    flight.error = Error{ErrorKind::later_write, "every key holds a later value"};
  } else if (tally.unchanged == tally.well && tally.fresher == 0) {
    flight.outcome = run::Outcome::unchanged;
  }
}

}  // namespace prewarm::pipeline
