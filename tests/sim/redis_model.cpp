// SPDX-License-Identifier: Apache-2.0
#include "sim/redis_model.hpp"

namespace prewarm::sim {
namespace {

constexpr Nanos kUsualLag = std::chrono::milliseconds(2), kMostLag = std::chrono::seconds(3);

}  // namespace

RedisModel::RedisModel(Tasks& tasks, Chance& chance, History& history, Setup setup)
    : tasks_(tasks), chance_(chance), history_(history), start_(setup.start), nodes_(1 + setup.replicas) {}

WallTime RedisModel::time_of(const Node& node) const noexcept {
  return start_ + std::chrono::duration_cast<Millis>(tasks_.now()) + node.offset;
}

std::optional<Stored> RedisModel::get(const std::string& key) {
  Node& node = nodes_[primary_];
  const auto at = node.data.find(key);
  if (at == node.data.end()) return std::nullopt;
  if (at->second.expires && *at->second.expires <= time_of(node)) {
    history_.count("expired");
    del(key);
    return std::nullopt;
  }
  return at->second;
}

void RedisModel::set(const std::string& key, Stored value) { change({key, std::move(value)}); }
void RedisModel::del(const std::string& key) { change({key, std::nullopt}); }
void RedisModel::flush() { change({"", std::nullopt}); }

void RedisModel::apply(Node& node, const Change& change) {
  ++node.applied;
  if (change.key.empty())
    node.data.clear();
  else if (change.value)
    node.data[change.key] = *change.value;
  else
    node.data.erase(change.key);
}

void RedisModel::change(Change change) {
  apply(nodes_[primary_], change);
  log_.push_back(std::move(change));
  const std::uint64_t to = log_begin_ + log_.size(), id = history_id_;
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (i != primary_)
      tasks_.at(tasks_.now() + chance_.latency(kUsualLag, kMostLag), [this, i, to, id] {
        if (id == history_id_ && i != primary_) catch_up(i, to);
      });
}

// In order: what is late holds back what comes behind it.
void RedisModel::catch_up(std::size_t node, std::uint64_t to) {
  while (nodes_[node].applied < to) apply(nodes_[node], log_[nodes_[node].applied - log_begin_]);
  std::uint64_t seen_by_all = to;
  for (const Node& one : nodes_) seen_by_all = std::min(seen_by_all, one.applied);
  while (log_begin_ < seen_by_all) log_.pop_front(), ++log_begin_;
}

void RedisModel::go_down(Nanos for_time, bool keeps_data) {
  ++epoch_;
  down_until_ = tasks_.now() + for_time;
  scripts_loaded = false;
  if (keeps_data) return history_.count("restart.with_data");
  history_.count("restart.empty");
  flush();
}

void RedisModel::fail_over() {
  if (nodes_.size() < 2) return;
  std::size_t next = chance_.below(nodes_.size() - 1);
  if (next >= primary_) ++next;
  if (nodes_[next].applied < nodes_[primary_].applied) history_.count("failover.lost_tail");
  history_.count("failover");
  if (nodes_[next].offset != nodes_[primary_].offset) history_.clock_set = tasks_.now();
  if (writers > 0) history_.count("failover.while_writing");
  primary_ = next;
  ++epoch_;
  ++history_id_;
  scripts_loaded = false;
  log_.clear();
  log_begin_ = 0;
  nodes_[primary_].applied = 0;
  for (Node& node : nodes_)
    node.data = nodes_[primary_].data, node.applied = 0;  // the others begin anew with its data
  down_until_ = tasks_.now() + chance_.between(std::chrono::milliseconds(100), std::chrono::seconds(8));
}

}  // namespace prewarm::sim
