// SPDX-License-Identifier: Apache-2.0
// What happens at the stations between the queues: the store's desk with what it remembers from run to run,
// the way that a flight takes behind its shape, and what is said of a run that ended. (The fetch has a desk
// of its own, fetch_desk.hpp.) Each takes a piece of work and gives back where everything goes next; nothing
// here knows of threads or queues. The pipeline calls each on its thread, a simulator steps them one by one
// in an order of its choice.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "prewarm/base/log.hpp"
#include "prewarm/pipeline/batch_budget.hpp"
#include "prewarm/pipeline/fetch_desk.hpp"
#include "prewarm/pipeline/flow.hpp"
#include "prewarm/pipeline/store_watch.hpp"
#include "prewarm/report/pinger.hpp"
#include "prewarm/report/progress.hpp"

namespace prewarm::pipeline {

/// Which run to make.
struct Order {
  schedule::SchedulePtr schedule;
  Slot slot;
  schedule::Trigger trigger = schedule::Trigger::cron;
  WallTime planned;
  bool dry_run = false;
  bool heartbeat = true;
  std::optional<Millis> if_older_than{};  // as in run::Run
};

/// Its run begins now: the deadline counts from here.
Flight begin(const Order& order, Clock& clock);

/// A run that begins: the visit to the store before its fetch.
struct Prepare {
  Flight flight;
};
/// A fan-out whose ids came from a URL and may hold some that need nothing.
struct Winnow {
  Flight flight;
};
/// A run whose fetch and shape are over.
struct Commit {
  Flight flight;
};
/// A ping of a run that is about to fetch.
struct Started {
  std::string run_id;
  report::Ping ping;
};
/// As much of a report as the lines of a batch's sightings need.
struct Sighted {
  run::RunReport report;
};

/// By who works on it.
using StoreWork = std::variant<Prepare, Winnow, Recall, Batch, Commit>;
using FetchWork = std::variant<Flight, Recall>;
using RecordWork = std::variant<Flight, Started, Sighted, run::RunReport>;
using Parcel = std::variant<StoreWork, FetchWork, RecordWork>;

/// The store stage of all runs of a process. Owned by the store thread.
class StoreDesk {
 public:
  /// All outlive the desk. `abandoned`: what is not written yet ends as `shutdown`, whoever sets it.
  /// `on_progress` is told of each batch of a fan-out; empty: a line `run.progress` every 10 s.
  struct Seams {
    store::Store& store;
    Clock& clock;
    Log& log;
    StoreWatch& watch;
    BatchBudget& budget;
    const std::atomic<bool>& abandoned;
    std::function<void(const report::Progress&)> on_progress{};
  };
  explicit StoreDesk(Seams seams) : seams_(std::move(seams)) {}

  /// What comes of it, in order.
  std::vector<Parcel> serve(StoreWork work);
  /// Whether the budget for batches was full and is no longer, since this was asked last: whoever waits to
  /// send requests must be woken.
  bool made_room() noexcept { return std::exchange(made_room_, false); }

 private:
  // What became of a fan-out's ids so far.
  struct FanSum {
    Tally tally;
    BootTime told;  // of its progress
  };
  void serve(Prepare work);
  void serve(Winnow work);
  void serve(Recall work);
  void serve(Batch batch);
  void serve(Commit work);
  template <class Work>
  void to_fetch(Work&& work) {
    done_.emplace_back(std::in_place_type<FetchWork>, std::forward<Work>(work));
  }
  template <class Work>
  void to_record(Work&& work) {
    done_.emplace_back(std::in_place_type<RecordWork>, std::forward<Work>(work));
  }
  void fetch_whole(Flight flight);
  void tell_progress(const run::Run& run, std::size_t ids, FanSum& sum);
  void watch(const Flight& flight);

  Seams seams_;
  std::map<std::string, Remembered> remembered_;  // by schedule
  std::map<std::string, FanSum> fan_sums_;        // of fan-outs under way, by run id
  std::vector<Parcel> done_;
  bool made_room_ = false;
};

/// The shape stage: of `work`, which is no Recall, where it goes from there.
Parcel pass_shape(Fetched work, shape::Shaper& shaper, Clock& clock);

/// What a run leaves behind: the lines of its sightings and of its end, and its ping.
void publish(const run::RunReport& report, report::Pinger& pinger, Log& log);
void write_sightings(const run::RunReport& report, Log& log);

}  // namespace prewarm::pipeline
