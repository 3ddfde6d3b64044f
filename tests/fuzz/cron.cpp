// SPDX-License-Identifier: Apache-2.0
// An expression, a zone and an instant, a line each. What is taken is read a second time, by a few lines that
// know only sound expressions, and its slots over a day and a half must be those of the oracle's walk over
// every minute; the slot behind them must be the first that the oracle means. What is refused says so in
// harmless words.
#include <cctz/civil_time.h>

#include "fuzz/input.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/schedule/advice.hpp"
#include "prewarm/schedule/cron.hpp"
#include "prewarm/schedule/explain.hpp"
#include "prewarm/schedule/gaps.hpp"
#include "prewarm/schedule/words.hpp"
#include "schedule/cron_grammar.hpp"
#include "schedule/cron_oracle.hpp"

using namespace prewarm;
using namespace prewarm::schedule;
using std::chrono::seconds;

namespace {

using Kind = OracleItem::Kind;
constexpr std::size_t kMostSlots = 36 * 60;

int value_of(std::string_view text, int field) {
  constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec",
                             kDays = "sunmontuewedthufrisat";
  if (is_digit(text.at(0))) return std::stoi(std::string(text.substr(0, 4)));
  const std::size_t at = (field == 3 ? kMonths : kDays).find(lower(text));
  ENSURE(at != std::string_view::npos && at % 3 == 0);
  return static_cast<int>(at / 3) + (field == 3 ? 1 : 0);
}

int step_of(std::string_view text) {
  const auto slash = text.find('/');
  return slash == std::string_view::npos ? 1 : std::stoi(std::string(text.substr(slash + 1, 9)));
}

// Of an item that was taken.
OracleItem item_of(std::string_view text, int field) {
  constexpr std::array<std::array<int, 2>, 5> kAll{{{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 6}}};
  OracleItem item;
  item.step = step_of(text);
  const std::string_view values = text.substr(0, text.find('/'));
  if (values == "*") {
    // Only a field that is "*" alone leaves the day to the other one.
    if (field == 1 || text == "*") return item;
    item.kind = Kind::range;
    item.first = kAll[static_cast<std::size_t>(field)][0];
    item.last = kAll[static_cast<std::size_t>(field)][1];
    return item;
  }
  if (field == 2 && (text == "L" || text == "LW")) {
    item.kind = text == "L" ? Kind::last_day : Kind::last_weekday;
    return item;
  }
  const auto dash = values.find('-');
  if (field == 2 && text.back() == 'W') {
    item.kind = Kind::nearest_weekday;
    item.first = value_of(text.substr(0, text.size() - 1), field);
  } else if (field == 4 && text.back() == 'L' && dash == std::string_view::npos) {
    item.kind = Kind::last_of;
    const std::string_view day = text.substr(0, text.size() - 1);
    item.first = value_of(day.substr(0, day.find('#')), field);
  } else if (const auto hash = text.find('#'); hash != std::string_view::npos) {
    item.kind = Kind::nth;
    item.first = value_of(text.substr(0, hash), field);
    item.last = value_of(text.substr(hash + 1), field);
  } else {
    item.kind = dash == std::string_view::npos ? Kind::value : Kind::range;
    item.first = value_of(values.substr(0, dash), field);
    if (item.kind == Kind::range) item.last = value_of(values.substr(dash + 1), field);
    if (field == 4 && item.kind == Kind::range && item.last == 0 && item.first > 0) item.last = 7;
  }
  return item;
}

OracleExpression expression_of(const Cron& cron) {
  OracleExpression expression;
  const auto fields = five_fields(cron);
  for (int field = 0; field < 5; ++field) {
    std::string_view text = fields[static_cast<std::size_t>(field)];
    if (text == "?") text = "*";
    if (field == 4 && text.starts_with('+')) {
      expression.plus = true;
      text.remove_prefix(1);
    }
    auto& items = expression.fields[static_cast<std::size_t>(field)];
    while (true) {
      const auto comma = text.find(',');
      items.push_back(item_of(text.substr(0, comma), field));
      if (comma == std::string_view::npos) break;
      text.remove_prefix(comma + 1);
    }
    // Stars beside other items restrict a field as much as the others do: it is not "*".
    if (items.size() > 1 && field != 1)
      for (OracleItem& item : items)
        if (item.kind == Kind::star) item = item_of("*/1", field);
  }
  return expression;
}

void check_fault(const CronFault& fault) {
  for (const std::string* text : {&fault.field, &fault.item, &fault.reason, &fault.remedy})
    ENSURE(fuzz::is_printable(*text) && text->size() < 600);
  ENSURE(!fault.field.empty() && !fault.reason.empty() && !fault.remedy.empty());
  ENSURE(fuzz::is_printable(fault_text(fault)));
}

void check_words(const Cron& cron, const Zone& zone, Slot at) {
  ENSURE(!words(cron).empty() && fuzz::is_printable(words_in(cron, zone)));
  ENSURE(fuzz::is_printable(field_words(cron)));
  const bool has_tabs = cron.text().find('\t') != std::string::npos;  // between fields, shown as written
  for (const CronAdvice& advice : cron_advice(cron, zone, at))
    ENSURE((fuzz::is_printable(advice.message) || has_tabs) && advice.code > 0);
}

// In UTC no clock moves, so the first minute that the oracle means is the next slot.
void check_far(const Cron& cron, Oracle& oracle, Slot after) {
  const auto next = cron.next(after, Zone::utc());
  if (!next) return;
  ENSURE(*next > after && *next < kEndOfSlots &&
         next->time_since_epoch() % std::chrono::minutes(1) == seconds(0));
  ENSURE(cron.latest(*next, Zone::utc()) == next);
  ENSURE(cron.latest(*next - seconds(1), Zone::utc()).value_or(after) <= after);
  constexpr int kMostDays = 1000;
  const auto civil = [](Slot at) {
    const std::int64_t minutes = at.time_since_epoch().count() / 60;
    return cctz::civil_minute(1970, 1, 1) + minutes;
  };
  ENSURE(oracle.meant(civil(*next)));
  cctz::civil_minute time = civil(after) + 1;
  for (int days = 0; days < kMostDays && time < civil(*next);) {
    if (time.hour() == 0 && time.minute() == 0 && !oracle.day_meant(cctz::civil_day(time))) {
      time += 24 * 60;
      ++days;
      continue;
    }
    ENSURE(!oracle.meant(time));
    ++time;
    if (time.hour() == 0 && time.minute() == 0) ++days;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::string_view written = input.line();
  const std::string zone_name(input.line());
  const std::string_view instant = input.line();
  auto parsed = Cron::parse(written);
  if (const auto* fault = std::get_if<CronFault>(&parsed)) return check_fault(*fault), 0;
  const Cron cron = std::get<Cron>(std::move(parsed));
  ENSURE(fuzz::is_printable(cron.text()) || cron.text().find('\t') != std::string::npos);

  const auto loaded = Zone::load(zone_name);
  if (!loaded)
    ENSURE(fuzz::is_printable(loaded.error().message) && fuzz::is_printable(loaded.error().remedy));
  const Zone zone = loaded ? *loaded : Zone::utc();
  Slot at = kFirstSlot + std::chrono::days(20'000);
  if (const auto read = parse_rfc3339(instant)) at = std::chrono::floor<seconds>(*read);
  if (at < kFirstSlot + std::chrono::days(10) || at > kEndOfSlots - std::chrono::days(10))
    at = kFirstSlot + std::chrono::days(20'000);
  at = std::chrono::floor<std::chrono::minutes>(at);
  check_words(cron, zone, at);

  if (cron.every() > seconds(0)) {
    const auto next = cron.next(at, zone);
    ENSURE(next && *next > at && *next <= at + cron.every());
    ENSURE(next->time_since_epoch() % cron.every() == seconds(0));
    ENSURE(cron.latest(*next, zone) == next);
    return 0;
  }
  // Read once more out of its own fields it is the same.
  std::string joined;
  for (const std::string& field : five_fields(cron)) joined += (joined.empty() ? "" : " ") + field;
  ENSURE(std::get<Cron>(Cron::parse(joined)).fields() == cron.fields());

  std::vector<Oracle> oracles{Oracle(expression_of(cron))};
  ENSURE(oracles[0].elapsed() == cron.elapsed());
  const Slot end = at + std::chrono::minutes(kMostSlots);
  const auto expected =
      walk(oracles, zone.name(), at.time_since_epoch().count(), end.time_since_epoch().count())[0];
  Slot from = at - seconds(1);
  for (const std::int64_t slot : expected) {
    const auto next = cron.next(from, zone);
    ENSURE(next && next->time_since_epoch().count() == slot);
    ENSURE(cron.latest(*next, zone) == next);
    from = *next;
  }
  const auto behind = cron.next(from, zone);
  ENSURE(!behind || *behind >= end);
  ENSURE(!cron.never_fires() || (expected.empty() && !behind));
  ENSURE(cron.never_fires() == !cron.next(kFirstSlot, Zone::utc()));
  check_far(cron, oracles[0], end);
  if (const auto gaps = gaps_over_year(cron, zone, at)) {
    ENSURE(gaps->shortest > seconds(0) && gaps->shortest <= gaps->longest);
    for (std::size_t i = 1; i < expected.size(); ++i) {
      const seconds gap(expected[i] - expected[i - 1]);
      ENSURE(gap >= gaps->shortest && gap <= gaps->longest);
    }
  }
  return 0;
}
