// SPDX-License-Identifier: Apache-2.0
// What each of the pipeline's threads does with what is in its queue.
#include <algorithm>
#include <utility>

#include "pipeline/recall.hpp"
#include "pipeline/stopped.hpp"
#include "prewarm/pipeline/pipeline.hpp"
#include "prewarm/report/record.hpp"

namespace prewarm::pipeline {
namespace {

constexpr std::chrono::seconds kProgressEvery{10};

void write_sightings(const run::RunReport& report, Log& log) {
  for (const LogLine& line : report::sighting_lines(report)) log.write(line);
}

}  // namespace

void Pipeline::store_loop() {
  store_watch_.listen(services_.store);
  while (auto work = store_queue_.pop())
    std::visit([this](auto&& stage) { serve(std::forward<decltype(stage)>(stage)); }, std::move(*work));
  services_.store.close();
  services_.store.observe({});
}

void Pipeline::watch_store(const Flight& flight) {
  const auto& error = flight.error;
  if (error && run::outcome_of(error->kind) == run::Outcome::store_failed)
    store_watch_.failed(*error);
  else if (std::any_of(flight.verdicts.begin(), flight.verdicts.end(),
                       [](const run::Verdict& verdict) { return verdict.proof.has_value(); }))
    store_watch_.works();
}

void Pipeline::serve(Prepare work) {
  Flight& flight = work.flight;
  if (const auto last = remembered_.find(flight.schedule().name); last != remembered_.end())
    flight.remembered = last->second;
  if (abandon_) {
    flight.error = stopped("before the fetch");
  } else {
    prepare(flight, services_.store, services_.clock);
    winnow(flight, services_.store, services_.clock);
  }
  watch_store(flight);
  if (flight.error) {
    to_record(RecordWork(std::move(flight)));
    return;
  }
  if (auto ping = report::start_ping(flight.run)) {
    flight.start_ping_sent = true;
    note_start_ping(flight.run.run_id);
    to_record(RecordWork(Started{std::move(*ping)}));
  }
  to_fetch(std::move(flight));
}

void Pipeline::to_fetch(FetchWork work) {
  fetch_queue_.push(std::move(work));
  services_.upstream.wake();
}

void Pipeline::note_start_ping(const std::string& run_id) {
  const std::lock_guard lock(mutex_);
  if (const auto found = under_way_.find(run_id); found != under_way_.end())
    found->second.start_ping_sent = true;
}

void Pipeline::serve(Winnow work) {
  if (abandon_)
    work.flight.error = stopped("before the fetch");
  else
    winnow(work.flight, services_.store, services_.clock);
  watch_store(work.flight);
  if (work.flight.error)
    serve(Commit{std::move(work.flight)});
  else
    to_fetch(std::move(work.flight));
}

void Pipeline::serve(Recall work) {
  if (abandon_)
    work.ids.resize(work.count);
  else
    recall(work, services_.store);
  to_fetch(std::move(work));
}

void Pipeline::serve(Batch batch) {
  if (!abandon_ && !batch.fan->over) commit(batch, services_.store, services_.clock);
  if (batch.tally.keys_written > 0) store_watch_.works();
  if (!batch.sightings.empty()) to_record(RecordWork(Sighted{conclude_sightings(batch, services_.clock)}));
  const run::Run& run = batch.fan->run;
  FanSum& sum = fan_sums_.try_emplace(run.run_id, FanSum{{}, run.started}).first->second;
  sum.tally.add(std::move(batch.tally));
  tell_progress(run, batch.fan->ids->size(), sum);
  if (budget_.give_back(batch.body_bytes)) services_.upstream.wake();
}

void Pipeline::tell_progress(const run::Run& run, std::size_t ids, FanSum& sum) {
  const BootTime now = services_.clock.boot_now();
  if (!services_.on_progress && now - sum.told < kProgressEvery) return;
  const report::Progress progress{
      run.schedule->name, run.run_id, sum.tally.done(),
      sum.tally.failed,   ids,        std::chrono::duration_cast<Millis>(now - run.started)};
  sum.told = now;
  if (services_.on_progress)
    services_.on_progress(progress);
  else
    services_.log.write(report::progress_line(progress, services_.clock.wall_now()));
}

void Pipeline::serve(Commit work) {
  const auto& fan = work.flight.fan;
  if (fan && !fan->again.empty() && !work.flight.error && !fan->over && !abandon_)
    return to_fetch(std::move(work.flight));
  if (auto sum = fan_sums_.extract(work.flight.run.run_id)) work.flight.tally = std::move(sum.mapped().tally);
  if (abandon_ && !work.flight.error) work.flight.error = stopped("before the write");
  const bool failed_before = work.flight.error.has_value();
  commit(work.flight, services_.store, services_.clock);
  if (work.flight.asks_whole) return fetch_whole(std::move(work.flight));
  if (!work.flight.error && work.flight.store_now)
    remembered_[work.flight.schedule().name] = {work.flight.token,
                                                *work.flight.store_now + work.flight.schedule().store.ttl};
  if (!failed_before) watch_store(work.flight);
  to_record(RecordWork(std::move(work.flight)));
}

// What the upstream called unchanged is not there any more.
void Pipeline::fetch_whole(Flight flight) {
  flight.asks_whole = flight.not_modified = false;
  flight.since = {};
  to_fetch(std::move(flight));
}

void Pipeline::fetch_loop() {
  FetchDesk desk({services_.upstream, services_.clock, services_.log, budget_});
  while (true) {
    while (auto work = fetch_queue_.try_pop())
      std::visit([&desk](auto&& one) { desk.add(std::forward<decltype(one)>(one)); }, std::move(*work));
    if (fetch_queue_.drained() && desk.idle()) return;
    const bool give_up = abandon_ && !desk.idle();
    for (Fetched& fetched : give_up ? desk.abandon() : desk.turn(BootTime::max()))
      if (auto* asked = std::get_if<Recall>(&fetched))
        store_queue_.push(std::move(*asked));
      else
        shape_queue_.push(std::move(fetched));
  }
}

void Pipeline::shape_loop() {
  shape::Shaper shaper;
  while (auto work = shape_queue_.pop()) {
    if (auto* batch = std::get_if<Batch>(&*work)) {
      shape(*batch, shaper, services_.clock);
      store_queue_.push(std::move(*batch));
    } else {
      shape_flight(std::move(*std::get_if<Flight>(&*work)), shaper);
    }
  }
}

void Pipeline::shape_flight(Flight flight, shape::Shaper& shaper) {
  const bool wanted_ids = flight.wants_ids();
  shape(flight, shaper, services_.clock);
  shaper.rest();
  if (flight.wants_ids()) {
    to_fetch(std::move(flight));
  } else if (wanted_ids && flight.fan) {
    if (flight.run.if_older_than)
      store_queue_.push(Winnow{std::move(flight)});
    else
      to_fetch(std::move(flight));
  } else {
    store_queue_.push(Commit{std::move(flight)});
  }
}

void Pipeline::to_record(RecordWork work) {
  {
    const std::lock_guard lock(mutex_);
    ++unrecorded_;
  }
  record_queue_.push(std::move(work));
  services_.heartbeats.wake();
}

void Pipeline::record_loop() {
  report::Pinger pinger(services_.heartbeats, services_.clock, services_.log);
  while (!record_queue_.drained() || !pinger.idle()) {
    while (auto work = record_queue_.try_pop()) record(std::move(*work), pinger);
    if (drop_pings_) pinger.abandon();
    {
      const std::lock_guard lock(mutex_);
      pings_idle_ = pinger.idle();
      idle_.notify_all();
    }
    if (record_queue_.drained() && pinger.idle()) return;
    pinger.turn(BootTime::max());
  }
}

void Pipeline::record(RecordWork work, report::Pinger& pinger) {
  if (auto* started = std::get_if<Started>(&work))
    pinger.add(std::move(started->ping));
  else if (auto* sighted = std::get_if<Sighted>(&work))
    write_sightings(sighted->report, services_.log);
  else if (auto* done = std::get_if<run::RunReport>(&work))
    publish(*done, pinger);
  else if (auto& flight = *std::get_if<Flight>(&work); take_off(flight.run.run_id))
    publish(conclude(std::move(flight), services_.clock), pinger);
  const std::lock_guard lock(mutex_);
  --unrecorded_;
  pings_idle_ = pinger.idle();
}

void Pipeline::publish(const run::RunReport& report, report::Pinger& pinger) {
  write_sightings(report, services_.log);
  if (auto line = report::lost_line(report)) services_.log.write(*line);
  if (auto line = report::distrusted_line(report)) services_.log.write(*line);
  services_.log.write(report::ended_line(report));
  if (auto ping = report::end_ping(report)) pinger.add(std::move(*ping));
  on_report_(report);
}

}  // namespace prewarm::pipeline
