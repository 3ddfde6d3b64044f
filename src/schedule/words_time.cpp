// SPDX-License-Identifier: Apache-2.0
#include "words_list.hpp"
#include "words_parts.hpp"

namespace prewarm::schedule {
namespace {

// Fewer times than this are named one by one even if they follow a rule; up to kMostTimes if they do not.
constexpr std::size_t kFewTimes = 4;
constexpr std::size_t kMostTimes = 8;
constexpr std::size_t kMostBlocks = 3;

// Values of a cycle (60 minutes) that follow one another at one distance also across its end.
std::optional<int> even_step(const std::vector<int>& values, int cycle) {
  const auto step = common_step(values);
  if (!step || cycle % *step != 0 || values.front() >= *step || values.back() + *step < cycle)
    return std::nullopt;
  return step;
}

std::string every(int step, const std::string& unit) {
  return step == 1 ? "every " + unit : "every " + std::to_string(step) + " " + unit + "s";
}

std::string every_hour_words(const std::vector<int>& minutes) {
  if (minutes.size() == 1 && minutes[0] == 0) return "every hour";
  const auto step = even_step(minutes, 60);
  if (step && minutes[0] == 0) return every(*step, "minute");
  if (step && minutes.size() > 3)
    return every(*step, "minute") + " from minute " + std::to_string(minutes[0]) + " of every hour";
  if (const auto uneven = common_step(minutes); uneven && *uneven > 1 && minutes.size() >= kProgression)
    return every(*uneven, "minute") + " from minute " + std::to_string(minutes.front()) + " to minute " +
           std::to_string(minutes.back()) + " of every hour";
  return "at " + numbered("minute", minutes) + " of every hour";
}

std::string times_one_by_one(const std::vector<int>& minutes, const std::vector<int>& hours) {
  std::vector<std::string> times;
  for (const int hour : hours)
    for (const int minute : minutes) times.push_back(time_of_day(hour * 60 + minute));
  return "at " + listed(times);
}

std::string from_to(int first_hour, int first_minute, int last_hour, int last_minute) {
  return "from " + time_of_day(first_hour * 60 + first_minute) + " to " +
         time_of_day(last_hour * 60 + last_minute);
}

// "every 15 minutes from 09:00 to 11:45 and from 14:00 to 16:45".
std::optional<std::string> minutes_in_blocks(int step, const std::vector<int>& minutes,
                                             const std::vector<int>& hours) {
  std::vector<std::string> blocks;
  for (std::size_t i = 0; i < hours.size();) {
    std::size_t end = i + 1;
    while (end < hours.size() && hours[end] == hours[end - 1] + 1) ++end;
    blocks.push_back(from_to(hours[i], minutes.front(), hours[end - 1], minutes.back()));
    i = end;
  }
  if (blocks.size() > kMostBlocks) return std::nullopt;
  return every(step, "minute") + " " + listed(blocks);
}

std::string hours_named(const std::vector<int>& hours) {
  if (const auto step = common_step(hours); step && *step > 1 && hours.size() >= kProgression)
    return "every " + ordinal(*step) + " hour from " + std::to_string(hours.front()) + " to " +
           std::to_string(hours.back());
  return numbered("hour", hours);
}

std::string minutes_of_hours(const std::vector<int>& minutes, const std::vector<int>& hours) {
  const auto step = even_step(minutes, 60);
  const std::string what =
      step && minutes[0] == 0 ? every(*step, "minute") : "at " + numbered("minute", minutes);
  return what + " of " + hours_named(hours);
}

}  // namespace

std::string time_words(const CronFields& fields) {
  const auto minutes = values_in(fields.minutes);
  const auto hours = values_in(fields.hours);
  const std::size_t times = minutes.size() * hours.size();
  if (hours.size() == 24) return every_hour_words(minutes);
  if (times <= kFewTimes) return times_one_by_one(minutes, hours);
  if (minutes.size() == 1) {
    if (const auto step = common_step(hours); step && hours.size() >= kProgression)
      return every(*step, "hour") + " " + from_to(hours.front(), minutes[0], hours.back(), minutes[0]);
  } else if (const auto step = even_step(minutes, 60)) {
    if (auto blocks = minutes_in_blocks(*step, minutes, hours)) return *std::move(blocks);
  }
  return times <= kMostTimes ? times_one_by_one(minutes, hours) : minutes_of_hours(minutes, hours);
}

std::string minute_words(const CronFields& fields) {
  const auto minutes = values_in(fields.minutes);
  if (minutes.size() == 60) return "every minute";
  if (const auto step = even_step(minutes, 60); step && minutes.size() >= kProgression)
    return "every " + ordinal(*step) + " minute" +
           (minutes[0] == 0 ? "" : " from " + std::to_string(minutes[0]));
  return numbered("minute", minutes);
}

std::string hour_words(const CronFields& fields) {
  const auto hours = values_in(fields.hours);
  if (hours.size() == 24) return "every hour";
  return hours_named(hours);
}

}  // namespace prewarm::schedule
