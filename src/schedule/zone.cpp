// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/zone.hpp"

#include <algorithm>

#include "zone_table.hpp"

namespace prewarm::schedule {
namespace {

// Beyond any instant somebody writes (years 0000..9999), and far from where sums of seconds overflow.
constexpr Slot kBeforeAll{std::chrono::seconds(-1'000'000'000'000)};
constexpr Slot kAfterAll{std::chrono::seconds(1'000'000'000'000)};

}  // namespace

void Zone::Table::add(Slot at, std::chrono::seconds offset) {
  if (rows.empty()) {
    rows.push_back({kBeforeAll, offset, LocalTime(kBeforeAll.time_since_epoch()) - std::chrono::days(2)});
    return;
  }
  const Row& last = rows.back();
  if (offset == last.offset) return;
  // What the old offset would show at `at` itself is never shown.
  const LocalTime shown = shown_at(at, last.offset) - std::chrono::seconds(1);
  rows.push_back({at, offset, std::max(last.shown_before, shown)});
}

Zone::Zone() {
  static const auto utc = [] {
    auto table = std::make_shared<Table>();
    table->name = "UTC";
    table->add(kBeforeAll, std::chrono::seconds(0));
    return std::shared_ptr<const Table>(std::move(table));
  }();
  table_ = utc;
}

const std::string& Zone::name() const { return table_->name; }

// The row in force at `at`.
std::size_t Zone::index_at(Slot at) const {
  const auto& rows = table_->rows;
  const auto after =
      std::upper_bound(rows.begin() + 1, rows.end(), at,
                       [](Slot instant, const Table::Row& row) { return instant < row.begin; });
  return static_cast<std::size_t>(after - rows.begin()) - 1;
}

std::chrono::seconds Zone::offset_at(Slot at) const { return table_->rows[index_at(at)].offset; }
LocalTime Zone::local_at(Slot at) const { return shown_at(at, offset_at(at)); }

Zone::Stretch Zone::stretch_at(Slot at) const {
  const auto& rows = table_->rows;
  const std::size_t index = index_at(at);
  const Slot end = index + 1 < rows.size() ? rows[index + 1].begin : kAfterAll;
  return {rows[index].begin, end, rows[index].offset};
}

std::optional<ClockChange> Zone::next_change(Slot after) const {
  const auto& rows = table_->rows;
  const std::size_t next = index_at(after) + 1;
  if (next == rows.size()) return std::nullopt;
  return ClockChange{rows[next].begin, rows[next - 1].offset, rows[next].offset};
}

std::optional<ClockChange> Zone::latest_change(Slot at) const {
  const auto& rows = table_->rows;
  const std::size_t index = index_at(at);
  if (index == 0) return std::nullopt;
  return ClockChange{rows[index].begin, rows[index - 1].offset, rows[index].offset};
}

LocalTime Zone::latest_shown(Slot at) const {
  const Table::Row& row = table_->rows[index_at(at)];
  return std::max(row.shown_before, shown_at(at, row.offset));
}

Zone::Reached Zone::first_reached(LocalTime wanted) const {
  // The row before the first one whose predecessors have already shown `wanted` or more.
  const auto& rows = table_->rows;
  const auto after =
      std::lower_bound(rows.begin() + 1, rows.end(), wanted,
                       [](const Table::Row& row, LocalTime shown) { return row.shown_before < shown; });
  const auto row = after - 1;
  if (row == rows.begin() || wanted >= shown_at(row->begin, row->offset))
    return {Slot((wanted - row->offset).time_since_epoch()), std::chrono::seconds(0)};
  return {row->begin, row->offset - (row - 1)->offset};
}

}  // namespace prewarm::schedule
