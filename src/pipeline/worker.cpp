// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/worker.hpp"

#include <algorithm>
#include <utility>

namespace prewarm::pipeline {
namespace {

using std::chrono::floor;
using std::chrono::seconds;

constexpr std::size_t kWarmAtOnce = 8;  // SURFACE 3, --warm-on-start
// Of the drain time, twice a fifth is kept: for runs that are abandoned to end, and for the last reports and
// pings. The termination grace around it is the platform's, so all has to fit.
constexpr Millis kLeastRest{500}, kMostRest{2000};

// Of a fan-out: its age is that of the last run that did well (SURFACE 1).
Result<void> look_at_ledger(Standing& standing, store::Store& store, BootTime deadline) {
  TRY_ASSIGN(const ledger::Record record, ledger::load(store, *standing.schedule, deadline));
  TRY_ASSIGN(const WallTime now, store.time(deadline));
  if (!record.last_verified || !record.expires_at || *record.expires_at <= now) return {};
  standing.cls = envelope::Class::current;
  standing.age = now - *record.last_verified;
  standing.cold_in = *record.expires_at - now;
  return {};
}

Order order_of(const schedule::Due& due) {
  return {due.schedule, due.slot, due.trigger, due.planned, false, true};
}

}  // namespace

Result<std::vector<Standing>> look_around(const schedule::Catalog& catalog, store::Store& store,
                                          Clock& clock) {
  std::vector<Standing> standings;
  for (const auto& schedule : catalog.schedules) {
    const BootTime deadline = clock.boot_now() + schedule->timeout;
    Standing standing{schedule, envelope::Class::absent, {}, {}};
    const auto& key = schedule->store.keys.front();
    if (schedule->fanout) {
      TRY(look_at_ledger(standing, store, deadline));
    } else if (!key.needs_record()) {
      TRY_ASSIGN(const std::string name,
                 key.fill(schedule->key_names(), [](const auto&) { return std::nullopt; }));
      TRY_ASSIGN(const run::Found found, store.read(name, envelope::kHeadBytes, true, deadline));
      TRY_ASSIGN(const WallTime now, store.time(deadline));
      const auto length =
          found.kind == run::Found::Kind::other_type ? -1 : static_cast<std::int64_t>(found.length);
      const auto seen = envelope::classify_head(found.bytes, length, schedule->store.version, now);
      standing.cls = seen.cls;
      standing.cold_in = found.ttl;
      if (seen.head) standing.age = now - seen.head->last_updated;
    }
    standings.push_back(std::move(standing));
  }
  return standings;
}

Worker::Worker(Services services, const schedule::Catalog& catalog, Millis drain)
    : services_(services),
      drain_(drain),
      agenda_(catalog, services.clock.wall_now(), services.clock.boot_now()),
      pipeline_(services, [this](const run::RunReport& report) { on_report(report); }) {}

void Worker::warm(std::vector<schedule::SchedulePtr> schedules) {
  to_warm_ = std::move(schedules);
  std::reverse(to_warm_.begin(), to_warm_.end());  // taken from the back
}

void Worker::stop() noexcept {
  stop_ = true;
  services_.clock.wake();
}

bool Worker::run() {
  while (!stop_) {
    take_ended();
    start_warming();
    dispatch(agenda_.turn(services_.clock.wall_now(), services_.clock.boot_now()));
    if (!stop_) services_.clock.wait_until(agenda_.next_wake());
  }
  return drain();
}

// Called on the record thread. Only runs that held their schedule's place give it back.
void Worker::on_report(const run::RunReport& report) {
  if (report.run_id.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    ended_.emplace_back(report.schedule->name, report.trigger);
  }
  services_.clock.wake();
}

void Worker::take_ended() {
  std::vector<std::pair<std::string, schedule::Trigger>> ended;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(ended_);
  }
  for (const auto& [name, trigger] : ended) {
    agenda_.ended(name);
    if (trigger == schedule::Trigger::start) --warming_;
  }
}

// The latest slot names the run, so that two workers that start together mean the same one.
void Worker::start_warming() {
  while (!to_warm_.empty() && warming_ < kWarmAtOnce) {
    const auto schedule = std::move(to_warm_.back());
    to_warm_.pop_back();
    if (agenda_.is_running(schedule->name)) continue;  // its slot came first
    const WallTime now = services_.clock.wall_now();
    const Slot slot =
        schedule->cron.latest(floor<seconds>(now), schedule->zone).value_or(floor<seconds>(now));
    agenda_.started(schedule->name);
    ++warming_;
    pipeline_.submit(
        {schedule, slot, schedule::Trigger::start, slot + schedule->jitter_of(slot), false, true});
  }
}

void Worker::dispatch(const schedule::Turn& turn) {
  if (turn.jump) {
    LogLine line{services_.clock.wall_now(), Level::warn, "clock.jumped", "the wall clock was set", {}};
    line.fields.push_back({"by_ms", static_cast<std::int64_t>(turn.jump->count())});
    if (turn.correction) line.fields.push_back({"code", std::string("PW645")});
    services_.log.write(line);
  }
  for (const auto& missed : turn.missed) pipeline_.report(conclude_missed(missed, services_.clock));
  for (const auto& over : turn.overlapped)
    pipeline_.report(conclude_unstarted({over.schedule, over.slot, schedule::Trigger::cron,
                                         Error{ErrorKind::overlap, "the previous run is still going", {}}},
                                        services_.clock));
  for (const auto& due : turn.due) pipeline_.submit(order_of(due));
}

bool Worker::drain() {
  const Millis rest = std::clamp<Millis>(drain_ / 5, kLeastRest, kMostRest);
  const BootTime until = services_.clock.boot_now() + std::max<Millis>(drain_ - 2 * rest, Millis(0));
  pipeline_.stop();
  for (const auto& due : agenda_.take_waiting()) pipeline_.submit(order_of(due));  // reported as cancelled
  if (pipeline_.wait_idle(until)) return true;
  pipeline_.abandon();
  if (pipeline_.wait_idle(until + rest)) return true;
  return pipeline_.write_off(until + 2 * rest);
}

}  // namespace prewarm::pipeline
