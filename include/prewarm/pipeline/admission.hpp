// SPDX-License-Identifier: Apache-2.0
// Which runs may begin and which wait for room: so many at once, and so many bytes of bodies, reserved by
// `maxBytes` before a transfer starts (DESIGN 5). In the order in which they came, but small and large bodies
// do not wait for each other: large ones that stall leave a share to the small, and small ones that come
// after a large one that waits do not take more than that share. Pure; guarded by its owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "prewarm/pipeline/stations.hpp"

namespace prewarm::pipeline {

inline constexpr std::size_t kMaxUnderWay = 256;            // runs between their admission and their report
inline constexpr std::uint64_t kBodyBudget = 128ULL << 20;  // bytes reserved, where memory allows
inline constexpr std::uint64_t kSmallBody = 8ULL << 20;     // up to here a body is small

class Admission {
 public:
  /// A quarter of the budget is kept for small bodies.
  explicit Admission(std::uint64_t budget_bytes) : budget_(budget_bytes), small_share_(budget_bytes / 4) {}

  /// The run waits.
  void add(Order order);
  /// Those of the runs that wait for which there is room, now under way. Costs these alone, however many
  /// wait.
  std::vector<Order> take_ready();
  /// A run of this schedule is under way no more.
  void ended(const schedule::Schedule& schedule);
  /// Takes out all that wait, in order.
  std::vector<Order> take_waiting();
  bool any_waits() const { return !small_.empty() || !large_.empty(); }

 private:
  struct Waiting {
    std::uint64_t number = 0;  // in the order of `add`
    Order order;
  };
  using Lane = std::deque<Waiting>;
  bool fits(std::uint64_t bytes, bool large_waits) const;
  void reserve(std::uint64_t bytes);

  std::uint64_t budget_, small_share_;  // bytes
  Lane small_, large_;
  std::uint64_t added_ = 0;
  std::size_t under_way_ = 0;
  std::uint64_t reserved_bytes_ = 0, large_bytes_ = 0;  // all, and those of them for large bodies
};

}  // namespace prewarm::pipeline
