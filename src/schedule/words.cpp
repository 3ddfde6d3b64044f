// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/words.hpp"

#include <array>

#include "words_parts.hpp"

namespace prewarm::schedule {
namespace {

// "every 90 seconds", "every 35 minutes"; a day as 24 hours, since it does not follow the calendar.
std::string every_words(std::chrono::seconds every) {
  struct Unit {
    std::int64_t seconds;
    const char* name;
    std::int64_t least;  // how many at least to be said in this unit
  };
  constexpr auto kUnits =
      std::to_array<Unit>({{86400, "day", 2}, {3600, "hour", 1}, {60, "minute", 1}, {1, "second", 1}});
  for (const Unit& unit : kUnits) {
    const std::int64_t count = every.count() / unit.seconds;
    if (every.count() % unit.seconds != 0 || count < unit.least) continue;
    return count == 1 ? std::string("every ") + unit.name
                      : "every " + std::to_string(count) + " " + unit.name + "s";
  }
  return {};
}

}  // namespace

std::string words(const Cron& cron) {
  if (cron.every().count() > 0) return every_words(cron.every());
  if (cron.text().empty()) return "never";
  const CronFields& fields = cron.fields();
  constexpr std::uint32_t kAllHours = 0xFFFFFF;
  const std::string days = fields.hours == kAllHours ? day_words_after_all_hours(fields) : day_words(fields);
  return time_words(fields) + (days.empty() ? "" : " " + days);
}

std::string words_in(const Cron& cron, const Zone& zone) {
  return words(cron) + ", " + (cron.every().count() > 0 ? Zone::utc().name() : zone.name());
}

std::string field_words(const Cron& cron) {
  if (cron.every().count() > 0)
    return "UTC seconds divisible by " + std::to_string(cron.every().count()) + "; elapsed time";
  if (cron.text().empty()) return "nothing";
  std::string days = day_words(cron.fields());
  if (days.substr(0, 3) == "on ") days.erase(0, 3);
  return minute_words(cron.fields()) + ", " + hour_words(cron.fields()) + ", " + days +
         (cron.elapsed() ? "; elapsed time" : "; fixed times");
}

}  // namespace prewarm::schedule
