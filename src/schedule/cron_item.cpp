// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cron_grammar.hpp"
#include "prewarm/base/ascii.hpp"

namespace prewarm::schedule {
namespace {

constexpr auto kMonthTexts = std::to_array<std::string_view>(
    {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"});
constexpr auto kWeekdayTexts =
    std::to_array<std::string_view>({"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"});

constexpr std::size_t kNameLength = 3;
constexpr std::size_t kItemShown = 40;

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool eat(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// Takes digits off the front; 10,000 stands for anything larger. Nothing if there is no digit.
std::optional<int> eat_number(std::string_view& text) {
  int value = 0;
  std::size_t length = 0;
  for (; length < text.size() && is_digit(text[length]); ++length)
    value = std::min(value * 10 + (text[length] - '0'), 10'000);
  text.remove_prefix(length);
  return length == 0 ? std::nullopt : std::optional(value);
}

// A number or a name of the field.
std::optional<int> eat_value(const FieldRule& rule, std::string_view& text) {
  if (const auto number = eat_number(text)) return number;
  const auto named = named_value(rule, text.substr(0, kNameLength));
  if (named) text.remove_prefix(kNameLength);
  return named;
}

bool in_range(const FieldRule& rule, int value) { return value >= rule.min && value <= rule.largest(); }

void add_value(const FieldRule& rule, int value, FieldSet& set) {
  const int bit = rule.field == CronField::weekday ? value % 7 : value;
  set.values |= std::uint64_t{1} << bit;
}

struct ItemRange {
  int first;
  int last;
  int step;
};

// Whether the distance between neighbouring values is the step everywhere: within the range and, if the range
// is the whole field or the steps go round it, also from the last value to the first of the next hour, day ….
bool is_even(const FieldRule& rule, ItemRange range) {
  if (range.step == 1) return true;
  if (range.step > range.last - range.first) return false;
  const int cycle = rule.cycle();
  const bool divides_cycle = cycle % range.step == 0;
  if (range.last - range.first + 1 >= cycle) return divides_cycle;
  const bool goes_round =
      divides_cycle && range.first < rule.min + range.step && range.last > rule.max - range.step;
  const int span = range.last - range.first;
  return goes_round || span % range.step == 0 || (span + 1) % range.step == 0;
}

void add_range(const FieldRule& rule, ItemRange range, std::string_view item, FieldSet& set) {
  for (int value = range.first; value <= range.last; value += range.step) add_value(rule, value, set);
  if (!set.uneven && !is_even(rule, range))
    set.uneven = UnevenStep{rule.field, std::string(item.substr(0, kItemShown)), range.step};
}

// "L", "LW" and what may follow a value: "15W", "5#2", "5L", "5#L". `rest` is what is left of the item.
bool is_last_item(const FieldRule& rule, std::string_view item, FieldSet& set) {
  if (rule.field != CronField::day) return false;
  if (item == "L") return set.last_day = true;
  if (item == "LW") return set.last_weekday = true;
  return false;
}
std::optional<Cause> parse_suffix(const FieldRule& rule, int value, std::string_view rest, FieldSet& set) {
  if (rule.field == CronField::day && rest == "W") {
    if (!in_range(rule, value)) return Cause::out_of_range;
    set.nearest_weekday |= std::uint32_t{1} << value;
    return Cause::none;
  }
  if (rule.field != CronField::weekday || rest.empty() || (rest[0] != '#' && rest[0] != 'L'))
    return std::nullopt;
  int nth = CronFields::kLastOfMonth;
  if (rest != "L" && rest != "#L") {
    if (rest.size() != 2 || rest[0] != '#' || rest[1] < '1' || rest[1] > '5') return Cause::malformed;
    nth = rest[1] - '0';
  }
  if (!in_range(rule, value)) return Cause::out_of_range;
  auto& bits = set.nth[static_cast<std::size_t>(value % 7)];
  bits = static_cast<std::uint8_t>(bits | 1U << nth);
  return Cause::none;
}

// The step at the end of an item, 1 if there is none.
Cause parse_step(std::string_view rest, int& step) {
  step = 1;
  if (rest.empty()) return Cause::none;
  if (!eat(rest, '/')) return Cause::malformed;
  const auto number = eat_number(rest);
  if (!number || !rest.empty()) return Cause::malformed;
  step = *number;
  return step == 0 ? Cause::zero_step : Cause::none;
}

// What follows the '-' of an item, into `range`, whose first value is there already.
Cause parse_range(const FieldRule& rule, std::string_view rest, ItemRange& range) {
  const auto last = eat_value(rule, rest);
  if (!last) return Cause::malformed;
  range.last = *last;
  const Cause step = parse_step(rest, range.step);
  if (step == Cause::malformed) return step;
  if (!in_range(rule, range.first) || !in_range(rule, range.last)) return Cause::out_of_range;
  if (rule.field == CronField::weekday && range.last == 0 && range.first > 0) range.last = 7;
  return range.first > range.last ? Cause::backward : step;
}

}  // namespace

const std::array<FieldRule, 5>& field_rules() {
  static constexpr std::array<FieldRule, 5> kRules{
      {{CronField::minute, "minute", 0, 59, {}},
       {CronField::hour, "hour", 0, 23, {}},
       {CronField::day, "day of month", 1, 31, {}},
       {CronField::month, "month", 1, 12, kMonthTexts},
       {CronField::weekday, "day of week", 0, 6, kWeekdayTexts}}};
  return kRules;
}

std::optional<int> named_value(const FieldRule& rule, std::string_view word) {
  if (word.size() != kNameLength) return std::nullopt;
  for (std::size_t i = 0; i < rule.names.size(); ++i)
    if (std::equal(word.begin(), word.end(), rule.names[i].begin(),
                   [](char written, char name) { return upper(written) == name; }))
      return rule.min + static_cast<int>(i);
  return std::nullopt;
}

Cause parse_item(const FieldRule& rule, std::string_view item, FieldSet& set) {
  if (item.empty()) return Cause::empty;
  std::string_view rest = item;
  if (eat(rest, '*')) {
    ItemRange range{rule.min, rule.max, 1};
    const Cause step = parse_step(rest, range.step);
    if (step != Cause::none) return step;
    set.starred = true;
    add_range(rule, range, item, set);
    return Cause::none;
  }
  if (is_last_item(rule, item, set)) return Cause::none;
  const auto first = eat_value(rule, rest);
  if (!first) return Cause::malformed;
  if (const auto cause = parse_suffix(rule, *first, rest, set)) return *cause;
  if (eat(rest, '-')) {
    ItemRange range{*first, *first, 1};
    const Cause cause = parse_range(rule, rest, range);
    if (cause == Cause::none) add_range(rule, range, item, set);
    return cause;
  }
  if (!rest.empty()) return rest.front() == '/' ? Cause::no_range : Cause::malformed;
  if (!in_range(rule, *first)) return Cause::out_of_range;
  add_value(rule, *first, set);
  return Cause::none;
}

}  // namespace prewarm::schedule
