// SPDX-License-Identifier: Apache-2.0
// What a Zone holds: its stretches between changes, oldest first. Pure.
#pragma once

#include <string>
#include <vector>

#include "prewarm/schedule/zone.hpp"

namespace prewarm::schedule {

struct Zone::Table {
  struct Row {
    Slot begin;                   // of the first row: far in the past
    std::chrono::seconds offset;  // east of UTC, from `begin` to the begin of the next row
    LocalTime shown_before;       // latest time any earlier row has shown
  };
  std::string name;
  std::vector<Row> rows;  // never empty

  /// Appends a row that begins at `at`; one that changes nothing is left out.
  void add(Slot at, std::chrono::seconds offset);
};

}  // namespace prewarm::schedule
