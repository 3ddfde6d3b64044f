// SPDX-License-Identifier: Apache-2.0
#include "schedule/cron_oracle.hpp"

#include <cctz/time_zone.h>

#include <stdexcept>

namespace prewarm::schedule {
namespace {

using Kind = OracleItem::Kind;

constexpr std::array<int, 5> kLow{0, 0, 1, 1, 0};
constexpr std::array<int, 5> kHigh{59, 23, 31, 12, 6};
constexpr std::array<const char*, 12> kMonths{"Jan", "FEB", "mar", "APR", "MAY", "JUN",
                                              "JUL", "AUG", "SEP", "Oct", "NOV", "DEC"};
constexpr std::array<const char*, 7> kDays{"SUN", "mon", "TUE", "Wed", "THU", "FRI", "SAT"};

// Sunday is 0.
int weekday(const cctz::civil_day& day) { return (static_cast<int>(cctz::get_weekday(day)) + 1) % 7; }
int days_in_month(const cctz::civil_day& day) {
  const cctz::civil_month month(day);
  return static_cast<int>(cctz::civil_day(month + 1) - cctz::civil_day(month));
}
bool is_working_day(const cctz::civil_day& day) { return weekday(day) >= 1 && weekday(day) <= 5; }

// Of the working days of the month, the one with the least distance; the earlier of two as near can not
// occur.
bool is_nearest_working_day(const cctz::civil_day& day, int target) {
  if (target > days_in_month(day) || !is_working_day(day)) return false;
  const cctz::civil_day first(cctz::civil_month{day});
  int best = 0;
  for (int d = 1; d <= days_in_month(day); ++d)
    if (is_working_day(first + (d - 1)) && (best == 0 || std::abs(d - target) < std::abs(best - target)))
      best = d;
  return best == day.day();
}

bool value_meant(const OracleItem& item, int field, int value) {
  const auto i = static_cast<std::size_t>(field);
  switch (item.kind) {
    case Kind::star:
      return (value - kLow[i]) % item.step == 0;
    case Kind::value:
      return value == item.first || (field == 4 && value == 0 && item.first == 7);
    case Kind::range:
      for (int v = item.first; v <= item.last; v += item.step)
        if (v == value || (field == 4 && v == 7 && value == 0)) return true;
      return false;
    default:
      return false;
  }
}

bool item_meant(const OracleItem& item, int field, const cctz::civil_day& day) {
  const int length = days_in_month(day);
  switch (item.kind) {
    case Kind::last_day:
      return day.day() == length;
    case Kind::last_weekday:
      for (int d = length;; --d) {
        const cctz::civil_day candidate(day.year(), day.month(), d);
        if (is_working_day(candidate)) return candidate == day;
      }
    case Kind::nearest_weekday:
      return is_nearest_working_day(day, item.first);
    case Kind::nth:
      return weekday(day) == item.first % 7 && (day.day() - 1) / 7 + 1 == item.last;
    case Kind::last_of:
      return weekday(day) == item.first % 7 && day.day() + 7 > length;
    default:
      return value_meant(item, field, field == 2 ? day.day() : field == 3 ? day.month() : weekday(day));
  }
}

bool any_meant(const std::vector<OracleItem>& items, int field, const cctz::civil_day& day) {
  for (const OracleItem& item : items)
    if (item_meant(item, field, day)) return true;
  return false;
}
bool is_just_star(const std::vector<OracleItem>& items) {
  return items.size() == 1 && items[0].kind == Kind::star && items[0].step == 1;
}

int pick(std::mt19937_64& random, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(random);
}
bool chance(std::mt19937_64& random, int percent) { return pick(random, 1, 100) <= percent; }

OracleItem random_item(std::mt19937_64& random, int field) {
  const auto i = static_cast<std::size_t>(field);
  OracleItem item;
  const int kind = pick(random, 0, 9);
  item.first = pick(random, kLow[i], field == 4 ? 7 : kHigh[i]);
  if (kind == 0) {
    item.kind = Kind::star;
    item.step = pick(random, 1, kHigh[i] + 5);
  } else if (kind <= 3) {
    item.kind = Kind::range;
    item.last = pick(random, item.first, field == 4 ? 7 : kHigh[i]);
    item.step = chance(random, 50) ? 1 : pick(random, 1, kHigh[i]);
  } else if (kind == 4 && field == 2) {
    item.kind = chance(random, 40)   ? Kind::last_day
                : chance(random, 50) ? Kind::last_weekday
                                     : Kind::nearest_weekday;
  } else if (kind <= 5 && field == 4) {
    item.kind = chance(random, 70) ? Kind::nth : Kind::last_of;
    item.last = pick(random, 1, 5);
  } else {
    item.kind = Kind::value;
  }
  return item;
}

}  // namespace

std::string OracleItem::text(int field) const {
  const auto name = [&](int value) -> std::string {
    if (field == 3 && step % 2 == 1) return kMonths[static_cast<std::size_t>(value - 1)];
    if (field == 4 && value < 7 && step % 2 == 1) return kDays[static_cast<std::size_t>(value)];
    return std::to_string(value);
  };
  const std::string steps = step == 1 ? "" : "/" + std::to_string(step);
  switch (kind) {
    case Kind::star:
      return "*" + steps;
    case Kind::value:
      return name(first);
    case Kind::range:
      return name(first) + "-" + (field == 4 && last == 7 && first > 0 ? "SUN" : name(last)) + steps;
    case Kind::last_day:
      return "L";
    case Kind::last_weekday:
      return "LW";
    case Kind::nearest_weekday:
      return std::to_string(first) + "W";
    case Kind::nth:
      return name(first) + "#" + std::to_string(last);
    case Kind::last_of:
      return last % 2 == 1 ? name(first) + "#L" : std::to_string(first) + "L";
  }
  throw std::logic_error("unknown kind");
}

std::string OracleExpression::text() const {
  std::string out;
  for (int field = 0; field < 5; ++field) {
    if (field > 0) out += ' ';
    if (field == 4 && plus) out += '+';
    const auto& items = fields[static_cast<std::size_t>(field)];
    for (std::size_t i = 0; i < items.size(); ++i) out += (i == 0 ? "" : ",") + items[i].text(field);
  }
  return out;
}

OracleExpression random_expression(std::mt19937_64& random, cctz::civil_day near) {
  OracleExpression expression;
  const std::array<int, 5> star_percent{10, 30, 55, 65, 55};
  const std::array<int, 5> near_value{0, 0, near.day(), near.month(), weekday(near)};
  for (int field = 0; field < 5; ++field) {
    const auto i = static_cast<std::size_t>(field);
    auto& items = expression.fields[i];
    if (chance(random, star_percent[i])) {
      items.push_back(OracleItem{});
      continue;
    }
    for (int count = chance(random, 60) ? 1 : pick(random, 2, 4); count > 0; --count)
      items.push_back(random_item(random, field));
    if (field >= 2 && chance(random, 60)) {
      OracleItem hit;
      hit.kind = Kind::value;
      hit.first = near_value[i];
      items.push_back(hit);
    }
  }
  expression.plus = !is_just_star(expression.fields[4]) && chance(random, 25);
  return expression;
}

Oracle::Oracle(const OracleExpression& expression) : expression_(expression) {
  for (int minute = 0; minute < 60; ++minute)
    for (const OracleItem& item : expression_.fields[0])
      if (value_meant(item, 0, minute)) minutes_[static_cast<std::size_t>(minute)] = true;
  for (int hour = 0; hour < 24; ++hour)
    for (const OracleItem& item : expression_.fields[1])
      if (value_meant(item, 1, hour)) hours_[static_cast<std::size_t>(hour)] = true;
  for (const OracleItem& item : expression_.fields[1])
    if (item.kind == Kind::star) elapsed_ = true;
}

bool Oracle::day_meant(const cctz::civil_day& day) const {
  const auto& fields = expression_.fields;
  if (!any_meant(fields[3], 3, day)) return false;
  const bool by_date = any_meant(fields[2], 2, day);
  const bool by_weekday = any_meant(fields[4], 4, day);
  if (expression_.plus) return by_date && by_weekday;
  if (!is_just_star(fields[2]) && !is_just_star(fields[4])) return by_date || by_weekday;
  return by_date && by_weekday;
}

bool Oracle::meant(const cctz::civil_minute& time) {
  if (!minutes_[static_cast<std::size_t>(time.minute())] || !hours_[static_cast<std::size_t>(time.hour())])
    return false;
  const cctz::civil_day day(time);
  if (day != seen_) {
    seen_ = day;
    seen_meant_ = day_meant(day);
  }
  return seen_meant_;
}

std::vector<std::vector<std::int64_t>> walk(std::vector<Oracle>& oracles, const std::string& name,
                                            std::int64_t begin, std::int64_t end) {
  constexpr std::int64_t kDay = 24 * 3600;
  cctz::time_zone zone;
  if (!cctz::load_time_zone(name, &zone)) throw std::runtime_error(name);
  const auto shown = [&](std::int64_t at) {
    return cctz::civil_minute(zone.lookup(cctz::time_point<cctz::seconds>(cctz::seconds(at))).cs);
  };
  std::vector<std::vector<std::int64_t>> slots(oracles.size());
  // Two days ahead, to know which times are repeats.
  cctz::civil_minute latest = shown(begin - 2 * kDay);
  cctz::civil_minute before = latest - 1;
  for (std::int64_t at = begin - 2 * kDay; at < end; at += 60) {
    const cctz::civil_minute now = shown(at);
    const bool repeated = now <= latest && at > begin - 2 * kDay;
    const std::int64_t gap = now - before - 1;  // minutes that the clock jumped over
    for (std::size_t i = 0; at >= begin && i < oracles.size(); ++i) {
      Oracle& oracle = oracles[i];
      bool fires = oracle.meant(now);
      if (!oracle.elapsed()) {
        if (repeated) fires = false;
        if (gap > 0 && gap <= 3 * 60)
          for (auto missing = latest + 1; missing < now; ++missing) fires = fires || oracle.meant(missing);
      }
      if (fires) slots[i].push_back(at);
    }
    if (now > latest) latest = now;
    before = now;
  }
  return slots;
}

}  // namespace prewarm::schedule
