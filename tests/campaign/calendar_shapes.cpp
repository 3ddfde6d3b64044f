// SPDX-License-Identifier: Apache-2.0
#include "campaign/calendar_shapes.hpp"

#include <algorithm>
#include <stdexcept>

namespace prewarm::campaign {
namespace {

using namespace prewarm::schedule;
using namespace std::chrono_literals;
using Kind = OracleItem::Kind;
using Items = std::vector<OracleItem>;

// Prime to 60, so that in the end every second of a minute is asked from.
constexpr std::int64_t kStride = 607;

OracleItem value(int n) { return {Kind::value, n, n, 1}; }
OracleItem every(int n) { return {Kind::star, 0, 0, n}; }
OracleItem range(int a, int b, int n = 1) { return {Kind::range, a, b, n}; }
OracleItem special(Kind kind, int first = 0, int last = 0) { return {kind, first, last, 1}; }

OracleExpression at_times(Items minute, Items hour, Items date = {every(1)}, Items weekday = {every(1)}) {
  return {{std::move(minute), std::move(hour), std::move(date), {every(1)}, std::move(weekday)}, false};
}

/// The middle of what is missing or comes twice, as the wall clock shows it.
struct Middle {
  explicit Middle(const ClockChange& change) {
    const LocalTime time = std::min(change.from(), change.to()) + std::chrono::abs(change.jump()) / 2;
    const auto today = std::chrono::floor<std::chrono::days>(time);
    hour = static_cast<int>((time - today) / 1h);
    minute = static_cast<int>((time - today) / 1min % 60);
    day = static_cast<int>(static_cast<unsigned>(std::chrono::year_month_day(today).day()));
    weekday = static_cast<int>(std::chrono::weekday(today).c_encoding());
  }
  int hour = 0, minute = 0, day = 0, weekday = 0;
};

int hour_of(LocalTime time) {
  return static_cast<int>((time - std::chrono::floor<std::chrono::days>(time)) / 1h);
}

Cron parsed(const std::string& text) {
  auto cron = Cron::parse(text);
  if (const auto* fault = std::get_if<CronFault>(&cron))
    throw std::runtime_error("refused: " + text + ": " + fault_text(*fault));
  return std::get<Cron>(std::move(cron));
}
Zone loaded(const std::string& name) {
  auto zone = Zone::load(name);
  if (!zone) throw std::runtime_error("no zone " + name + ": " + zone.error().message);
  return *zone;
}

std::string shown(std::optional<std::int64_t> slot) { return slot ? std::to_string(*slot) : "none"; }
std::optional<std::int64_t> count(std::optional<Slot> slot) {
  return slot ? std::optional(slot->time_since_epoch().count()) : std::nullopt;
}

/// Empty, or the first difference between the product and `expected`, all slots of the span.
std::string difference(const Cron& cron, const Zone& zone, const std::vector<std::int64_t>& expected,
                       Span span) {
  const auto differs = [&](std::int64_t from, const char* what, std::optional<std::int64_t> ours,
                           std::int64_t theirs) {
    return "\"" + cron.text() + "\" in " + zone.name() + ": " + what + " " + std::to_string(from) + " is " +
           shown(ours) + ", by the walk " + std::to_string(theirs);
  };
  const auto compare_at = [&](std::int64_t from) -> std::string {
    const Slot at{std::chrono::seconds(from)};
    const auto after = std::upper_bound(expected.begin(), expected.end(), from);
    const auto next = count(cron.next(at, zone)), latest = count(cron.latest(at, zone));
    // Past the span nothing is known but that no slot lies in it.
    if (after == expected.end() ? next && *next < span.end : next != *after)
      return differs(from, "next after", next, after == expected.end() ? span.end : *after);
    if (after == expected.begin() ? latest && *latest >= span.begin : latest != after[-1])
      return differs(from, "latest at", latest, after == expected.begin() ? span.begin : after[-1]);
    return {};
  };
  if (auto found = compare_at(span.begin - 1); !found.empty()) return found;
  for (const std::int64_t slot : expected)
    if (auto found = compare_at(slot); !found.empty()) return found;
  for (std::int64_t from = span.begin; from < span.end; from += kStride)
    if (auto found = compare_at(from); !found.empty()) return found;
  return {};
}

}  // namespace

std::vector<OracleExpression> shapes_around(const ClockChange& change) {
  const Middle m(change);
  const Items minute{value(m.minute)}, hour{value(m.hour)};
  auto both = at_times({value(m.minute)}, hour, {range(1, m.day)}, {value(m.weekday)});
  both.plus = true;
  return {at_times({every(7)}, {every(1)}),
          at_times({value(0)}, {every(1)}),
          at_times(minute, hour),
          at_times({value(0)}, {value(hour_of(change.from())), value(hour_of(change.to()))}),
          at_times({every(5)}, {range(std::max(m.hour - 1, 0), std::min(m.hour + 1, 23))}),
          at_times({value(15), value(45)}, {every(2)}),
          at_times(minute, hour, {value(m.day)}, {value((m.weekday + 1) % 7)}),
          both,
          at_times(minute, hour, {special(Kind::nearest_weekday, m.day), special(Kind::last_weekday)}),
          at_times(minute, hour, {every(1)},
                   {special(Kind::nth, m.weekday, (m.day - 1) / 7 + 1), special(Kind::last_of, m.weekday)}),
          at_times({value(0), value(30)}, {range(0, 23)}, {value(1), special(Kind::last_day)})};
}

std::int64_t every_around(const ClockChange& change) {
  constexpr std::array<std::int64_t, 6> kEvery{90, 2100, 3600, 5400, 86'400, 7};
  return kEvery[static_cast<std::size_t>(change.at.time_since_epoch().count() / 3600) % kEvery.size()];
}

Findings compare_with_walk(const std::vector<OracleExpression>& expressions, const std::string& zone,
                           Span span, std::size_t& slots) {
  std::vector<Oracle> oracles(expressions.begin(), expressions.end());
  const auto expected = walk(oracles, zone, span.begin, span.end);
  const Zone ours = loaded(zone);
  Findings findings;
  for (std::size_t i = 0; i < expressions.size(); ++i) {
    slots += expected[i].size();
    auto found = difference(parsed(expressions[i].text()), ours, expected[i], span);
    if (!found.empty()) findings.push_back(std::move(found));
  }
  return findings;
}

Findings compare_every(std::int64_t every, const std::string& zone, Span span, std::size_t& slots) {
  std::vector<std::int64_t> expected;
  for (std::int64_t at = span.begin; at < span.end; ++at)
    if (at % every == 0) expected.push_back(at);
  slots += expected.size();
  auto found = difference(parsed("@every " + std::to_string(every) + "s"), loaded(zone), expected, span);
  return found.empty() ? Findings{} : Findings{std::move(found)};
}

}  // namespace prewarm::campaign
