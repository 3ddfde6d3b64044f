// SPDX-License-Identifier: Apache-2.0
// What `check` says of the expression and the zone of a schedule file.
#include <catch2/catch_test_macros.hpp>

#include "load.hpp"

using namespace prewarm;
using namespace prewarm::schedule;
using namespace prewarm::schedule::test;

namespace {

LoadResult load_with(const std::string& members, const World& world = {}) {
  return load_text(
      "{ " + members + R"(, "fetch": { "url": "https://api.example.net/news" }, "store": { "version": 1 } })",
      world);
}
std::string texts_of(const std::string& members) { return texts(load_with(members)); }
bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a sound expression that surprises is a warning with its cure, and can be allowed") {
  CHECK(holds(
      texts_of(R"("schedule": "* 9 * * *")"),
      "warning PW212 /schedule \"* 9 * * *\" runs 60 times a day, every minute from 09:00 to 09:59 UTC.  "
      "do: \"0 9 * * *\" for once a day, or \"allow\": [\"PW212\"]"));
  CHECK(texts_of(R"("schedule": "* 9 * * *", "allow": ["PW212"])").empty());
  CHECK(holds(texts_of(R"("schedule": "0 0 13 * 5")"), "warning PW213 /schedule"));
  CHECK(
      holds(texts_of(R"("schedule": "30 2 * * *", "timezone": "Europe/Berlin")"), "warning PW214 /schedule"));
  CHECK(holds(texts_of(R"("schedule": "*/35 * * * *")"), "warning PW217 /schedule"));
}

TEST_CASE("an expression that is refused names field, item, reason and the spelling to use") {
  CHECK(holds(texts_of(R"("schedule": "0 22-2 * * *")"),
              "error PW210 /schedule hour \"22-2\" runs backward.  do: \"22-23,0-2\""));
  CHECK(holds(texts_of(R"("schedule": "0 0 31 2 *")"), "error PW211 /schedule \"0 0 31 2 *\" never fires"));
  CHECK(holds(texts_of(R"("schedule": "0 0 * * *", "timezone": "Mars/Phobos")"),
              "error PW215 /timezone \"Mars/Phobos\" is not a time zone of this system.  do: "));
}

TEST_CASE("an expression or a zone that is no text is refused with one that is") {
  for (const char* value : {"5", "true", "null", "[\"* * * * *\"]", R"({"minute": 5})"}) {
    INFO(value);
    CHECK(holds(texts_of("\"schedule\": " + std::string(value)), "error PW103 /schedule "));
    CHECK(holds(texts_of("\"schedule\": " + std::string(value)), "e.g. \"*/5 * * * *\""));
    CHECK(holds(texts_of(R"("schedule": "@hourly", "timezone": )" + std::string(value)),
                "error PW103 /timezone "));
    CHECK(holds(texts_of(R"("schedule": "@hourly", "timezone": )" + std::string(value)),
                "e.g. \"Europe/Paris\""));
  }
}

TEST_CASE("the gaps between slots are those of the coming year, and none where no slot follows") {
  using std::chrono::days;
  World world;
  const auto gaps = [&] {
    return load_with(R"("schedule": "0 0 29 2 *")", world).catalog->find("news")->gaps;
  };
  CHECK(gaps() == Gaps{days(4 * 365 + 1), days(4 * 365 + 1)});
  world.now = "2199-06-01T00:00:00Z";  // behind the last 29 February that can be a slot
  CHECK(gaps() == Gaps{});
}
