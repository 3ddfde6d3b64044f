// SPDX-License-Identifier: Apache-2.0
// One life of a simulated worker process: the product's agenda, desks and stages, each loop of the pipeline
// as a task. A crash takes all effect from whatever it still does; its tasks then run out by themselves. A
// stop drains as the product's worker does.
#pragma once

#include <atomic>
#include <deque>
#include <memory>

#include "prewarm/pipeline/stations.hpp"
#include "prewarm/schedule/agenda.hpp"
#include "sim/net.hpp"
#include "sim/sim_store.hpp"
#include "sim/situations.hpp"

namespace prewarm::sim {

class SimLog final : public Log {
 public:
  SimLog(History& history, std::string worker) : history_(history), worker_(std::move(worker)) {}
  bool takes(Level level) const noexcept override { return level >= Level::info; }
  void write(const LogLine& line) override {
    history_.trace(worker_), history_.trace(line.event);
    if (const std::string name = "log." + line.event; is_situation(name)) history_.count(name);
  }

 private:
  History& history_;
  const std::string worker_;
};

class SimWorker {
 public:
  struct Surroundings {
    Tasks& tasks;
    Chance& chance;
    History& history;
    RedisModel& redis;
    Upstreams& upstreams;
    Sink& sink;
    const StoreFaults& store_faults;
    Owner& owner;
  };
  SimWorker(Surroundings around, std::string name, std::shared_ptr<const schedule::Catalog> catalog,
            SimClock::Start clock);

  /// Its tasks begin; it works until `crash` or `stop`.
  void start();
  void crash();
  void stop();
  bool ended() const noexcept { return tasks_left_ == 0; }
  enum class Doing : std::uint8_t { nothing, running, writing };
  Doing doing() const noexcept {
    return store_.writing() ? Doing::writing : under_way_ > 0 ? Doing::running : Doing::nothing;
  }
  SimClock& clock() noexcept { return clock_; }

 private:
  void main_loop();
  void store_loop();
  void fetch_loop();
  void record_loop();
  void send(pipeline::Parcel parcel);
  void dispatch(const schedule::Turn& turn);
  void submit(const schedule::Due& due);
  void end(const run::RunReport& report);
  void drain();
  void spawn(void (SimWorker::*loop)());
  void leave();
  bool idle() const;

  Surroundings around_;
  const std::string name_;
  const std::shared_ptr<const schedule::Catalog> catalog_;
  SimClock clock_;
  SimLog log_;
  bool dead_ = false;      // crashed
  bool stopping_ = false;  // told to stop
  bool closed_ = false;    // drained: the loops may leave
  std::atomic<bool> abandoned_{false};
  SimStore store_;
  SimFetcher upstream_, heartbeats_;
  pipeline::StoreWatch watch_;
  pipeline::BatchBudget budget_;
  pipeline::StoreDesk store_desk_;
  pipeline::FetchDesk fetch_desk_;
  report::Pinger pinger_;
  shape::Shaper shaper_;
  schedule::Agenda agenda_;
  std::deque<pipeline::StoreWork> store_work_;
  std::deque<pipeline::FetchWork> fetch_work_;
  std::deque<pipeline::RecordWork> record_work_;
  Signal store_signal_, idle_signal_;
  std::size_t under_way_ = 0;
  int tasks_left_ = 0;
};

}  // namespace prewarm::sim
