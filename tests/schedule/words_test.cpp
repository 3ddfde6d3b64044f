// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/words.hpp"

#include <catch2/catch_test_macros.hpp>
#include <map>

#include "schedule/cron_of.hpp"
#include "schedule/cron_oracle.hpp"

using namespace prewarm;
using namespace prewarm::schedule;

TEST_CASE("expressions read as English") {
  struct Row {
    const char* text;
    const char* words;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"* * * * *", "every minute"},
           {"*/5 * * * *", "every 5 minutes"},
           {"0-59/10 * * * *", "every 10 minutes"},
           {"5-59/15 * * * *", "every 15 minutes from minute 5 of every hour"},
           {"*/7 * * * *", "every 7 minutes from minute 0 to minute 56 of every hour"},
           {"*/35 * * * *", "at minutes 0 and 35 of every hour"},
           {"0-20/5 * * * *", "every 5 minutes from minute 0 to minute 20 of every hour"},
           {"0,5,10 9-17 * * *", "at minutes 0, 5 and 10 of hours 9 to 17 every day"},
           {"7 * * * *", "at minute 7 of every hour"},
           {"0 * * * *", "every hour"},
           {"30 2 * * *", "at 02:30 every day"},
           {"10 4 * * *", "at 04:10 every day"},
           {"0 */6 * * *", "at 00:00, 06:00, 12:00 and 18:00 every day"},
           {"15 */2 * * *", "every 2 hours from 00:15 to 22:15 every day"},
           {"0 */5 * * *", "every 5 hours from 00:00 to 20:00 every day"},
           {"15 9-17 * * 1-5", "every hour from 09:15 to 17:15 on Mondays to Fridays"},
           {"*/15 9-17 * * *", "every 15 minutes from 09:00 to 17:45 every day"},
           {"* 9 * * *", "every minute from 09:00 to 09:59 every day"},
           {"*/10 9-11,14-16 * * *",
            "every 10 minutes from 09:00 to 11:50 and from 14:00 to 16:50 every day"},
           {"*/10 */2 * * *", "every 10 minutes of every 2nd hour from 0 to 22 every day"},
           {"*/7 3 * * *", "at minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of hour 3 every day"},
           {"1,2,5 1,3,9 * * *", "at minutes 1, 2 and 5 of hours 1, 3 and 9 every day"},
           {"*/5 * * * MON", "every 5 minutes on Mondays"},
           {"*/5 * * 3 *", "every 5 minutes in March"},
           {"0 0 1 * *", "at 00:00 on day 1 of every month"},
           {"0 0 1-7,15 6 *", "at 00:00 on days 1 to 7 and 15 of June"},
           {"0 0 */2 * *", "at 00:00 on every 2nd day from day 1 to day 31 of every month"},
           {"0 0 L,15 * *", "at 00:00 on day 15 and the last day of every month"},
           {"0 0 LW,1W,15W,3 * *",
            "at 00:00 on day 3, the weekdays nearest days 1 and 15 and the last weekday of every month"},
           {"0 12 15W 1-3 *", "at 12:00 on the weekday nearest day 15 of January to March"},
           {"0 0 * * 5#2", "at 00:00 on the second Friday of every month"},
           {"0 0 * 4 5L,1#1,1#3,WED",
            "at 00:00 on Wednesdays in April and on the first and third Monday and the last Friday of April"},
           {"0 0 * * */2", "at 00:00 on Tuesdays, Thursdays, Saturdays and Sundays"},
           {"0 0 * 3 6,0", "at 00:00 on Saturdays and Sundays in March"},
           {"0 0 13 * 5", "at 00:00 on day 13 of every month and also on Fridays"},
           {"0 0 13 5 5", "at 00:00 on day 13 of May and also on Fridays in May"},
           {"0 12 1 * +MON", "at 12:00 on day 1 of every month, but only on Mondays"},
           {"0 0 1-7 3 +5#1", "at 00:00 on days 1 to 7 of March, but only on the first Friday"},
           {"0 0 1-31 * 1", "at 00:00 every day"},
           {"0 0 31 2 *", "at 00:00 on day 31 of February"},
           {"@yearly", "at 00:00 on day 1 of January"},
           {"@every 1s", "every second"},
           {"@every 90s", "every 90 seconds"},
           {"@every 1h30m", "every 90 minutes"},
           {"@every 1d", "every 24 hours"},
           {"@every 7d", "every 7 days"},
       }) {
    INFO(row.text);
    CHECK(words(cron_of(row.text)) == row.words);
  }
  CHECK(words(Cron()) == "never");
}

TEST_CASE("words in a zone end with it, and with UTC for what does not follow a wall clock") {
  const Zone paris = zone_of("Europe/Paris");
  CHECK(words_in(cron_of("10 4 * * *"), paris) == "at 04:10 every day, Europe/Paris");
  CHECK(words_in(cron_of("@every 90s"), paris) == "every 90 seconds, UTC");
}

TEST_CASE("the fields are named one by one, with the way clock changes are met") {
  CHECK(field_words(cron_of("30 2 * * *")) == "minute 30, hour 2, every day; fixed times");
  CHECK(field_words(cron_of("*/5 * * * 1")) == "every 5th minute, every hour, Mondays; elapsed time");
  CHECK(field_words(cron_of("5-59/10 9-17 * * *")) ==
        "every 10th minute from 5, hours 9 to 17, every day; fixed times");
  CHECK(field_words(cron_of("@every 90s")) == "UTC seconds divisible by 90; elapsed time");
}

TEST_CASE("two expressions with the same words have the same days and times") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  struct Meaning {
    std::string text;
    std::uint64_t minutes;
    std::uint32_t hours;
    std::vector<std::uint32_t> days;
  };
  std::map<std::string, Meaning> known;
  for (int i = 0; i < 5000; ++i) {
    const std::string text = random_expression(random, cctz::civil_day(2026, 1 + i % 12, 1 + i % 28)).text();
    const Cron cron = cron_of(text);
    Meaning meaning{text, cron.fields().minutes, cron.fields().hours, {}};
    for (int month = 1; month <= 12; ++month)
      for (int first = 0; first < 7; ++first)
        meaning.days.push_back(
            (cron.fields().months >> month & 1) == 0
                ? 0
                : days_meant(cron.fields(), {month == 2 ? 28 + first % 2 : 30 + month % 2, first}));
    const auto [other, is_new] = known.emplace(words(cron), meaning);
    INFO(text << " and " << other->second.text << ": " << other->first);
    if (!is_new && !cron.never_fires())
      CHECK((other->second.minutes == meaning.minutes && other->second.hours == meaning.hours &&
             other->second.days == meaning.days));
  }
}
