// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "words_list.hpp"
#include "words_parts.hpp"

namespace prewarm::schedule {
namespace {

constexpr std::uint32_t kAllDays = 0xFFFFFFFEU;
constexpr std::uint16_t kAllMonths = 0x1FFE;
constexpr std::uint8_t kAllWeekdays = 0x7F;

constexpr auto kWeekdays = std::to_array<const char*>(
    {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"});
constexpr auto kMonths =
    std::to_array<const char*>({"January", "February", "March", "April", "May", "June", "July", "August",
                                "September", "October", "November", "December"});
constexpr auto kOrdinals =
    std::to_array<const char*>({"", "first", "second", "third", "fourth", "fifth", "last"});

bool every_month(const CronFields& fields) { return fields.months == kAllMonths; }
bool every_date(const CronFields& fields) { return fields.days == kAllDays; }
bool every_weekday(const CronFields& fields) { return fields.weekdays == kAllWeekdays; }

std::string months_listed(const CronFields& fields) {
  return listed_values(values_in(fields.months),
                       [](int month) -> std::string { return kMonths[static_cast<std::size_t>(month - 1)]; });
}
std::string of_months(const CronFields& fields) {
  return every_month(fields) ? " of every month" : " of " + months_listed(fields);
}
std::string in_months(const CronFields& fields) {
  return every_month(fields) ? "" : " in " + months_listed(fields);
}

std::string days_named(const std::vector<int>& days) {
  if (const auto step = common_step(days); step && *step > 1 && days.size() >= kProgression)
    return "every " + ordinal(*step) + " day from day " + std::to_string(days.front()) + " to day " +
           std::to_string(days.back());
  return numbered("day", days);
}

// "on day 1 and the last day of every month".
std::string date_words(const CronFields& fields) {
  std::vector<std::string> nouns;
  if (fields.days != 0) nouns.push_back(days_named(values_in(fields.days)));
  if (const auto near = values_in(fields.nearest_weekday); !near.empty())
    nouns.push_back((near.size() == 1 ? "the weekday nearest day " : "the weekdays nearest days ") +
                    listed_numbers(near));
  if (fields.last_weekday) nouns.emplace_back("the last weekday");
  if (fields.last_day) nouns.emplace_back("the last day");
  return "on " + listed(nouns) + of_months(fields);
}

// Monday first, as a week is thought of when it is a range; Sunday stands last.
std::string plain_weekdays(std::uint8_t weekdays) {
  std::uint64_t from_monday = weekdays >> 1;
  if ((weekdays & 1) != 0) from_monday |= 1U << 6;
  return listed_values(values_in(from_monday), [](int day) {
    return std::string(kWeekdays[static_cast<std::size_t>((day + 1) % 7)]) + "s";
  });
}

// "the second and last Friday", for each weekday that is counted.
std::vector<std::string> counted_weekdays(const CronFields& fields) {
  std::vector<std::string> nouns;
  for (std::size_t i = 1; i <= 7; ++i) {
    const std::uint8_t nth = fields.nth[i % 7];
    if (nth == 0) continue;
    std::vector<std::string> which;
    for (const int n : values_in(nth)) which.emplace_back(kOrdinals[static_cast<std::size_t>(n)]);
    nouns.push_back("the " + listed(which) + " " + kWeekdays[i % 7]);
  }
  return nouns;
}

// `with_months`: the months are not said elsewhere in the sentence.
std::string weekday_words(const CronFields& fields, bool with_months) {
  std::string text;
  if (fields.weekdays != 0)
    text = "on " + plain_weekdays(fields.weekdays) + (with_months ? in_months(fields) : "");
  if (const auto counted = counted_weekdays(fields); !counted.empty())
    text += (text.empty() ? "on " : " and on ") + listed(counted) + (with_months ? of_months(fields) : "");
  return text;
}

enum class Days : std::uint8_t { all, by_date, by_weekday, either, both };
Days kind_of(const CronFields& fields) {
  const bool date = fields.day_restricted;
  const bool weekday = fields.weekday_restricted;
  if (fields.both_must_match) {
    if (every_date(fields) && every_weekday(fields)) return Days::all;
    return every_date(fields) ? Days::by_weekday : every_weekday(fields) ? Days::by_date : Days::both;
  }
  if ((date || !weekday) && every_date(fields)) return Days::all;
  if (weekday && every_weekday(fields)) return Days::all;
  return date && weekday ? Days::either : date ? Days::by_date : Days::by_weekday;
}

}  // namespace

std::string day_words(const CronFields& fields) {
  switch (kind_of(fields)) {
    case Days::all:
      return "every day" + in_months(fields);
    case Days::by_date:
      return date_words(fields);
    case Days::by_weekday:
      return weekday_words(fields, true);
    case Days::either:
      return date_words(fields) + " and also " + weekday_words(fields, true);
    case Days::both:
      return date_words(fields) + ", but only " + weekday_words(fields, false);
  }
  return {};
}

std::string day_words_after_all_hours(const CronFields& fields) {
  if (kind_of(fields) != Days::all) return day_words(fields);
  return every_month(fields) ? "" : "in " + months_listed(fields);
}

}  // namespace prewarm::schedule
