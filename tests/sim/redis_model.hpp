// SPDX-License-Identifier: Apache-2.0
// The modelled Redis: a primary and replicas that lag, each with a clock of its own. Commands take effect at
// once, one after the other. Failover loses what the new primary has not seen; an operator or another program
// may do anything.
#pragma once

#include <deque>
#include <vector>

#include "sim/history.hpp"
#include "sim/tasks.hpp"

namespace prewarm::sim {

class RedisModel {
 public:
  struct Setup {
    WallTime start;  // what a right clock shows when the world begins
    std::size_t replicas = 2;
  };
  RedisModel(Tasks& tasks, Chance& chance, History& history, Setup setup);

  /// Grows with every failover and restart: older links are dead.
  std::uint64_t epoch() const noexcept { return epoch_; }
  bool up() const noexcept { return tasks_.now() >= down_until_; }
  WallTime time() const noexcept { return time_of(primary()); }

  // --- commands, at the primary
  std::optional<Stored> get(const std::string& key);
  void set(const std::string& key, Stored value);
  void del(const std::string& key);
  void flush();

  // --- faults
  void go_down(Nanos for_time, bool keeps_data);
  /// Of the replicas one takes over, with what it has seen.
  void fail_over();
  void set_clock(Millis offset) noexcept {
    if (std::exchange(nodes_[primary_].offset, offset) != offset) history_.clock_set = tasks_.now();
  }
  bool scripts_loaded = true;
  int writers = 0;  // in the midst of a window, for the situations
  /// Every write is refused with this; none: taken.
  std::optional<ErrorKind> refusing;

 private:
  struct Node {
    std::map<std::string, Stored> data;
    Millis offset{0};
    std::uint64_t applied = 0;  // changes of the log
  };
  struct Change {
    std::string key;  // empty: all keys
    std::optional<Stored> value;
  };
  const Node& primary() const noexcept { return nodes_[primary_]; }
  WallTime time_of(const Node& node) const noexcept;
  void change(Change change);
  void apply(Node& node, const Change& change);
  void catch_up(std::size_t node, std::uint64_t to);

  Tasks& tasks_;
  Chance& chance_;
  History& history_;
  const WallTime start_;
  std::vector<Node> nodes_;
  std::size_t primary_ = 0;
  std::deque<Change> log_;
  std::uint64_t log_begin_ = 0, epoch_ = 1, history_id_ = 1;
  Nanos down_until_{0};
};

}  // namespace prewarm::sim
