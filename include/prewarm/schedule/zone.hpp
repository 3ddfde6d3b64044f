// SPDX-License-Identifier: Apache-2.0
// Time zones by IANA name, out of the system's zone database (/usr/share/zoneinfo): what a wall clock there
// shows at a UTC second, and when it first shows a given time. Not for parsing or printing instants
// (base/time_text). The changes of 1970..2199 are copied at load into an own table, so that a look-up is a
// binary search of some hundred numbers; past the data the last rule of the zone goes on.
// Pure but for load() and the two functions at the end, which read that folder. Thread-safe: values only.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prewarm/base/clock.hpp"
#include "prewarm/base/result.hpp"

namespace prewarm::schedule {

/// What a wall clock shows, to the second.
using LocalTime = std::chrono::local_seconds;
/// What it shows at an instant, `offset` east of UTC.
inline LocalTime shown_at(Slot at, std::chrono::seconds offset) {
  return LocalTime((at + offset).time_since_epoch());
}

/// The clock jumps at `at`: offsets are seconds east of UTC and always differ.
struct ClockChange {
  Slot at;
  std::chrono::seconds before;
  std::chrono::seconds after;
  /// Positive: forward, times are missing; negative: back, times come twice.
  std::chrono::seconds jump() const { return after - before; }
  /// What the clock would show at `at` without the change, and what it shows.
  LocalTime from() const { return shown_at(at, before); }
  LocalTime to() const { return shown_at(at, after); }
};

/// Cheap to copy; copies share one immutable table.
class Zone {
 public:
  /// UTC.
  Zone();
  /// `name` is "UTC" or an IANA name with a "/". Errors: invalid, with at most 3 of the nearest names:
  /// unknown or misspelt names, "Local", abbreviations, fixed offsets, paths, files without 64-bit data.
  /// Blocks for reading one file; a name that was loaded before is not read again.
  static Result<Zone> load(std::string_view name);
  /// The same from another zone folder, e.g. one of a test; `name` is a path in it.
  static Result<Zone> load_from(const std::string& folder, std::string_view name);
  static Zone utc() { return Zone(); }

  const std::string& name() const;
  /// East of UTC, in force at `at`. Exact from 1970 on.
  std::chrono::seconds offset_at(Slot at) const;
  LocalTime local_at(Slot at) const;

  /// Half-open span [begin, end) without a change inside; far out of reach where there is no neighbour.
  struct Stretch {
    Slot begin;
    Slot end;
    std::chrono::seconds offset;
    LocalTime local_begin() const { return shown_at(begin, offset); }
    LocalTime local_end() const { return LocalTime((end + offset).time_since_epoch()); }
  };
  Stretch stretch_at(Slot at) const;
  /// The first change after `after`, the last one at or before `at`; within 1970..2199.
  std::optional<ClockChange> next_change(Slot after) const;
  std::optional<ClockChange> latest_change(Slot at) const;

  /// The latest time the clock has shown up to and at `at`: more than local_at() while an hour comes twice.
  LocalTime latest_shown(Slot at) const;
  /// When the clock first shows `wanted` or, if it never does, a later time: then `at` is the first instant
  /// after the gap and `gap` the length of the jump, else 0.
  struct Reached {
    Slot at;
    std::chrono::seconds gap;
  };
  Reached first_reached(LocalTime wanted) const;

  friend bool operator==(const Zone& a, const Zone& b) { return a.name() == b.name(); }

 private:
  struct Table;
  explicit Zone(std::shared_ptr<const Table> table) : table_(std::move(table)) {}
  static std::shared_ptr<const Table> read_table(const std::string& path, std::string_view name);
  std::size_t index_at(Slot at) const;
  std::shared_ptr<const Table> table_;
};

/// The release of the zone database, e.g. "2025b": first line of tzdata.zi, else the file +VERSION, both in
/// /usr/share/zoneinfo; "unknown" if the system ships neither.
std::string zone_data_release();
/// All zone names that load() takes, sorted; from tzdata.zi, else zone1970.tab; empty if the system ships
/// neither.
std::vector<std::string> zone_names();

}  // namespace prewarm::schedule
