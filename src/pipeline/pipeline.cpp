// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/pipeline.hpp"

#include <algorithm>
#include <utility>

#include "pipeline/stopped.hpp"
#include "prewarm/base/give_up.hpp"
#include "prewarm/report/record.hpp"

namespace prewarm::pipeline {
namespace {

constexpr Millis kLastWords{200};  // for the log to say which pings were dropped

}  // namespace

Pipeline::Pipeline(Services services, OnReport on_report)
    : services_(services),
      on_report_(std::move(on_report)),
      own_watch_(services.log, services.clock),
      store_watch_(services.store_watch != nullptr ? *services.store_watch : own_watch_),
      admission_(services_.body_budget),
      store_thread_(start_thread([this] { store_loop(); })),
      fetch_thread_(start_thread([this] { fetch_loop(); })),
      shape_thread_(start_thread([this] { shape_loop(); })),
      record_thread_(start_thread([this] { record_loop(); })) {}

// Everything is reported before a queue closes; then along the path, so that nobody pushes to a reader who
// has gone.
Pipeline::~Pipeline() {
  abandon();
  wait_idle(BootTime::max());
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
  admission_.add(std::move(order));
  admit(lock);
}

void Pipeline::report(run::RunReport report) { to_record(RecordWork(std::move(report))); }

void Pipeline::stop() {
  std::vector<Order> left;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    left = admission_.take_waiting();
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
  return wait_idle(BootTime::max());
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

// --- where a run begins and ends

void Pipeline::admit(std::unique_lock<std::mutex>& lock) {
  std::vector<Flight> admitted;
  for (const Order& order : admission_.take_ready()) {
    Flight& flight = admitted.emplace_back(begin(order, services_.clock));
    under_way_.emplace(flight.run.run_id, UnderWay{flight.run});
  }
  lock.unlock();
  for (Flight& flight : admitted) store_queue_.push(Prepare{std::move(flight)});
}

// The run's end: true for whoever takes it off first, who reports it.
bool Pipeline::take_off(const std::string& run_id) {
  std::unique_lock lock(mutex_);
  const auto found = under_way_.find(run_id);
  if (found == under_way_.end()) return false;
  admission_.ended(*found->second.run.schedule);
  under_way_.erase(found);
  admit(lock);
  return true;
}

bool Pipeline::runs_idle_locked() const {
  return under_way_.empty() && !admission_.any_waits() && unrecorded_ == 0;
}

bool Pipeline::idle_locked() const { return runs_idle_locked() && pings_idle_; }

}  // namespace prewarm::pipeline
