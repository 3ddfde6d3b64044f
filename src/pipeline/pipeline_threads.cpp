// SPDX-License-Identifier: Apache-2.0
// The pipeline's threads: each takes what is in its queue to its station, and what comes of it to the next
// queue.
#include <utility>

#include "prewarm/pipeline/pipeline.hpp"
#include "prewarm/report/record.hpp"

namespace prewarm::pipeline {

void Pipeline::store_loop() {
  store_watch_.listen(services_.store);
  StoreDesk desk({services_.store, services_.clock, services_.log, store_watch_, budget_, abandon_,
                  services_.on_progress});
  while (auto work = store_queue_.pop()) {
    for (Parcel& parcel : desk.serve(std::move(*work))) send(std::move(parcel));
    if (desk.made_room()) services_.upstream.wake();
  }
  services_.store.close();
  services_.store.observe({});
}

void Pipeline::send(Parcel parcel) {
  if (auto* work = std::get_if<StoreWork>(&parcel)) {
    store_queue_.push(std::move(*work));
  } else if (auto* wanted = std::get_if<FetchWork>(&parcel)) {
    fetch_queue_.push(std::move(*wanted));
    services_.upstream.wake();
  } else {
    auto& done = *std::get_if<RecordWork>(&parcel);
    if (const auto* started = std::get_if<Started>(&done)) note_start_ping(started->run_id);
    to_record(std::move(done));
  }
}

void Pipeline::note_start_ping(const std::string& run_id) {
  const std::lock_guard lock(mutex_);
  if (const auto found = under_way_.find(run_id); found != under_way_.end())
    found->second.start_ping_sent = true;
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
  while (auto work = shape_queue_.pop()) send(pass_shape(std::move(*work), shaper, services_.clock));
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
    end(*done, pinger);
  else if (auto& flight = *std::get_if<Flight>(&work); take_off(flight.run.run_id))
    end(conclude(std::move(flight), services_.clock), pinger);
  const std::lock_guard lock(mutex_);
  --unrecorded_;
  pings_idle_ = pinger.idle();
}

void Pipeline::end(const run::RunReport& report, report::Pinger& pinger) {
  publish(report, pinger, services_.log);
  on_report_(report);
}

}  // namespace prewarm::pipeline
