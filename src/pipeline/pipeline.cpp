// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/pipeline.hpp"

#include <algorithm>
#include <utility>

#include "pipeline/recall.hpp"
#include "prewarm/base/hash.hpp"
#include "prewarm/report/record.hpp"

namespace prewarm::pipeline {
namespace {

constexpr BootTime kForever = BootTime::max();
constexpr std::chrono::seconds kProgressEvery{10};
constexpr Millis kLastWords{200};  // for the log to say which pings were dropped

Error stopped(const char* where) { return Error{ErrorKind::shutdown, std::string("stopped ") + where, {}}; }

std::string random_uuid(Clock& clock) {
  std::array<std::uint8_t, 32> bytes{};
  for (std::size_t i = 0; i < 16; i += 8) {
    const std::uint64_t bits = clock.random();
    for (std::size_t j = 0; j < 8; ++j) bytes[i + j] = static_cast<std::uint8_t>(bits >> (8 * j));
  }
  return uuid8(bytes);
}

void write_sightings(const run::RunReport& report, Log& log) {
  for (const LogLine& line : report::sighting_lines(report)) log.write(line);
}

}  // namespace

Pipeline::Pipeline(Services services, OnReport on_report)
    : services_(services),
      on_report_(std::move(on_report)),
      own_watch_(services.log, services.clock),
      store_watch_(services.store_watch != nullptr ? *services.store_watch : own_watch_),
      store_thread_([this] { store_loop(); }),
      fetch_thread_([this] { fetch_loop(); }),
      shape_thread_([this] { shape_loop(); }),
      record_thread_([this] { record_loop(); }) {}

// Everything is reported before a queue closes; then along the path, so that nobody pushes to a reader who
// has gone.
Pipeline::~Pipeline() {
  abandon();
  wait_idle(kForever);
  fetch_queue_.close();
  services_.upstream.wake();
  fetch_thread_.join();
  shape_queue_.close();
  shape_thread_.join();
  store_queue_.close();
  store_thread_.join();
  record_queue_.close();
  services_.heartbeats.wake();
  record_thread_.join();
  services_.clock.allow_sleeps();
}

// --- what others call

void Pipeline::submit(Order order) {
  std::unique_lock lock(mutex_);
  if (stopping_) {
    lock.unlock();
    report(conclude_unstarted({order.schedule, order.slot, order.trigger, stopped("before it began")},
                              services_.clock));
    return;
  }
  backlog_.push_back(std::move(order));
  admit(lock);
}

void Pipeline::report(run::RunReport report) { to_record(RecordWork(std::move(report))); }

void Pipeline::stop() {
  std::deque<Order> left;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    left.swap(backlog_);
  }
  for (const Order& order : left)
    report(conclude_unstarted({order.schedule, order.slot, order.trigger, stopped("before it began")},
                              services_.clock));
}

void Pipeline::abandon() {
  stop();
  {
    const std::lock_guard lock(mutex_);
    abandon_ = true;
    idle_.notify_all();
  }
  services_.clock.end_sleeps();
  services_.upstream.wake();
}

bool Pipeline::wait_idle(BootTime until) {
  std::unique_lock lock(mutex_);
  const bool was_abandoned = abandon_;
  while (!idle_locked()) {
    if (abandon_ && !was_abandoned) return false;
    const auto left = until - services_.clock.boot_now();
    if (left <= BootClock::duration::zero()) return false;
    // An hour at a time: the arithmetic of wait_for overflows on "for ever".
    idle_.wait_for(lock, std::min<BootClock::duration>(left, std::chrono::hours(1)));
  }
  return true;
}

bool Pipeline::finish(Millis for_pings) {
  {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return abandon_ || runs_idle_locked(); });
  }
  if (wait_idle(services_.clock.boot_now() + for_pings)) return true;
  if (abandon_) return false;
  drop_pings();
  return wait_idle(kForever);
}

// A sink that hangs holds up nobody: the record thread gives up what is left, each logged.
void Pipeline::drop_pings() {
  drop_pings_ = true;
  services_.heartbeats.wake();
}

bool Pipeline::write_off(BootTime until) {
  std::vector<UnderWay> left;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, under_way] : under_way_) left.push_back(under_way);
  }
  for (UnderWay& under_way : left) {
    Flight flight;
    flight.run = std::move(under_way.run);
    flight.error = stopped("while a call was still open; the value is old or new, whole either way");
    flight.start_ping_sent = under_way.start_ping_sent;
    to_record(RecordWork(std::move(flight)));
  }
  wait_idle(until - kLastWords);
  drop_pings();
  return wait_idle(until) && left.empty();
}

// --- admission: how many at once, how many bytes

// In order, but small and large bodies do not wait for each other: large ones that stall leave a share to the
// small, and small ones that come after a large one that waits do not take more than that share.
bool Pipeline::fits(std::uint64_t bytes, bool large_waits) const {
  if (under_way_.empty()) return true;
  if (reserved_ + bytes > kBodyBudget) return false;
  if (bytes > kSmallBody) return large_ == 0 || large_ + bytes <= kBodyBudget - kSmallShare;
  return !large_waits || reserved_ - large_ + bytes <= kSmallShare;
}

void Pipeline::admit(std::unique_lock<std::mutex>& lock) {
  std::vector<Flight> admitted;
  bool large_waits = false, small_waits = false;
  for (auto order = backlog_.begin();
       order != backlog_.end() && under_way_.size() < kMaxUnderWay && !(large_waits && small_waits);) {
    const std::uint64_t bytes = order->schedule->fetch.max_bytes.count;
    bool& waits = bytes > kSmallBody ? large_waits : small_waits;
    waits = waits || !fits(bytes, large_waits);
    if (waits) {
      ++order;
      continue;
    }
    Flight flight = begin(*order);
    order = backlog_.erase(order);
    reserve(flight.run, true);
    under_way_.emplace(flight.run.run_id, UnderWay{flight.run});
    admitted.push_back(std::move(flight));
  }
  lock.unlock();
  for (Flight& flight : admitted) store_queue_.push(Prepare{std::move(flight)});
}

void Pipeline::reserve(const run::Run& run, bool take) {
  const std::uint64_t bytes = run.schedule->fetch.max_bytes.count;
  reserved_ = take ? reserved_ + bytes : reserved_ - bytes;
  if (bytes > kSmallBody) large_ = take ? large_ + bytes : large_ - bytes;
}

Flight Pipeline::begin(const Order& order) {
  Flight flight;
  run::Run& run = flight.run;
  run.schedule = order.schedule;
  run.slot = order.slot;
  run.trigger = order.trigger;
  run.planned = order.planned;
  run.dry_run = order.dry_run;
  run.heartbeat = order.heartbeat && !order.dry_run;
  run.if_older_than = order.if_older_than;
  run.run_id = random_uuid(services_.clock);
  run.rid = run::rid_of(order.schedule->env, order.schedule->name, order.slot);
  run.started_wall = services_.clock.wall_now();
  run.started = services_.clock.boot_now();
  run.deadline = run.started + order.schedule->timeout;
  return flight;
}

// The run's end: true for whoever takes it off first, who reports it.
bool Pipeline::take_off(const std::string& run_id) {
  std::unique_lock lock(mutex_);
  const auto found = under_way_.find(run_id);
  if (found == under_way_.end()) return false;
  reserve(found->second.run, false);
  under_way_.erase(found);
  admit(lock);
  return true;
}

bool Pipeline::runs_idle_locked() const { return under_way_.empty() && backlog_.empty() && unrecorded_ == 0; }

bool Pipeline::idle_locked() const { return runs_idle_locked() && pings_idle_; }

// --- the threads

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
    for (Fetched& fetched : give_up ? desk.abandon() : desk.turn(kForever))
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
    pinger.turn(kForever);
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
