// SPDX-License-Identifier: Apache-2.0
// Keeps an event that repeats unchanged from flooding the log: it is logged the 1st, 2nd, 4th, 8th ... time,
// with the count (SURFACE 8). Not for `run.ended` and sightings, which are logged each time. Not thread-safe:
// one per owner.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace prewarm::report {

class Repeats {
 public:
  /// One more `what`: how often it has happened, if that is to be logged now.
  std::optional<std::int64_t> again(const std::string& what) {
    const std::int64_t count = ++counts_[what];
    const bool power_of_two = (count & (count - 1)) == 0;
    return power_of_two ? std::optional(count) : std::nullopt;
  }
  /// It is over: the next one is a first one.
  void over(const std::string& what) { counts_.erase(what); }

 private:
  std::map<std::string, std::int64_t> counts_;
};

}  // namespace prewarm::report
