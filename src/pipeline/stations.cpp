// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/stations.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "pipeline/recall.hpp"
#include "pipeline/stopped.hpp"
#include "prewarm/base/hash.hpp"
#include "prewarm/report/record.hpp"

namespace prewarm::pipeline {
namespace {

constexpr std::chrono::seconds kProgressEvery{10};

std::string random_uuid(Clock& clock) {
  std::array<std::uint8_t, 32> bytes{};
  for (std::size_t i = 0; i < 16; i += 8) {
    const std::uint64_t bits = clock.random();
    for (std::size_t j = 0; j < 8; ++j) bytes[i + j] = static_cast<std::uint8_t>(bits >> (8 * j));
  }
  return uuid8(bytes);
}

}  // namespace

Flight begin(const Order& order, Clock& clock) {
  Flight flight;
  run::Run& run = flight.run;
  run.schedule = order.schedule;
  run.slot = order.slot;
  run.trigger = order.trigger;
  run.planned = order.planned;
  run.dry_run = order.dry_run;
  run.heartbeat = order.heartbeat && !order.dry_run;
  run.if_older_than = order.if_older_than;
  run.run_id = random_uuid(clock);
  run.rid = run::rid_of(order.schedule->env, order.schedule->name, order.slot);
  run.started_wall = clock.wall_now();
  run.started = clock.boot_now();
  run.deadline = run.started + order.schedule->timeout;
  return flight;
}

std::vector<Parcel> StoreDesk::serve(StoreWork work) {
  done_.clear();
  std::visit([this](auto&& stage) { serve(std::forward<decltype(stage)>(stage)); }, std::move(work));
  return std::exchange(done_, {});
}

void StoreDesk::watch(const Flight& flight) {
  const auto& error = flight.error;
  if (error && run::outcome_of(error->kind) == run::Outcome::store_failed)
    seams_.watch.failed(*error);
  else if (std::any_of(flight.verdicts.begin(), flight.verdicts.end(),
                       [](const run::Verdict& verdict) { return verdict.proof.has_value(); }))
    seams_.watch.works();
}

void StoreDesk::serve(Prepare work) {
  Flight& flight = work.flight;
  if (const auto last = remembered_.find(flight.schedule().name); last != remembered_.end())
    flight.remembered = last->second;
  if (seams_.abandoned) {
    flight.error = stopped("before the fetch");
  } else {
    prepare(flight, seams_.store, seams_.clock);
    winnow(flight, seams_.store, seams_.clock);
  }
  watch(flight);
  if (flight.error) return to_record(std::move(flight));
  if (!seams_.abandoned) seams_.watch.answered();
  if (auto ping = report::start_ping(flight.run)) {
    flight.start_ping_sent = true;
    to_record(Started{flight.run.run_id, std::move(*ping)});
  }
  to_fetch(std::move(flight));
}

void StoreDesk::serve(Winnow work) {
  if (seams_.abandoned)
    work.flight.error = stopped("before the fetch");
  else
    winnow(work.flight, seams_.store, seams_.clock);
  watch(work.flight);
  if (work.flight.error)
    serve(Commit{std::move(work.flight)});
  else
    to_fetch(std::move(work.flight));
}

void StoreDesk::serve(Recall work) {
  if (seams_.abandoned)
    work.ids.resize(work.count);
  else
    recall(work, seams_.store);
  to_fetch(std::move(work));
}

void StoreDesk::serve(Batch batch) {
  if (!seams_.abandoned && !batch.fan->over) commit(batch, seams_.store, seams_.clock);
  if (batch.tally.keys_written > 0) seams_.watch.works();
  if (!batch.sightings.empty()) to_record(Sighted{conclude_sightings(batch, seams_.clock)});
  const run::Run& run = batch.fan->run;
  FanSum& sum = fan_sums_.try_emplace(run.run_id, FanSum{{}, run.started}).first->second;
  sum.tally.add(std::move(batch.tally));
  tell_progress(run, batch.fan->ids->size(), sum);
  if (seams_.budget.give_back(batch.body_bytes)) made_room_ = true;
}

void StoreDesk::tell_progress(const run::Run& run, std::size_t ids, FanSum& sum) {
  const BootTime now = seams_.clock.boot_now();
  if (!seams_.on_progress && now - sum.told < kProgressEvery) return;
  const report::Progress progress{
      run.schedule->name, run.run_id, sum.tally.done(),
      sum.tally.failed,   ids,        std::chrono::duration_cast<Millis>(now - run.started)};
  sum.told = now;
  if (seams_.on_progress)
    seams_.on_progress(progress);
  else
    seams_.log.write(report::progress_line(progress, seams_.clock.wall_now()));
}

void StoreDesk::serve(Commit work) {
  const auto& fan = work.flight.fan;
  if (fan && !fan->again.empty() && !work.flight.error && !fan->over && !seams_.abandoned)
    return to_fetch(std::move(work.flight));
  if (auto sum = fan_sums_.extract(work.flight.run.run_id)) work.flight.tally = std::move(sum.mapped().tally);
  if (seams_.abandoned && !work.flight.error) work.flight.error = stopped("before the write");
  const bool failed_before = work.flight.error.has_value();
  commit(work.flight, seams_.store, seams_.clock);
  if (work.flight.asks_whole) return fetch_whole(std::move(work.flight));
  if (!work.flight.error && work.flight.store_now)
    remembered_[work.flight.schedule().name] = {work.flight.token,
                                                *work.flight.store_now + work.flight.schedule().store.ttl};
  if (!failed_before) watch(work.flight);
  to_record(std::move(work.flight));
}

// What the upstream called unchanged is not there any more.
void StoreDesk::fetch_whole(Flight flight) {
  flight.asks_whole = flight.not_modified = false;
  flight.since = {};
  to_fetch(std::move(flight));
}

Parcel pass_shape(Fetched work, shape::Shaper& shaper, Clock& clock) {
  if (auto* batch = std::get_if<Batch>(&work)) {
    shape(*batch, shaper, clock);
    return StoreWork(std::move(*batch));
  }
  auto* flight = std::get_if<Flight>(&work);
  ENSURE(flight != nullptr);
  const bool wanted_ids = flight->wants_ids();
  shape(*flight, shaper, clock);
  shaper.rest();
  if (flight->wants_ids()) return FetchWork(std::move(*flight));
  if (!wanted_ids || !flight->fan) return StoreWork(Commit{std::move(*flight)});
  if (flight->run.if_older_than) return StoreWork(Winnow{std::move(*flight)});
  return FetchWork(std::move(*flight));
}

void write_sightings(const run::RunReport& report, Log& log) {
  for (const LogLine& line : report::sighting_lines(report)) log.write(line);
}

void publish(const run::RunReport& report, report::Pinger& pinger, Log& log) {
  write_sightings(report, log);
  if (auto line = report::lost_line(report)) log.write(*line);
  if (auto line = report::distrusted_line(report)) log.write(*line);
  log.write(report::ended_line(report));
  if (auto ping = report::end_ping(report)) pinger.add(std::move(*ping));
}

}  // namespace prewarm::pipeline
