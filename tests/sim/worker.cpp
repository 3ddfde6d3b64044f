// SPDX-License-Identifier: Apache-2.0
#include "sim/worker.hpp"

namespace prewarm::sim {
namespace {

using namespace std::chrono_literals;

constexpr Millis kDrain{20'000};

const run::Run* run_of(const pipeline::StoreWork& work) {
  struct Visitor {
    const run::Run* operator()(const pipeline::Prepare& one) const { return &one.flight.run; }
    const run::Run* operator()(const pipeline::Winnow& one) const { return &one.flight.run; }
    const run::Run* operator()(const pipeline::Commit& one) const { return &one.flight.run; }
    const run::Run* operator()(const pipeline::Recall& one) const { return &one.fan->run; }
    const run::Run* operator()(const pipeline::Batch& one) const { return &one.fan->run; }
  };
  return std::visit(Visitor{}, work);
}

}  // namespace

SimWorker::SimWorker(Surroundings around, std::string name, std::shared_ptr<const schedule::Catalog> catalog,
                     SimClock::Start clock)
    : around_(around),
      name_(std::move(name)),
      catalog_(std::move(catalog)),
      clock_(around.tasks, around.chance, clock),
      log_(around.history, name_),
      store_({around.tasks, around.chance, around.history, around.redis, clock_, around.store_faults, dead_},
             name_),
      upstream_({around.tasks, around.chance, around.history, clock_, around.upstreams, dead_}, name_),
      heartbeats_({around.tasks, around.chance, around.history, clock_, around.sink, dead_}, name_),
      watch_(log_, clock_),
      store_desk_({store_, clock_, log_, watch_, budget_, abandoned_}),
      fetch_desk_({upstream_, clock_, log_, budget_}),
      pinger_(heartbeats_, clock_, log_),
      agenda_(*catalog_, clock_.wall_now(), clock_.boot_now()) {}

void SimWorker::start() {
  watch_.listen(store_);
  spawn(&SimWorker::main_loop);
  spawn(&SimWorker::store_loop);
  spawn(&SimWorker::fetch_loop);
  spawn(&SimWorker::record_loop);
}

void SimWorker::spawn(void (SimWorker::*loop)()) {
  ++tasks_left_;
  around_.tasks.spawn(around_.owner, [this, loop] {
    (this->*loop)();
    --tasks_left_;
  });
}

void SimWorker::crash() {
  around_.history.trace("crash"), around_.history.trace(name_);
  dead_ = true;
  leave();
}

// Every loop finds out.
void SimWorker::leave() {
  closed_ = true;
  abandoned_ = true;
  clock_.end_sleeps();
  clock_.wake();
  store_signal_.set();
  idle_signal_.set();
  upstream_.wake();
  heartbeats_.wake();
}

void SimWorker::stop() {
  stopping_ = true;
  clock_.wake();
}

void SimWorker::main_loop() {
  while (!stopping_ && !dead_) {
    dispatch(agenda_.turn(clock_.wall_now(), clock_.boot_now()));
    if (!stopping_ && !dead_) clock_.wait_until(agenda_.next_wake());
  }
  if (!dead_) drain();
}

bool SimWorker::idle() const { return under_way_ == 0 && record_work_.empty() && pinger_.idle(); }

void SimWorker::drain() {
  const auto reported = [this](const schedule::Due& due) {
    record_work_.emplace_back(pipeline::conclude_unstarted(
        {due.schedule, due.slot, due.trigger, Error{ErrorKind::shutdown, "stopped before it began", {}}},
        clock_));
  };
  for (const schedule::Due& due : agenda_.take_waiting()) {
    around_.history.due(name_, due.schedule->name, due.slot);
    reported(due);
  }
  heartbeats_.wake();
  const BootTime until = clock_.boot_now() + kDrain * 3 / 5;
  while (!idle() && !dead_ && clock_.boot_now() < until)
    around_.tasks.wait(&idle_signal_, clock_.true_time(until));
  abandoned_ = true;
  clock_.end_sleeps();
  upstream_.wake();
  const Nanos given_up = around_.tasks.now();
  while (!idle() && !dead_) around_.tasks.wait(&idle_signal_, around_.tasks.now() + 100ms);
  if (!dead_) {
    around_.history.count("worker.drained");
    around_.history.all_told(name_);
    // I16; a link's last words, and a process that stood still, aside.
    if (around_.tasks.now() - std::max(given_up, around_.owner.stopped_until) > Nanos(kDrain))
      around_.history.broken("I16", name_ + " does not end");
    leave();
  }
}

void SimWorker::dispatch(const schedule::Turn& turn) {
  if (turn.correction) around_.history.count("clock.correction");
  for (const auto& missed : turn.missed) {
    around_.history.count("missed." + std::string(schedule::missed_text(missed.reason)));
    around_.history.due(name_, missed.schedule->name, missed.newest);
  }
  for (const auto& over : turn.overlapped) {
    around_.history.count("run.skipped");
    around_.history.due(name_, over.schedule->name, over.slot);
  }
  for (const auto& due : turn.due) {
    if (due.trigger == schedule::Trigger::catchup)
      around_.history.count("run.catch_up");
    else if (due.schedule->overlap == schedule::Overlap::queue_one && clock_.wall_now() - due.planned > 2s)
      around_.history.count("run.queued");
    around_.history.due(name_, due.schedule->name, due.slot);
  }
  for (const auto& missed : turn.missed) record_work_.emplace_back(pipeline::conclude_missed(missed, clock_));
  for (const auto& over : turn.overlapped)
    record_work_.emplace_back(
        pipeline::conclude_unstarted({over.schedule, over.slot, schedule::Trigger::cron,
                                      Error{ErrorKind::overlap, "the previous run is still going", {}}},
                                     clock_));
  heartbeats_.wake();
  std::map<std::string, int> made_up;
  for (const auto& due : turn.due)
    if (due.trigger == schedule::Trigger::catchup && ++made_up[due.schedule->name] > 1)
      around_.history.broken("I11", due.schedule->name + " makes up more than one run");
  for (const auto& due : turn.due) submit(due);
}

void SimWorker::submit(const schedule::Due& due) {
  pipeline::Order order{due.schedule, due.slot, due.trigger, due.planned, false, true};
  ++under_way_;
  store_work_.emplace_back(pipeline::Prepare{pipeline::begin(order, clock_)});
  store_signal_.set();
}

void SimWorker::send(pipeline::Parcel parcel) {
  if (auto* work = std::get_if<pipeline::StoreWork>(&parcel)) {
    store_work_.push_back(std::move(*work));
    store_signal_.set();
  } else if (auto* wanted = std::get_if<pipeline::FetchWork>(&parcel)) {
    fetch_work_.push_back(std::move(*wanted));
    upstream_.wake();
  } else {
    record_work_.push_back(std::move(*std::get_if<pipeline::RecordWork>(&parcel)));
    heartbeats_.wake();
  }
}

void SimWorker::store_loop() {
  while (!closed_ || !store_work_.empty()) {
    if (store_work_.empty()) {
      around_.tasks.wait(&store_signal_, Tasks::kNever);
      continue;
    }
    auto work = std::move(store_work_.front());
    store_work_.pop_front();
    store_.run_id = run_of(work)->run_id;
    store_.run_deadline = run_of(work)->deadline;
    for (auto& parcel : store_desk_.serve(std::move(work))) send(std::move(parcel));
    if (store_desk_.made_room()) upstream_.wake();
  }
}

void SimWorker::fetch_loop() {
  while (true) {
    for (; !fetch_work_.empty(); fetch_work_.pop_front())
      std::visit([this](auto&& one) { fetch_desk_.add(std::forward<decltype(one)>(one)); },
                 std::move(fetch_work_.front()));
    if (closed_ && fetch_desk_.idle()) return;
    const bool give_up = abandoned_ && !fetch_desk_.idle();
    for (auto& fetched : give_up ? fetch_desk_.abandon() : fetch_desk_.turn(BootTime::max()))
      if (auto* asked = std::get_if<pipeline::Recall>(&fetched))
        send(pipeline::StoreWork(std::move(*asked)));
      else
        send(pipeline::pass_shape(std::move(fetched), shaper_, clock_));
  }
}

void SimWorker::record_loop() {
  while (true) {
    while (!record_work_.empty()) {
      auto work = std::move(record_work_.front());
      record_work_.pop_front();
      if (auto* started = std::get_if<pipeline::Started>(&work))
        pinger_.add(std::move(started->ping));
      else if (auto* sighted = std::get_if<pipeline::Sighted>(&work))
        around_.history.sighted(sighted->report), pipeline::write_sightings(sighted->report, log_);
      else if (auto* done = std::get_if<run::RunReport>(&work))
        end(*done);
      else
        end(pipeline::conclude(std::move(*std::get_if<pipeline::Flight>(&work)), clock_));
    }
    idle_signal_.set();
    if (dead_) pinger_.abandon();
    if (closed_ && record_work_.empty() && pinger_.idle()) return;
    pinger_.turn(BootTime::max());
  }
}

void SimWorker::end(const run::RunReport& report) {
  if (!dead_) {
    around_.history.reported(name_, report);
    pipeline::publish(report, pinger_, log_);
  }
  if (report.run_id.empty()) return;
  --under_way_;
  agenda_.ended(report.schedule->name);
  clock_.wake();
}

}  // namespace prewarm::sim
