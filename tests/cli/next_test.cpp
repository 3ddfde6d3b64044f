// SPDX-License-Identifier: Apache-2.0
// `next`: the zone of the local times, and an expression that has no slot.
#include <catch2/catch_test_macros.hpp>

#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using Strings = std::vector<std::string>;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("next shows the local time of its schedule's zone, or of the zone that is asked for") {
  World world;
  world.schedule("experts", R"({"schedule":"10 4 * * *","timezone":"Europe/Paris","fetch":{"url":")" +
                                world.upstream.url("/x") + R"("},"store":{"version":1}})");
  const Strings asked{"next", "experts", "--from", "2026-05-01T13:03:48Z"};
  CHECK(has(world.prewarm(asked).out, "at 04:10 every day, Europe/Paris (Sat 04:10 +02:00)\n"));
  const auto in_zone = [&](const std::string& zone, bool json) {
    Strings words = asked;
    words.insert(words.end(), {"--tz", zone});
    if (json) words.emplace_back("--json");
    return world.prewarm(words);
  };
  const auto york = in_zone("America/New_York", false);
  INFO(york.out << york.err);
  CHECK(york.exit_code == 0);
  CHECK(has(york.out,
            "2026-05-02T02:10:00Z  in 13h 6m  experts  at 04:10 every day, Europe/Paris "
            "(Fri 22:10 -04:00 America/New_York)\n"));
  CHECK(has(in_zone("UTC", false).out, "(Sat 02:10 +00:00 UTC)\n"));
  CHECK(members(in_zone("America/New_York", true).out, "slot", "local") ==
        Strings{"2026-05-01T22:10:00-04:00"});
  CHECK(in_zone("Mars/Phobos", false).exit_code == 2);
}

TEST_CASE("next of an expression without a slot says why on stderr") {
  const auto never = bare({"next", "--cron", "0 0 31 2 *"});
  CHECK(never.exit_code == 10);
  CHECK(never.out.empty());
  CHECK(has(never.err, "PW211 \"0 0 31 2 *\" never fires: no month has such a day.  do: "));
  const auto late = bare({"next", "--cron", "@yearly", "--from", "2199-06-01T00:00:00Z"});
  CHECK(late.exit_code == 10);
  CHECK(late.out.empty());
  CHECK(has(late.err, "\"@yearly\" has no slot after 2199-06-01T00:00:00Z and before 2200.  do: "));
}
