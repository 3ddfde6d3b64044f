// SPDX-License-Identifier: Apache-2.0
// What our dialect says to every string that some cron reads differently. The strings and what other programs
// make of them are in tests/data/cron-syntax-cases.json; the verdicts are derived from the rules of the
// dialect.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "schedule/cron_of.hpp"

using namespace prewarm;
using namespace prewarm::schedule;

namespace {

// Refused, with the field and the spelling that is offered first.
struct Refused {
  std::string field;
  std::string spelling;
};

const std::map<std::string, Refused>& refused() {
  static const std::map<std::string, Refused> table{
      {"* * * *", {"expression", "* * * * *"}},
      {"* * * * * *", {"expression", "* * * * *"}},
      {"* * * * * * *", {"expression", "* * * * *"}},
      {"0 0 * * 8", {"day of week", "1"}},
      {"60 * * * *", {"minute", "0"}},
      {"0 24 * * *", {"hour", "0"}},
      {"0 0 0 * *", {"day of month", "1"}},
      {"0 0 32 * *", {"day of month", "1"}},
      {"0 0 * 0 *", {"month", "1"}},
      {"0 0 * 13 *", {"month", "1"}},
      {"*/0 * * * *", {"minute", "*"}},
      {"/30 * * * *", {"minute", "*/30"}},
      {"0/15 * * * *", {"minute", "0-59/15"}},
      {"5/15 * * * *", {"minute", "5-59/15"}},
      {"10/10 * * * *", {"minute", "10-59/10"}},
      {"0 22-2 * * *", {"hour", "22-23,0-2"}},
      {"0 0 * * SAT-MON", {"day of week", "SAT-SUN,MON"}},
      {"0,, * * * *", {"minute", "0"}},
      {",0 * * * *", {"minute", "0"}},
      {"0, * * * *", {"minute", "0"}},
      {"1-3-5 * * * *", {"minute", "0"}},
      {"-5 * * * *", {"minute", "5"}},
      {"1.5 * * * *", {"minute", "0"}},
      {"0 0 * * SUNDAY", {"day of week", "SUN"}},
      {"0 0 * JANUARY *", {"month", "JAN"}},
      {"@Daily", {"expression", "@daily"}},
      {"@DAILY", {"expression", "@daily"}},
      {"@reboot", {"expression", "@hourly"}},
      {"@weekdays", {"expression", "0 0 * * MON-FRI"}},
      {"@minutely", {"expression", "* * * * *"}},
      {"H * * * *", {"minute", "0"}},
      {"H/15 * * * *", {"minute", "*/15"}},
      {"0~30 * * * *", {"minute", "0"}},
      {"0 0 L-2 * *", {"day of month", "L"}},
      {"0 0 * * L", {"day of week", "6"}},
      {"0 0 * * 5#6", {"day of week", "5#1"}},
      {"0 0 1-15W * *", {"day of month", "1W"}},
      {"0 0 15w * *", {"day of month", "15W"}},
      {"0 0 l * *", {"day of month", "L"}},
      {"0 12 +1 * MON", {"day of month", "1"}},
      {"CRON_TZ=Asia/Tokyo 0 0 * * *", {"expression", "0 0 * * *"}},
      {"TZ=UTC 0 0 * * *", {"expression", "0 0 * * *"}},
      {"0 0 1 1 * 2030", {"expression", "0 0 1 1 *"}},
      {"0 0 0 1 1 * 2030", {"expression", "0 0 1 1 *"}},
      {"", {"expression", "*/5 * * * *"}},
      {"*", {"expression", "* * * * *"}},
      {"+5 * * * *", {"minute", "5"}},
      {"0x5 * * * *", {"minute", "0"}},
      {"٠ * * * *", {"minute", "0"}},
  };
  return table;
}

// Taken, and what it means in a spelling that nobody doubts.
const std::map<std::string, std::string>& taken() {
  static const std::map<std::string, std::string> table{
      {"0 0 * * FRI-SUN", "0 0 * * 0,5,6"},
      {"0 0 * * 6-0", "0 0 * * 0,6"},
      {"0 0 * * MON-SUN", "0 0 * * 0,1,2,3,4,5,6"},
      {"*/90 * * * *", "0 * * * *"},
      {"0-59/60 * * * *", "0 * * * *"},
      {"0 0 ? * MON", "0 0 * * 1"},
      {"0 0 ? * ?", "0 0 * * *"},
      {"0 0 * * mon", "0 0 * * 1"},
      {"@daily", "0 0 * * *"},
      {"@hourly ", "0 * * * *"},
      {"@every 5m", "@every 300s"},
      {"@every 90s", "@every 1m30s"},
      {"@annually", "0 0 1 1 *"},
      {"@midnight", "0 0 * * *"},
      {"0 0 LW * *", "0 0 LW * *"},
      {"0 0 L,15 * *", "0 0 15,L * *"},
      {"0 0 * * 5#L", "0 0 * * 5L"},
      {"0 12 1 * +MON", "0 12 1 * +1"},
      {"0\t0 * * *", "0 0 * * *"},
      {"  0 0  * * *  ", "0 0 * * *"},
      {"5-5 * * * *", "5 * * * *"},
      {"*,5 * * * *", "* * * * *"},
      {"* */2,1 * * *", "* 1,*/2 * * *"},
      {"007 * * * *", "7 * * * *"},
      {"0 0 1,1,1 * *", "0 0 1 * *"},
      {"0 0 31 2 *", "0 0 31 2 *"},
  };
  return table;
}

CronFault fault_of(const std::string& text) {
  auto parsed = Cron::parse(text);
  if (!std::holds_alternative<CronFault>(parsed)) FAIL("taken: " << text);
  return std::get<CronFault>(parsed);
}
// What stands between the first two quotes.
std::string first_spelling(const std::string& remedy) {
  const auto begin = remedy.find('"');
  if (begin == remedy.npos) return {};
  return remedy.substr(begin + 1, remedy.find('"', begin + 1) - begin - 1);
}
std::string field_replaced(const std::string& text, const CronFault& fault, const std::string& spelling) {
  if (fault.field == "expression") return spelling;
  std::string out = text;
  const auto place = out.rfind(fault.item);
  return place == out.npos ? spelling + " * * * *" : out.replace(place, fault.item.size(), spelling);
}
// Same slots: the fields without what says how they were written.
CronFields meaning(const std::string& text) {
  CronFields fields = cron_of(text).fields();
  fields.uneven.reset();
  return fields;
}

}  // namespace

TEST_CASE("every string of the reference is taken or refused as the dialect says") {
  std::ifstream file(PREWARM_SOURCE_DIR "/tests/data/cron-syntax-cases.json");
  REQUIRE(file);
  const auto cases = nlohmann::json::parse(file);
  CHECK(cases.size() == 75);
  CHECK(taken().size() + refused().size() == 75);
  for (const auto& entry : cases) {
    const std::string text = entry["expr"];
    INFO("[" << text << "]");
    CHECK(taken().contains(text) != refused().contains(text));
    CHECK(std::holds_alternative<Cron>(Cron::parse(text)) == taken().contains(text));
  }
}

TEST_CASE("what is taken means what it should") {
  for (const auto& [text, plain] : taken()) {
    INFO("[" << text << "]");
    CHECK(meaning(text) == meaning(plain));
    CHECK(cron_of(text).every() == cron_of(plain).every());
  }
}

TEST_CASE("what is refused names its field and a spelling that is taken in its place") {
  for (const auto& [text, expected] : refused()) {
    INFO("[" << text << "]");
    const CronFault fault = fault_of(text);
    INFO(fault_text(fault) << ".  do: " << fault.remedy);
    CHECK(fault.field == expected.field);
    CHECK(first_spelling(fault.remedy) == expected.spelling);
    CHECK(std::holds_alternative<Cron>(Cron::parse(field_replaced(text, fault, expected.spelling))));
  }
}

TEST_CASE("further mistakes are refused with the spelling to use") {
  struct Row {
    const char* text;
    const char* field;
    const char* spelling;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"0 0 * * 7-2", "day of week", "0-2"},
           {"0 0 * * FRI-TUE/2", "day of week", "5,0,2"},
           {"0 0 * DEC-FEB *", "month", "DEC,JAN-FEB"},
           {"0 0 * 11-1 *", "month", "11-12,1"},
           {"0 22-2/2 * * *", "hour", "22,0,2"},
           {"*5 * * * *", "minute", "*/5"},
           {"*/ * * * *", "minute", "*"},
           {"5/0 * * * *", "minute", "0"},
           {"1-5/0 * * * *", "minute", "1-5"},
           {"0 0 * * MON/2", "day of week", "MON-SUN/2"},
           {"0 0 * * MON-foo", "day of week", "0"},
           {"? * * * *", "minute", "*"},
           {"0 0 ?/2 * *", "day of month", "*/2"},
           {"0 0 ?,3 * *", "day of month", "*"},
           {"0 0 * * +MON,+TUE", "day of week", "TUE"},
           {"0 0 * * ++MON", "day of week", "MON"},
           {"0 0 W * *", "day of month", "15W"},
           {"0 0 WL * *", "day of month", "LW"},
           {"0 0 Lw * *", "day of month", "LW"},
           {"0 0 32W * *", "day of month", "1"},
           {"0 0 15L * *", "day of month", "1"},
           {"0 0 * * 1-3#2", "day of week", "1#2,3#2"},
           {"0 0 * * 5#0", "day of week", "5#1"},
           {"0 0 * * 5#22", "day of week", "5#1"},
           {"0 0 * * 8#2", "day of week", "0"},
           {"0 0 * * 5l", "day of week", "5L"},
           {"0 0 * * 5#l", "day of week", "5#L"},
           {"0 0 * * L5", "day of week", "0"},
           {"0 0 * MARCH-MAY *", "month", "MAR-MAY"},
           {"0 0-24 * * *", "hour", "0-23"},
           {"99999999999999999999 * * * *", "minute", "0"},
           {", * * * *", "minute", "*"},
           {"MON * * * *", "minute", "0"},
           {"１０ * * * *", "minute", "10"},
           {"0 9–17 * * *", "hour", "9-17"},
           {"0 0 12 * * MON", "expression", "0 12 * * MON"},
           {"TZ=UTC @daily", "expression", "@daily"},
           {"@every 0s", "expression", "@every 1s"},
           {"@every -1m", "expression", "@every 1m"},
           {"@every 90", "expression", "@every 90s"},
           {"@every", "expression", "@every 90s"},
           {"@every5m", "expression", "@every 5m"},
           {"@EVERY 5M", "expression", "@every 5m"},
           {"@every 1h 30m", "expression", "@every 1h30m"},
           {"@every 1500ms", "expression", "@every 1s"},
           {"@every 8d", "expression", "@every 7d"},
           {"@every bananas", "expression", "@every 90s"},
           {"@hourly 5", "expression", "@hourly"},
           {"@", "expression", "@hourly"},
       }) {
    INFO(row.text);
    const CronFault fault = fault_of(row.text);
    INFO(fault_text(fault) << ".  do: " << fault.remedy);
    CHECK(fault.field == row.field);
    CHECK(first_spelling(fault.remedy) == row.spelling);
    CHECK(std::holds_alternative<Cron>(Cron::parse(field_replaced(row.text, fault, row.spelling))));
  }
}

TEST_CASE("an expression is elapsed if an item of its hour field begins with a star") {
  for (const char* text : {"* * * * *", "0 * * * *", "0 */2 * * *", "0 5,*/6 * * *", "@hourly", "@every 1h"})
    CHECK(cron_of(text).elapsed());
  for (const char* text : {"* 2 * * *", "*/5 0-23 * * *", "@daily", "0 0 * * *"})
    CHECK_FALSE(cron_of(text).elapsed());
}

TEST_CASE("an impossible date is known from the fields") {
  for (const char* text : {"0 0 31 2 *", "0 0 30 FEB *", "0 0 31 4,6,9,11 *", "0 0 31W 4 *", "0 0 30W 2 *",
                           "0 0 1 * +MON#2", "0 0 8 * +FRI#1", "0 0 21 * +7L", "0 0 30 2 +*", "0 0 L 4 +2#1"})
    CHECK(cron_of(text).never_fires());
  for (const char* text : {"0 0 29 2 *", "0 0 31 2 MON", "0 0 L 2 *", "0 0 29 2 +1#5", "0 0 * 2 +4#5",
                           "@every 7d", "0 0 31W 2,3 *", "0 0 29W 2 *", "0 0 22 * +7L"})
    CHECK_FALSE(cron_of(text).never_fires());
}

TEST_CASE("a step that does not divide its range, or exceeds it, is remembered") {
  for (const char* text :
       {"*/35 * * * *", "*/90 * * * *", "*/60 * * * *", "0-59/60 * * * *", "0-59/7 * * * *", "0 */5 * * *",
        "0 0 */2 * *", "0 0 * */5 *", "0 0 * * */2", "1-20/6 * * * *", "*/59 * * * *", "20-59/15,3 * * * *"})
    CHECK(cron_of(text).fields().uneven.has_value());
  for (const char* text :
       {"*/5 * * * *", "0-59/15 * * * *", "5-59/15 * * * *", "0 9-17/4 * * *", "0 9-17/3 * * *",
        "3-9/3 * * * *", "0 */8 * * *", "0 0 * */4 *", "* * * * *", "*/1 * * * *"})
    CHECK_FALSE(cron_of(text).fields().uneven.has_value());
}

TEST_CASE("a list of 10,000 items is read in under a millisecond") {
  std::string list = "0";
  for (int i = 1; i < 10'000; ++i) list += "," + std::to_string(i % 60);
  const std::string text = list + " * * * *";
  auto best = std::chrono::nanoseconds::max();
  for (int i = 0; i < 20; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    CHECK(std::holds_alternative<Cron>(Cron::parse(text)));
    best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - begin);
  }
#ifdef NDEBUG
  CHECK(best < std::chrono::milliseconds(1));
#else
  CHECK(best < std::chrono::milliseconds(20));  // unoptimized, perhaps under a sanitizer
#endif
}

TEST_CASE("parsing takes any bytes, and refuses with printable words") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const std::string alphabet =
      std::string("0123456789*/-,+?LW#~H@everyhdMONJAFRI \t\n\"\\=\xd9\xa0\xff") + '\0';
  const std::vector<std::string> seeds{"0-59/15 9-17 L,15W JAN-DEC MON-FRI", "@every 1h30m", "0 0 * * 5#2,5L",
                                       "@daily"};
  for (int i = 0; i < 20'000; ++i) {
    std::string text = seeds[random() % seeds.size()];
    for (auto changes = random() % 6; changes > 0; --changes) {
      const auto place = random() % (text.size() + 1);
      if (random() % 2 == 0) text.insert(place, 1, alphabet[random() % alphabet.size()]);
      if (random() % 2 == 0 && place < text.size()) text[place] = alphabet[random() % alphabet.size()];
      if (random() % 3 == 0) text.erase(std::min(place, text.size()), 1);
    }
    const auto parsed = Cron::parse(text);
    const auto* fault = std::get_if<CronFault>(&parsed);
    if (fault == nullptr) continue;
    const std::string words = fault_text(*fault) + fault->remedy;
    INFO("[" << text << "] " << words);
    CHECK(fault->remedy.size() >= 3);
    CHECK(words.size() < 600);
    CHECK(std::none_of(words.begin(), words.end(), [](char c) { return c >= 0 && c < ' '; }));
  }
}
