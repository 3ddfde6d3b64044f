// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/admission.hpp"

#include <utility>

namespace prewarm::pipeline {
namespace {

std::uint64_t bytes_of(const schedule::Schedule& schedule) { return schedule.fetch.max_bytes.count; }

bool is_large(std::uint64_t bytes) { return bytes > kSmallBody; }

}  // namespace

void Admission::add(Order order) {
  Lane& lane = is_large(bytes_of(*order.schedule)) ? large_ : small_;
  lane.push_back({added_++, std::move(order)});
}

std::vector<Order> Admission::take_ready() {
  std::vector<Order> ready;
  bool small_waits = false, large_waits = false;
  while (under_way_ < kMaxUnderWay) {
    const bool small = !small_.empty() && !small_waits, large = !large_.empty() && !large_waits;
    if (!small && !large) break;
    const bool takes_large = large && (!small || large_.front().number < small_.front().number);
    Lane& lane = takes_large ? large_ : small_;
    const std::uint64_t bytes = bytes_of(*lane.front().order.schedule);
    if (!fits(bytes, large_waits)) {
      (takes_large ? large_waits : small_waits) = true;
      continue;
    }
    reserve(bytes);
    ready.push_back(std::move(lane.front().order));
    lane.pop_front();
  }
  return ready;
}

bool Admission::fits(std::uint64_t bytes, bool large_waits) const {
  if (under_way_ == 0) return true;
  if (reserved_bytes_ + bytes > budget_) return false;
  if (is_large(bytes)) return large_bytes_ == 0 || large_bytes_ + bytes <= budget_ - small_share_;
  return !large_waits || reserved_bytes_ - large_bytes_ + bytes <= small_share_;
}

void Admission::reserve(std::uint64_t bytes) {
  ++under_way_;
  reserved_bytes_ += bytes;
  if (is_large(bytes)) large_bytes_ += bytes;
}

void Admission::ended(const schedule::Schedule& schedule) {
  const std::uint64_t bytes = bytes_of(schedule);
  --under_way_;
  reserved_bytes_ -= bytes;
  if (is_large(bytes)) large_bytes_ -= bytes;
}

std::vector<Order> Admission::take_waiting() {
  std::vector<Order> waiting;
  while (any_waits()) {
    const bool takes_large =
        small_.empty() || (!large_.empty() && large_.front().number < small_.front().number);
    Lane& lane = takes_large ? large_ : small_;
    waiting.push_back(std::move(lane.front().order));
    lane.pop_front();
  }
  return waiting;
}

}  // namespace prewarm::pipeline
