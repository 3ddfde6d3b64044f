// SPDX-License-Identifier: Apache-2.0
#include "http/admission.hpp"

#include "prewarm/base/check.hpp"

namespace prewarm::http {

void Admission::add(std::uint64_t serial, const std::string& host, Bytes reserve) {
  const auto lane = lanes_.try_emplace(host).first;
  const auto [at, fresh] = entries_.emplace(serial, Entry{lane, reserve, State::waiting});
  ENSURE(fresh);
  if (lane->second.taken < limits_.per_host)
    make_eligible(serial, at->second);
  else
    lane->second.waiting.push_back(serial);
}

std::optional<std::uint64_t> Admission::next() {
  while (!eligible_.empty() && running_ < limits_.total) {
    const std::uint64_t serial = eligible_.front();
    const auto at = entries_.find(serial);
    if (at == entries_.end()) {
      eligible_.pop_front();
      continue;
    }
    Entry& entry = at->second;
    if (running_ > 0 && reserved_ + entry.reserve.count > limits_.budget.count) return std::nullopt;
    eligible_.pop_front();
    entry.state = State::running;
    ++running_;
    reserved_ += entry.reserve.count;
    return serial;
  }
  return std::nullopt;
}

void Admission::ended(std::uint64_t serial) {
  const auto at = entries_.find(serial);
  ENSURE(at != entries_.end());
  const Entry entry = at->second;
  entries_.erase(at);
  if (entry.state == State::running) {
    --running_;
    reserved_ -= entry.reserve.count;
  }
  if (entry.state != State::waiting) --entry.lane->second.taken;
  promote(entry.lane);
}

void Admission::make_eligible(std::uint64_t serial, Entry& entry) {
  entry.state = State::eligible;
  ++entry.lane->second.taken;
  eligible_.push_back(serial);
}

void Admission::promote(Lanes::iterator lane) {
  auto& waiting = lane->second.waiting;
  while (!waiting.empty() && lane->second.taken < limits_.per_host) {
    const auto at = entries_.find(waiting.front());
    const std::uint64_t serial = waiting.front();
    waiting.pop_front();
    if (at != entries_.end()) make_eligible(serial, at->second);
  }
  if (lane->second.taken == 0 && waiting.empty()) lanes_.erase(lane);
}

}  // namespace prewarm::http
