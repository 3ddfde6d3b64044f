// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "schedule/cron_of.hpp"

using namespace prewarm;
using namespace prewarm::schedule;

namespace {

nlohmann::json vectors() {
  std::ifstream file(PREWARM_SOURCE_DIR "/tests/data/cron-vectors.json");
  REQUIRE(file);
  return nlohmann::json::parse(file);
}

}  // namespace

TEST_CASE("every vector of the reference gives its slots, with the offset its zone has then") {
  const auto all = vectors();
  REQUIRE(all.size() == 73);
  for (const auto& vector : all) {
    const std::string text = vector["expr"];
    INFO(text << " in " << vector["tz"] << " from " << vector["from"]);
    const Cron cron = cron_of(text);
    const Zone zone = zone_of(vector["tz"]);
    Slot at = slot_at(vector["from"]);
    const auto& expected = vector["next"];
    CHECK(cron.never_fires() == expected.empty());
    if (expected.empty()) CHECK_FALSE(cron.next(at, zone));
    for (const std::string slot : expected) {
      const auto next = cron.next(at, zone);
      REQUIRE(next);
      CHECK(local_text(*next, zone.offset_at(*next)) == slot);
      CHECK(cron.latest(*next, zone) == *next);
      at = *next;
    }
  }
}
