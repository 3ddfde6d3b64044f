// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "pipeline/fan.hpp"
#include "prewarm/base/planted.hpp"

namespace prewarm::pipeline {
namespace {

using std::chrono::duration_cast;

template <class T>
std::optional<std::int64_t> count(T value) {
  return static_cast<std::int64_t>(value);
}

// The slot that comes after this run; of a late one, none that has passed meanwhile.
std::optional<Slot> next_slot(const schedule::Schedule& schedule, Slot slot, WallTime now) {
  return schedule.cron.next(std::max(slot, std::chrono::floor<std::chrono::seconds>(now)), schedule.zone);
}

run::RunReport begin_report(const run::Run& run) {
  run::RunReport report;
  report.schedule = run.schedule;
  report.run_id = run.run_id;
  report.rid = run.rid;
  report.slot = run.slot;
  report.trigger = run.trigger;
  report.dry_run = run.dry_run;
  report.heartbeat = run.heartbeat && !run.dry_run;
  report.started = run.started;
  return report;
}

void add_fetch(run::RunReport& report, const Flight& flight) {
  report.fetch = flight.facts;
  if (flight.facts.attempts > 0) report.fetch_took = flight.facts.took;
}

void add_shape(run::RunReport& report, const Flight& flight) {
  if (flight.not_modified) report.payload_bytes = count(flight.record.kept->payload_bytes);
  if (!flight.shaped) return;
  const shape::Shaped& shaped = *flight.shaped;
  report.shape_took = flight.shape_took;
  if (shaped.items) report.items = count(*shaped.items);
  report.payload_bytes = count(shaped.payload.size());
  if (shaped.aliases_skipped > 0) report.aliases_skipped = count(shaped.aliases_skipped);
}

void add_verdicts(run::RunReport& report, Flight& flight) {
  if (flight.verdicts.empty()) return;
  report.store_took = flight.store_took;
  report.verify_took = flight.verify_took;
  report.found = flight.verdicts.front().found;
  std::int64_t written = 0;
  for (run::Verdict& verdict : flight.verdicts) {
    if (verdict.before) report.sightings.push_back(*verdict.before);
    if (verdict.after) report.sightings.push_back(*verdict.after);
    if (!verdict.proof) continue;
    ++written;
    report.proofs.add(std::move(*verdict.proof));
  }
  report.keys_written = written;
  if (flight.previous_write && !report.sightings.empty())
    report.since_write = *flight.store_now - *flight.previous_write;
}

// Of a fan-out: what became of its ids.
void add_ids(run::RunReport& report, const Flight& flight) {
  if (!flight.fan) return;
  const Tally& tally = flight.tally;
  run::FanoutFacts& facts = report.fanout.emplace();
  facts.requested = *count(flight.fan->ids->size());
  facts.returned = *count(tally.returned);
  facts.well = *count(tally.well);
  facts.failed = *count(tally.failed);
  facts.missing = tally.first_missing;
  facts.missing_count = *count(tally.missing);
  facts.unchanged = *count(tally.unchanged);
  facts.skipped = *count(flight.fan->skipped);
  report.shape_took = tally.shape_took;
  report.store_took = flight.store_took + tally.store_took;
  report.verify_took = tally.verify_took;
  if (flight.run.dry_run) return;
  report.keys_written = *count(tally.keys_written);
  report.aliases_skipped = *count(tally.aliases_skipped);
  report.bytes = *count(tally.bytes);
}

// Of a fan-out the ledger says what readers have.
void add_kept_values(run::RunReport& report, const Flight& flight, Millis since_token) {
  if (!flight.record_known || !flight.record.last_verified) return;
  const ledger::Record& record = flight.record;
  const WallTime now = flight.token + since_token;
  report.last_updated = record.last_verified;
  report.old_age = now - *record.last_verified;
  report.stale_in = flight.schedule().stale_after - *report.old_age;
  if (!record.expires_at) return;
  report.cold_in = std::max<Millis>(*record.expires_at - now, Millis(0));
  if (*record.expires_at <= now) report.cold_since = record.expires_at;
}

// Our own value: fresh by definition.
void add_fresh_value(run::RunReport& report, const Flight& flight, Millis since_token) {
  const schedule::Schedule& schedule = flight.schedule();
  const Millis age = flight.token - flight.fresh_since();
  report.last_updated = flight.fresh_since();
  report.stale_in = schedule.stale_after - since_token - age;
  report.cold_in = schedule.store.ttl - age;
}

// The value that stays, as far as its head and TTL say.
void add_kept_value(run::RunReport& report, const Flight& flight, Millis since_token) {
  if (!flight.kept || flight.kept->kind != run::Found::Kind::text) return;
  report.cold_in = flight.kept->ttl;
  const auto head = envelope::read_head(flight.kept->bytes);
  if (!head) return;
  report.last_updated = head->last_updated;
  report.old_age = flight.token - head->last_updated + since_token;
  report.stale_in = flight.schedule().stale_after - *report.old_age;
}

// Readers find nothing: what was looked at, or what follows from the ledger's record and the TTL.
void add_absence(run::RunReport& report, const Flight& flight, Millis since_token) {
  if (flight.kept && flight.kept->kind != run::Found::Kind::absent) return;
  if (!flight.kept && !flight.verdicts.empty()) return;  // a write of ours may have gone in since
  if (flight.kept && !report.found) report.found = envelope::Class::absent;
  const std::optional<WallTime> ends = flight.record_known ? flight.record.expires_at : std::nullopt;
  const bool over = ends && *ends <= flight.token + since_token;
  if (over) report.cold_since = ends;
  if (over || flight.kept) report.cold_in = Millis(0);
}

}  // namespace

run::RunReport conclude(Flight&& flight, Clock& clock) {
  run::RunReport report = begin_report(flight.run);
  report.error = flight.error;
  report.outcome = outcome_of(flight);
  report.lag = flight.run.started_wall - flight.run.planned;
  report.ended = clock.boot_now();
  report.ended_wall = clock.wall_now();
  report.duration = duration_cast<Millis>(report.ended - flight.run.started);
  if (planted(Plant::wall_clock_duration)) report.duration = report.ended_wall - flight.run.started_wall;
  report.key = flight.primary_key();
  report.start_ping_sent = flight.start_ping_sent;
  report.lost = flight.lost;
  report.distrusted = flight.distrusted ? 1 : static_cast<std::int64_t>(flight.tally.distrusted);
  add_fetch(report, flight);
  add_shape(report, flight);
  add_verdicts(report, flight);
  add_ids(report, flight);
  if (flight.schedule().fanout) {
    if (!flight.error && !flight.run.dry_run)
      add_fresh_value(report, flight, *report.duration);
    else
      add_kept_values(report, flight, *report.duration);
    report.proofs.add(std::move(flight.tally.proofs));
  } else if (!flight.error && !flight.run.dry_run && (flight.shaped || flight.renewed)) {
    add_fresh_value(report, flight, *report.duration);
    report.bytes = count(flight.sealed_bytes);
  } else {
    add_kept_value(report, flight, *report.duration);
    if (flight.error) add_absence(report, flight, *report.duration);
  }
  report.next = next_slot(flight.schedule(), flight.run.slot, report.ended_wall);
  return report;
}

run::RunReport conclude_sightings(const Batch& batch, Clock& clock) {
  run::RunReport report = begin_report(batch.fan->run);
  report.ended_wall = clock.wall_now();
  report.sightings = batch.sightings;
  report.since_write = batch.since_write;
  return report;
}

run::RunReport conclude_unstarted(const Unstarted& what, Clock& clock) {
  const schedule::Schedule& schedule = *what.schedule;
  run::RunReport report;
  report.schedule = what.schedule;
  report.rid = run::rid_of(schedule.env, schedule.name, what.slot);
  report.slot = what.slot;
  report.trigger = what.trigger;
  report.outcome = run::outcome_of(what.error.kind);
  report.error = what.error;
  report.ended = report.started = clock.boot_now();
  report.ended_wall = clock.wall_now();
  report.next = next_slot(schedule, what.slot, report.ended_wall);
  return report;
}

run::RunReport conclude_missed(const schedule::MissedSlots& missed, Clock& clock) {
  const std::string what =
      std::to_string(missed.count) + (missed.count == 1 ? " slot" : " slots") + " passed unattended";
  auto report = conclude_unstarted(
      {missed.schedule, missed.newest, schedule::Trigger::cron, Error{ErrorKind::missed, what, {}}}, clock);
  report.missed_reason = missed.reason;
  report.missed_count = missed.count;
  return report;
}

}  // namespace prewarm::pipeline
