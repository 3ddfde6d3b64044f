// SPDX-License-Identifier: Apache-2.0
// All threads and queues of the product, and their start and stop order. Four threads, each the owner of one
// thing: store (the store's connection), fetch (the upstream Fetcher), shape (the JSON parser), record (log,
// heartbeats and their Fetcher). A run passes store -> fetch -> shape -> store -> record, a fan-out's batches
// ahead of it; a fan-out whose ids come from a URL passes fetch and shape once before, and a run whose
// upstream called unchanged what is no longer there passes fetch, shape and store once more. What is
// remembered of a fan-out's ids goes from fetch to store and back. The number under way is bounded, and so is
// every queue, so no push waits for ever. `submit`, `report`, `stop` and `wait_idle` are thread-safe;
// `on_report` is called on the record thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "prewarm/base/bounded_queue.hpp"
#include "prewarm/base/log.hpp"
#include "prewarm/pipeline/admission.hpp"
#include "prewarm/pipeline/stations.hpp"

namespace prewarm::pipeline {

/// The seams and the log; all outlive the pipeline. The two fetchers are different objects. A watch is given
/// by whoever asked the store before the pipeline does; without one the pipeline has its own.
struct Services {
  store::Store& store;
  http::Fetcher& upstream;
  http::Fetcher& heartbeats;
  Clock& clock;
  Log& log;
  StoreWatch* store_watch = nullptr;
  /// Told of each batch of a fan-out, on the store thread. Empty: a line `run.progress` every 10 s.
  std::function<void(const report::Progress&)> on_progress{};
  std::uint64_t body_budget = kBodyBudget;  // bytes of the bodies of all runs under way
};

class Pipeline {
 public:
  using OnReport = std::function<void(const run::RunReport&)>;
  Pipeline(Services services, OnReport on_report);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// Starts the run as soon as there is room; its deadline counts from then. After `stop` it is reported as
  /// cancelled.
  void submit(Order order);
  /// Logs and counts a report of something that did not run.
  void report(run::RunReport report);
  /// Nothing new starts; what waits for room is cancelled.
  void stop();
  /// What is under way ends now, as `cancelled` where it was not written yet.
  void abandon();
  /// Blocks until every run is reported and every ping sent, or `until`, or `abandon` is called meanwhile;
  /// true when idle.
  bool wait_idle(BootTime until);
  /// Blocks until every run is reported and every ping sent; pings that are left so long after the last run
  /// are dropped and logged. False when `abandon` was called.
  bool finish(Millis for_pings);
  /// Reports every run still under way as cancelled, whatever its thread is doing, and drops the pings that
  /// are left shortly before `until`. True when no run was left and all is idle; else the process must leave
  /// by _exit: a thread may hang in a call.
  bool write_off(BootTime until);

 private:
  struct UnderWay {
    run::Run run;
    bool start_ping_sent = false;
  };
  void store_loop();
  void fetch_loop();
  void shape_loop();
  void record_loop();
  void send(Parcel parcel);
  void record(RecordWork work, report::Pinger& pinger);
  void end(const run::RunReport& report, report::Pinger& pinger);
  void to_record(RecordWork work);
  /// Unlocks.
  void admit(std::unique_lock<std::mutex>& lock);
  bool take_off(const std::string& run_id);
  void note_start_ping(const std::string& run_id);
  bool runs_idle_locked() const;
  bool idle_locked() const;
  void drop_pings();

  Services services_;
  OnReport on_report_;
  StoreWatch own_watch_;  // store thread
  StoreWatch& store_watch_;
  std::mutex mutex_;
  std::condition_variable idle_;
  Admission admission_;
  std::map<std::string, UnderWay> under_way_;  // by run id; who takes a run off reports it
  std::uint64_t unrecorded_ = 0;               // work in the record queue
  bool pings_idle_ = true;
  bool stopping_ = false;
  std::atomic<bool> abandon_{false}, drop_pings_{false};
  BatchBudget budget_;
  // Flights are bounded by kMaxUnderWay, batches by their budget: what is on its way when that is full still
  // fits.
  BoundedQueue<StoreWork> store_queue_{5 * kMaxUnderWay};
  BoundedQueue<FetchWork> fetch_queue_{2 * kMaxUnderWay};
  BoundedQueue<Fetched> shape_queue_{3 * kMaxUnderWay};
  BoundedQueue<RecordWork> record_queue_{1U << 20};  // reports of slots that never ran come in bursts
  std::thread store_thread_, fetch_thread_, shape_thread_, record_thread_;
};

}  // namespace prewarm::pipeline
