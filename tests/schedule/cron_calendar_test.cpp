// SPDX-License-Identifier: Apache-2.0
// Cron against a minute-by-minute walk (cron_oracle.hpp): around every clock change of every zone, and with
// random expressions. PREWARM_CALENDAR_SEED repeats a run; PREWARM_CALENDAR_COUNT sets how many expressions
// are made.
#include <cctz/time_zone.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <set>

#include "schedule/cron_of.hpp"
#include "schedule/cron_oracle.hpp"
#include "schedule/zone_files.hpp"

using namespace prewarm;
using namespace prewarm::schedule;
using namespace std::chrono_literals;

namespace {

using Kind = OracleItem::Kind;

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 24 * kHour;
// More than any span here has: a search that stands still fails instead of filling the memory.
constexpr std::size_t kMostSlots = 100'000;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::vector<std::int64_t> our_slots(const Cron& cron, const Zone& zone, std::int64_t begin,
                                    std::int64_t end) {
  std::vector<std::int64_t> slots;
  auto slot = cron.next(Slot(std::chrono::seconds(begin - 1)), zone);
  for (; slot && slot->time_since_epoch().count() < end; slot = cron.next(*slot, zone))
    if (slots.push_back(slot->time_since_epoch().count()); slots.size() > kMostSlots) return {};
  return slots;
}

// From any instant, not only from slots: next() is the first of `slots` after it, latest() the last up to it.
bool neighbours_agree(const Cron& cron, const Zone& zone, const std::vector<std::int64_t>& slots,
                      std::int64_t instant) {
  const auto after = std::upper_bound(slots.begin(), slots.end(), instant);
  const Slot at{std::chrono::seconds(instant)};
  const auto count = [](std::optional<Slot> slot) { return slot->time_since_epoch().count(); };
  return (after == slots.end() || count(cron.next(at, zone)) == *after) &&
         (after == slots.begin() || count(cron.latest(at, zone)) == after[-1]);
}

OracleItem value(int n) { return {Kind::value, n, n, 1}; }
OracleItem every(int n) { return {Kind::star, 0, 0, n}; }
OracleItem range(int a, int b, int n = 1) { return {Kind::range, a, b, n}; }

OracleExpression daily(std::vector<OracleItem> minute, std::vector<OracleItem> hour) {
  return {{std::move(minute), std::move(hour), {every(1)}, {every(1)}, {every(1)}}, false};
}

// Twelve shapes aimed at a change: times in the gap or the repeated hour, at both edges, lists and steps
// across.
std::vector<OracleExpression> shapes_around(const ClockChange& change) {
  const auto jump = std::chrono::abs(change.jump());
  const LocalTime low = std::min(change.from(), change.to());
  const LocalTime middle = low + jump / 2;
  const auto today = std::chrono::floor<std::chrono::days>(middle);
  const std::chrono::year_month_day date(today);
  const int hour = static_cast<int>((middle - today) / 1h);
  const int minute = static_cast<int>((middle - today) / 1min % 60);
  const int day = static_cast<int>(static_cast<unsigned>(date.day()));
  const int month = static_cast<int>(static_cast<unsigned>(date.month()));
  const int weekday = static_cast<int>(std::chrono::weekday(today).c_encoding());
  const auto hour_of = [](LocalTime time) {
    return static_cast<int>((time - std::chrono::floor<std::chrono::days>(time)) / 1h);
  };
  auto by_date = daily({value(minute)}, {value(hour)});
  by_date.fields[2] = {value(day)};
  by_date.fields[3] = {value(month)};
  auto by_weekday = daily({value(minute)}, {value(hour)});
  by_weekday.fields[4] = {value(weekday)};
  auto mixed = daily({value(0), value(30)}, {value(hour), every(6)});
  mixed.fields[2] = {value(day), {Kind::last_day}};
  return {daily({every(1)}, {every(1)}),
          daily({every(7)}, {every(1)}),
          daily({value(0)}, {every(1)}),
          daily({value(minute)}, {value(hour)}),
          daily({value(0)}, {value(hour_of(change.from()))}),
          daily({value(0)}, {value(hour_of(change.to()))}),
          daily({every(5)}, {range(std::max(hour - 1, 0), std::min(hour + 1, 23))}),
          daily({every(30)}, {range(0, 23)}),
          daily({value(15)}, {every(2)}),
          by_date,
          by_weekday,
          mixed};
}

struct Place {
  std::string zone;  // a name, or with `folder` a path in it
  std::int64_t begin;
  std::int64_t end;
  std::string folder{};
};

// Compares all expressions over one span; one line for each that differs. Returns how many slots there were.
std::size_t compare(const std::vector<OracleExpression>& expressions, const Place& place) {
  std::vector<Oracle> oracles(expressions.begin(), expressions.end());
  const bool system = place.folder.empty();
  const auto expected =
      walk(oracles, system ? place.zone : place.folder + "/" + place.zone, place.begin, place.end);
  std::size_t slots = 0;
  const Zone zone = system ? zone_of(place.zone) : Zone::load_from(place.folder, place.zone).value();
  for (std::size_t i = 0; i < expressions.size(); ++i) {
    const std::string text = expressions[i].text();
    const Cron cron = cron_of(text);
    bool same = our_slots(cron, zone, place.begin, place.end) == expected[i];
    // Odd steps, so that seconds within a minute are asked for as well.
    for (std::int64_t at = place.begin; same && at < place.end; at += 1201)
      same = neighbours_agree(cron, zone, expected[i], at);
    if (!same) FAIL_CHECK(text << " in " << place.zone << " from " << place.begin << " to " << place.end);
    slots += expected[i].size();
  }
  return slots;
}

}  // namespace

TEST_CASE("around every clock change of every zone, cron equals a walk over every minute") {
  const Slot first = slot_at("2024-01-01T00:00:00Z");
  const Slot last = slot_at("2030-01-01T00:00:00Z");
  int changes = 0;
  std::size_t slots = 0;
  // Most zones share their changes with another one; what was compared for one holds for both, since nothing
  // but the changes (which zone_test.cpp checks for every zone) goes into a slot.
  std::set<std::vector<std::int64_t>> compared;
  for (const std::string& name : zone_names()) {
    const Zone zone = zone_of(name);
    for (auto change = zone.next_change(first); change && change->at < last;
         change = zone.next_change(change->at)) {
      ++changes;
      const std::int64_t at = change->at.time_since_epoch().count();
      const auto next = zone.next_change(change->at);
      const auto before = zone.latest_change(change->at - 1s);
      if (!compared
               .insert({at, change->before.count(), change->after.count(),
                        next ? next->at.time_since_epoch().count() : 0,
                        before ? before->at.time_since_epoch().count() : 0})
               .second)
        continue;
      slots += compare(shapes_around(*change), {name, at - 9 * kHour, at + 9 * kHour});
    }
  }
  CHECK(changes > 1000);
  CHECK(compared.size() > 200);
  CHECK(slots > 1000 * compared.size());
}

TEST_CASE("zones that skip a date, jump by odd amounts or change often equal the walk as well") {
  const Slot first = slot_at("1973-01-01T00:00:00Z");
  const Slot last = slot_at("2026-01-01T00:00:00Z");
  std::size_t slots = 0;
  for (const std::string name :
       {"Pacific/Apia", "Pacific/Kiritimati", "Pacific/Kwajalein", "Antarctica/Casey", "Antarctica/Troll",
        "Antarctica/Vostok", "Australia/Lord_Howe", "Asia/Gaza", "America/Caracas", "Asia/Pyongyang",
        "Africa/Casablanca", "America/Anchorage"}) {
    const Zone zone = zone_of(name);
    for (auto change = zone.next_change(first); change && change->at < last;
         change = zone.next_change(change->at)) {
      const std::int64_t at = change->at.time_since_epoch().count() / 60 * 60;
      slots += compare(shapes_around(*change), {name, at - 9 * kHour, at + 9 * kHour});
    }
  }
  CHECK(slots > 500'000);
}

TEST_CASE("made-up zones with changes close to one another equal the walk as well") {
  const std::uint64_t seed = from_environment("PREWARM_CALENDAR_SEED", std::random_device{}());
  INFO("PREWARM_CALENDAR_SEED=" << seed);
  std::mt19937_64 random(seed);
  ZoneFolder folder;
  const std::int64_t begin = slot_at("2026-01-10T00:00:00Z").time_since_epoch().count();
  int taken = 0;
  std::size_t slots = 0;
  for (int i = 0; i < 60; ++i) {
    std::vector<MadeChange> changes;
    for (std::int64_t at = begin; at < begin + 4 * kDay;
         at += static_cast<std::int64_t>(random() % 60) * kHour / 2 + 60)
      changes.push_back({at, static_cast<int>(random() % 53) * 900 - 6 * 3600});
    const std::string name = folder.add(zone_file(changes));
    if (!Zone::load_from(folder.path(), name).ok())
      continue;  // cctz wants changes in the order of civil time
    ++taken;
    std::vector<OracleExpression> expressions{daily({every(1)}, {range(0, 23)}),
                                              daily({every(7)}, {every(1)})};
    for (int n = 0; n < 10; ++n)
      expressions.push_back(random_expression(random, cctz::civil_day(2026, 1, 11)));
    slots += compare(expressions, {name, begin - kDay, begin + 6 * kDay, folder.path()});
  }
  CHECK(taken > 10);
  CHECK(slots > 1000U * static_cast<std::size_t>(taken));
}

TEST_CASE("random expressions in random zones equal a walk over every minute, forward and backward") {
  const std::uint64_t seed = from_environment("PREWARM_CALENDAR_SEED", std::random_device{}());
  const std::uint64_t count = from_environment("PREWARM_CALENDAR_COUNT", 3000);
  INFO("PREWARM_CALENDAR_SEED=" << seed);
  std::mt19937_64 random(seed);
  const auto names = zone_names();
  const std::int64_t first = slot_at("2024-01-01T00:00:00Z").time_since_epoch().count();
  std::size_t slots = 0;
  for (std::uint64_t i = 0; i < count; i += 10) {
    const std::string& name = names[random() % names.size()];
    std::int64_t at = first + static_cast<std::int64_t>(random() % (6 * 365)) * kDay;
    const auto change = zone_of(name).next_change(Slot(std::chrono::seconds(at)));
    if (change && random() % 4 != 0) at = change->at.time_since_epoch().count() / 60 * 60;
    std::vector<OracleExpression> expressions;
    const cctz::civil_day near(
        cctz::convert(cctz::time_point<cctz::seconds>(cctz::seconds(at)), cctz::utc_time_zone()));
    for (int n = 0; n < 10; ++n) expressions.push_back(random_expression(random, near));
    slots += compare(expressions, {name, at - 2 * kDay, at + 3 * kDay});
  }
  CHECK(slots > 10 * count);
}

TEST_CASE("the days that random expressions mean are those of a day-by-day walk over decades") {
  const std::uint64_t seed = from_environment("PREWARM_CALENDAR_SEED", std::random_device{}());
  INFO("PREWARM_CALENDAR_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 60; ++i) {
    const cctz::civil_day near(2024 + static_cast<int>(random() % 6), 1 + static_cast<int>(random() % 12), 1);
    auto expression = random_expression(random, near);
    expression.fields[0] = {value(0)};
    expression.fields[1] = {value(0)};
    const Oracle oracle(expression);
    const Cron cron = cron_of(expression.text());
    std::vector<std::int64_t> expected;
    const cctz::civil_day first(1970, 1, 1);
    for (cctz::civil_day day = first; day < cctz::civil_day(2032, 1, 1); ++day)
      if (oracle.day_meant(day)) expected.push_back((day - first) * kDay);
    const std::int64_t end = slot_at("2032-01-01T00:00:00Z").time_since_epoch().count();
    INFO(expression.text());
    CHECK(our_slots(cron, Zone::utc(), 0, end) == expected);
    CHECK((expected.empty() || !cron.never_fires()));
  }
}
