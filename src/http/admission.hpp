// SPDX-License-Identifier: Apache-2.0
// Which of many transfers may start now: so many in all, so many per host, and the sum of what their bodies
// may take within a budget (DESIGN 5). First come, first served, except that a full host holds back only its
// own. Knows numbers and host names, no transfers. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "prewarm/base/units.hpp"

namespace prewarm::http {

struct AdmissionLimits {
  std::size_t total = 64;
  std::size_t per_host = 8;
  Bytes budget{128U << 20};
};

class Admission {
 public:
  explicit Admission(AdmissionLimits limits) : limits_(limits) {}

  /// `serial` was never used before.
  void add(std::uint64_t serial, const std::string& host, Bytes reserve);
  /// The next that may start, counted as running from now on; nothing while a limit holds all back. One that
  /// needs more than the whole budget runs alone.
  std::optional<std::uint64_t> next();
  /// Running or waiting, it is over; its place is free. ENSURE: known.
  void ended(std::uint64_t serial);

 private:
  enum class State : std::uint8_t { waiting, eligible, running };
  struct Lane {
    std::size_t taken = 0;  // eligible or running
    std::deque<std::uint64_t> waiting;
  };
  using Lanes = std::map<std::string, Lane>;
  struct Entry {
    Lanes::iterator lane;
    Bytes reserve;
    State state;
  };
  void make_eligible(std::uint64_t serial, Entry& entry);
  void promote(Lanes::iterator lane);

  AdmissionLimits limits_;
  Lanes lanes_;
  std::unordered_map<std::uint64_t, Entry> entries_;
  std::deque<std::uint64_t> eligible_;  // its host has room; may hold serials that ended meanwhile
  std::size_t running_ = 0;
  std::uint64_t reserved_ = 0;
};

}  // namespace prewarm::http
