// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/advice.hpp"

#include <catch2/catch_test_macros.hpp>

#include "schedule/cron_of.hpp"

using namespace prewarm;
using namespace prewarm::schedule;

namespace {

// "212 213": the codes given.
std::string codes(const char* text, const char* zone = "UTC") {
  std::string out;
  for (const CronAdvice& advice : cron_advice(cron_of(text), zone_of(zone), slot_at("2027-01-01T00:00:00Z")))
    out += (out.empty() ? "" : " ") + std::to_string(advice.code);
  return out;
}
CronAdvice only(const char* text, const char* zone = "UTC") {
  const auto all = cron_advice(cron_of(text), zone_of(zone), slot_at("2027-01-01T00:00:00Z"));
  REQUIRE(all.size() == 1);
  return all[0];
}

}  // namespace

TEST_CASE("every minute of a fixed hour is warned of as documented") {
  const CronAdvice advice = only("* 9 * * *");
  CHECK(advice.code == 212);
  CHECK(advice.message == "\"* 9 * * *\" runs 60 times a day, every minute from 09:00 to 09:59 UTC");
  CHECK(advice.remedy == "\"0 9 * * *\" for once a day, or \"allow\": [\"PW212\"]");
  CHECK(only("0-59 9-17 * * *").remedy == "\"0 9-17 * * *\" for once an hour, or \"allow\": [\"PW212\"]");
  CHECK(codes("* */2 * * *") == "212");
  CHECK(codes("* * * * *").empty());
  CHECK(codes("*/2 9 * * *").empty());
}

TEST_CASE("two restricted day fields are warned of unless both must match") {
  const CronAdvice advice = only("0 0 13 * 5");
  CHECK(advice.code == 213);
  CHECK(advice.message == "\"0 0 13 * 5\" runs on day 13 of every month and also on Fridays");
  CHECK(advice.remedy == "\"0 0 13 * +5\" if both must match, or \"allow\": [\"PW213\"]");
  CHECK(codes("0 0 13 * +5").empty());
  CHECK(codes("0 0 13 * ?").empty());
  CHECK(codes("0 0 1-31 * MON") == "213");
}

TEST_CASE("fixed times in a gap or a repeated hour are warned of with their dates") {
  const CronAdvice advice = only("30 2 * * *", "Europe/Berlin");
  CHECK(advice.code == 214);
  CHECK(advice.message ==
        "\"30 2 * * *\": in Europe/Berlin 02:30 is missing on Sun 2027-03-28 (runs once, at 03:00) and comes "
        "twice "
        "on Sun 2027-10-31 (runs at the first)");
  CHECK(advice.remedy == "\"30 3 * * *\", or \"allow\": [\"PW214\"]");
  CHECK(codes("0,30 2 * * *", "Europe/Berlin") == "214");
  CHECK(codes("@daily", "America/Santiago") == "214");
  CHECK(only("@daily", "America/Santiago").remedy == "\"0 1 * * *\", or \"allow\": [\"PW214\"]");
  CHECK(only("30 1,2 * * *", "America/New_York").remedy == "another time, or \"allow\": [\"PW214\"]");
  // Not on that date, not in that zone, not at that time, not by the wall clock.
  CHECK(codes("30 2 27 * *", "Europe/Berlin").empty());
  CHECK(codes("30 2 28 3 *", "Europe/Berlin") == "214");
  CHECK(codes("30 2 * * 1", "Europe/Berlin").empty());
  CHECK(codes("30 2 * * *").empty());
  CHECK(codes("30 2 * * *", "Asia/Tokyo").empty());
  CHECK(codes("0 3 * * *", "Europe/Berlin").empty());
  CHECK(codes("30 */2 * * *", "Europe/Berlin").empty());
  CHECK(codes("@every 1h", "Europe/Berlin").empty());
}

TEST_CASE("a step that is not even is warned of with what it really does") {
  struct Row {
    const char* text;
    const char* message;
    const char* remedy;  // without the way to allow it
  };
  for (const Row& row : std::initializer_list<Row>{
           {"*/35 * * * *", "runs at minutes 0 and 35 of the hour, not every 35 minutes",
            "\"*/30\" or \"@every 35m\""},
           {"*/90 * * * *", "runs at minute 0 of the hour, not every 90 minutes", "\"0\" or \"@every 90m\""},
           {"*/7 9 * * *",
            "runs at minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of the hour, not every 7 minutes",
            "\"*/6\" or \"*/10\""},
           {"0 */5 * * *", "runs at hours 0, 5, 10, 15 and 20 of the day, not every 5 hours",
            "\"*/4\", \"*/6\" or \"@every 5h\""},
           {"0 4 */9 * *", "runs on days 1, 10, 19 and 28 of the month, not every 9 days", "name the values"},
           {"0 4 * */5 *", "runs in months 1, 6 and 11 of the year, not every 5 months",
            "\"*/4\" or \"*/6\""},
           {"0 4 * * */3", "runs on days 0, 3 and 6 of the week (0 is Sunday), not every 3 days",
            "name the values"},
       }) {
    const CronAdvice advice = only(row.text);
    CHECK(advice.code == 217);
    CHECK(advice.message == "\"" + std::string(row.text) + "\" " + row.message);
    CHECK(advice.remedy == std::string(row.remedy) + ", or \"allow\": [\"PW217\"]");
  }
}

TEST_CASE("advice comes in the order of codes, and none for a sound everyday schedule") {
  CHECK(codes("* 2 1 3,10 */2", "Europe/Berlin") == "212 213 214 217");
  for (const char* text : {"*/5 * * * *", "@hourly", "@daily", "10 4 * * *", "@every 90s", "0 9 * * 1-5"})
    CHECK(codes(text, "Europe/Paris").empty());
  CHECK(codes("* 2 31 2 *").empty());  // never fires, which is an error of its own
}
