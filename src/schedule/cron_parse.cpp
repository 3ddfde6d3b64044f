// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cron_grammar.hpp"
#include "prewarm/base/units.hpp"
#include "prewarm/schedule/cron.hpp"

namespace prewarm::schedule {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::size_t kFieldCount = 5;
// Enough to tell six or seven fields from more.
constexpr std::size_t kFieldsLookedAt = 8;
constexpr std::chrono::seconds kLeastEvery{1};
constexpr std::chrono::seconds kMostEvery = std::chrono::days(7);

struct Nickname {
  std::string_view name;
  std::string_view fields;
};
constexpr auto kNicknames = std::to_array<Nickname>({{"@hourly", "0 * * * *"},
                                                     {"@daily", "0 0 * * *"},
                                                     {"@midnight", "0 0 * * *"},
                                                     {"@weekly", "0 0 * * 0"},
                                                     {"@monthly", "0 0 1 * *"},
                                                     {"@yearly", "0 0 1 1 *"},
                                                     {"@annually", "0 0 1 1 *"}});

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

struct Split {
  std::array<std::string_view, kFieldsLookedAt> fields;
  std::size_t count = 0;
  std::span<const std::string_view> all() const { return {fields.data(), count}; }
};
Split split_fields(std::string_view text) {
  Split split;
  while (!text.empty() && split.count < kFieldsLookedAt) {
    const auto end = std::min(text.find_first_of(kBlanks), text.size());
    split.fields[split.count++] = text.substr(0, end);
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks, end), text.size()));
  }
  return split;
}

std::optional<CronFault> parse_field(const FieldRule& rule, std::string_view text, FieldSet& set) {
  set.whole = text == "*" || (rule.is_day_field() && text == "?");
  if (set.whole && text == "?") text = "*";
  std::string_view rest = text;
  if (rule.field == CronField::weekday && rest.size() > 1 && rest[0] == '+') {
    set.plus = true;
    rest.remove_prefix(1);
  }
  for (;;) {
    const auto comma = rest.find(',');
    const std::string_view item = rest.substr(0, comma);
    if (item.empty()) return empty_item_fault(rule, text);
    if (const Cause cause = parse_item(rule, item, set); cause != Cause::none)
      return item_fault(rule, item, cause);
    if (comma == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(comma + 1);
  }
}

CronFields assemble(std::array<FieldSet, kFieldCount>& sets) {
  auto& [minute, hour, day, month, weekday] = sets;
  CronFields fields;
  fields.minutes = minute.values;
  fields.hours = static_cast<std::uint32_t>(hour.values);
  fields.days = static_cast<std::uint32_t>(day.values);
  fields.nearest_weekday = day.nearest_weekday;
  fields.months = static_cast<std::uint16_t>(month.values);
  fields.weekdays = static_cast<std::uint8_t>(weekday.values);
  fields.nth = weekday.nth;
  fields.last_day = day.last_day;
  fields.last_weekday = day.last_weekday;
  fields.day_restricted = !day.whole;
  fields.weekday_restricted = !weekday.whole;
  fields.both_must_match = weekday.plus;
  fields.elapsed = hour.starred;
  for (FieldSet& set : sets)
    if (set.uneven && !fields.uneven) fields.uneven = std::move(set.uneven);
  return fields;
}

std::variant<CronFields, CronFault> parse_fields(std::string_view text) {
  const Split split = split_fields(text);
  const bool zone_in_front = split.count > 0 && split.fields[0].find('=') != std::string_view::npos;
  if (split.count != kFieldCount || zone_in_front) return shape_fault(text, split.all());
  std::array<FieldSet, kFieldCount> sets;
  for (std::size_t i = 0; i < kFieldCount; ++i)
    if (auto fault = parse_field(field_rules()[i], split.fields[i], sets[i])) return *std::move(fault);
  return assemble(sets);
}

// The D of "@every D".
std::variant<std::chrono::seconds, CronFault> parse_every(std::string_view text, std::string_view duration) {
  const auto parsed = parse_duration(duration);
  if (!parsed) return every_fault(text, duration);
  const auto whole = std::chrono::floor<std::chrono::seconds>(*parsed);
  if (whole != *parsed || whole < kLeastEvery || whole > kMostEvery) return every_fault(text, duration);
  return whole;
}

// The five fields behind a nickname; nothing for any other text.
std::optional<std::string_view> nickname_fields(std::string_view text) {
  for (const Nickname& nickname : kNicknames)
    if (nickname.name == text) return nickname.fields;
  return std::nullopt;
}

}  // namespace

std::array<std::string, 5> five_fields(const Cron& cron) {
  const Split split = split_fields(nickname_fields(cron.text()).value_or(cron.text()));
  std::array<std::string, kFieldCount> fields;
  for (std::size_t i = 0; i < kFieldCount; ++i) fields[i] = std::string(split.fields[i]);
  return fields;
}

std::variant<Cron, CronFault> Cron::parse(std::string_view written) {
  constexpr std::string_view kEvery = "@every";
  const std::string_view text = trimmed(written);
  Cron cron;
  cron.text_ = std::string(text);
  if (text.substr(0, kEvery.size()) == kEvery && text.find_first_of(kBlanks) == kEvery.size()) {
    auto every = parse_every(text, trimmed(text.substr(kEvery.size())));
    if (auto* fault = std::get_if<CronFault>(&every)) return std::move(*fault);
    cron.every_ = std::get<std::chrono::seconds>(every);
    cron.never_fires_ = false;
    return cron;
  }
  std::string_view meant = text;
  if (!text.empty() && text.front() == '@') {
    const auto known = nickname_fields(text);
    if (!known) return nickname_fault(text);
    meant = *known;
  }
  auto fields = parse_fields(meant);
  if (auto* fault = std::get_if<CronFault>(&fields)) return std::move(*fault);
  cron.fields_ = std::get<CronFields>(std::move(fields));
  cron.never_fires_ = no_such_date(cron.fields_);
  return cron;
}

}  // namespace prewarm::schedule
