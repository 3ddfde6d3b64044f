// SPDX-License-Identifier: Apache-2.0
// What the world knows and no worker does: which bytes an upstream truly sent, what was written by whom, what
// was read back. The oracles of PROMISES 3 are asked on every event and note what is broken; rare situations
// are counted by name.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "prewarm/base/clock.hpp"
#include "prewarm/run/report.hpp"
#include "sim/chance.hpp"

namespace prewarm::sim {

/// What is at a key of a node.
struct Stored {
  std::string bytes;
  bool text = true;                 // else another Redis type
  std::optional<WallTime> expires;  // by the node's clock
};

/// Who writes, and what of PROMISES 4 the write must be judged by.
struct Writer {
  std::string name;    // "w1.0": worker and its life
  std::string run_id;  // empty: an outsider
  std::int64_t version = 0;
  WallTime instant;
  Millis max_age{};  // D + U
  Millis ttl{};
};

class History {
 public:
  explicit History(std::string env) : env_(std::move(env)) {}

  // --- what happens

  /// Upstream made these bytes now, as the value of a schedule's id (none: ""). `good`: no guard may refuse
  /// them; else they may not replace a good value.
  void sent(const std::string& schedule, const std::string& id, const std::string& payload, bool good = true);
  /// A worker's write went into a node whose clock shows `node_now`; `before`: what was living there.
  void written(const std::string& key, const std::optional<Stored>& before, const Stored& after,
               const Writer& writer, WallTime node_now);
  /// The store refused a write as superseded by what is there.
  void refused(const std::string& key, const std::optional<Stored>& before, const Writer& writer,
               WallTime node_now);
  /// A run of which the deadline has passed is about to write.
  void too_late(const std::string& run_id) { broken("I15", "run " + run_id + " writes after its deadline"); }
  /// A worker's renewal did.
  void renewed(const std::string& key, const std::optional<Stored>& before, const Stored& after,
               const Writer& writer, WallTime node_now);
  /// A life alone was made longer.
  void extended(const std::string& key, const Stored& before, const Stored& after);
  /// A run is about to write these bytes. They may be there already: two fetches in one millisecond that got
  /// the same.
  void intends(const std::string& key, const std::string& bytes, WallTime instant, const std::string& run_id);
  /// The worker of this run read the whole value.
  void seen(const std::string& key, const std::optional<Stored>& found, const std::string& run_id);
  /// The store's answer to that write reached the worker.
  void answered(const std::string& key, const std::string& run_id);
  /// A worker tells of what it found at a key.
  void sighted(const run::RunReport& report);
  void reported(const std::string& worker, const run::RunReport& report);
  /// The agenda of a worker let this slot go, to be run or to be told of.
  void due(const std::string& worker, const std::string& schedule, Slot slot);
  /// This worker has nothing left to do: each slot has had its outcome (I10).
  void all_told(const std::string& worker);
  /// A heartbeat service got it. `rid`: the run's id as all workers call it.
  void pinged(const std::string& worker, const std::string& schedule, const std::string& rid,
              run::PingKind kind);
  /// At the end, when faults have long stopped.
  void must_be_fresh(const std::string& key, const std::optional<Stored>& found, WallTime node_now,
                     Millis limit);

  /// One of `situations()`.
  void count(const std::string& situation);
  void broken(const char* promise, const std::string& what);
  /// Everything goes into the trace; two runs of a seed must agree.
  void trace(std::string_view text) noexcept;

  const std::vector<std::string>& violations() const noexcept { return violations_; }
  const std::map<std::string, std::uint64_t>& situations() const noexcept { return situations_; }
  std::uint64_t trace_hash() const noexcept { return trace_; }

  bool one_worker = false;   // nobody can come between a worker's look and its write
  bool right_clocks = true;  // those of workers and store do not run apart
  Nanos clock_set{-1};       // when the store's clock jumped last; kept by the store
  Nanos now{0};              // kept by the world, for messages
  bool telling = false;      // every event goes to stdout

 private:
  struct Truth {
    std::map<std::string, std::string> intended;  // key: the bytes
    std::optional<WallTime> instant;
    std::set<std::string> written, verified, overtaken;
    std::set<std::string> strange;  // keys at which the write found what is no current envelope
    std::set<std::string> answered, sighted;
  };
  bool told_time_is_old() const noexcept;
  void judge_sightings(const run::RunReport& report);
  void judge_order(const std::string& key, const std::optional<Stored>& before, const Writer& writer,
                   WallTime node_now);
  void went_in(const std::string& key, const std::optional<Stored>& before, const Stored& after,
               const Writer& writer, WallTime node_now);
  void judge_token(const std::string& key, const Stored& after, const Writer& writer, WallTime node_now);
  void judge_shape(const std::string& key, const std::optional<Stored>& before, const Stored& after,
                   const Writer& writer);

  const std::string env_;
  struct Made {
    Nanos last{0};  // when upstream made it last
    bool good = true;
  };
  std::map<std::string, std::map<std::string, Made>> made_;  // payloads by schedule
  std::map<std::string, Truth> runs_;                        // by run id
  std::map<std::string, std::vector<std::string>>
      finished_;                        // run ids that ended well, by worker/schedule/rid
  std::map<std::string, int> reports_;  // by run id
  std::map<std::string, std::map<std::string, int>> open_slots_;  // by worker, then schedule and slot
  std::map<std::string, std::uint64_t> situations_;
  std::vector<std::string> violations_;
  std::uint64_t trace_ = 0xcbf29ce484222325;
};

}  // namespace prewarm::sim
