// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include "base/sample.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/envelope/envelope.hpp"

using namespace prewarm;
using namespace prewarm::envelope;
using namespace std::chrono_literals;

namespace {

const WallTime kNow = *parse_instant("2026-05-01T13:03:48.000Z");

std::string value(std::int64_t version, WallTime instant = kNow) { return seal(version, instant, "[1]"); }

HeadClass judge(const std::string& bytes, std::int64_t expected = 3) {
  return classify_head(std::string_view(bytes).substr(0, kHeadBytes), static_cast<std::int64_t>(bytes.size()),
                       expected, kNow);
}

}  // namespace

TEST_CASE("whole bytes are of exactly one class") {
  struct Row {
    std::string bytes;
    Class cls;
  };
  const Row rows[] = {
      {"", Class::absent},
      {value(3), Class::current},
      {value(2), Class::older},
      {value(4), Class::newer},
      {value(10), Class::newer},  // as numbers, not as text
      {value(3, *parse_instant("9999-12-31T23:59:59.999Z")), Class::current},
      {testing::sample("legacy-bare-array.json"), Class::legacy},
      {testing::sample("legacy-object-no-version.json"), Class::legacy},
      {"[]", Class::legacy},
      {"{}", Class::legacy},
      {"null", Class::legacy},
      {"7", Class::legacy},
      {"\"text\"", Class::legacy},
      {value(3) + "\n", Class::legacy},
      {" " + value(3), Class::legacy},
      {R"({"version":"3","lastUpdated":"2026-05-01T13:00:19.187Z","payload":[]})", Class::legacy},
      {R"({"version":03,"lastUpdated":"2026-05-01T13:00:19.187Z","payload":[]})", Class::foreign},
      {R"({"version":3,"lastUpdated":"2026-05-01T13:00:19Z","payload":[]})", Class::legacy},
      {R"({"version":3,"lastUpdated":"2026-05-01T13:00:19.187Z","payload":[],"more":1})", Class::legacy},
      {R"({"version":3,"lastUpdated":"2026-05-01T13:00:19.187Z","payload": []})", Class::legacy},
      {value(3).substr(0, 66), Class::foreign},
      {"eyJ2ZXJzaW9uIjozfQ==", Class::foreign},
      {"\x1f\x8b\x08", Class::foreign},
      {std::string(1, '\0'), Class::foreign},
      {"  ", Class::foreign},
  };
  for (const Row& row : rows) {
    INFO(row.bytes);
    CHECK(class_text(classify(row.bytes, 3)) == class_text(row.cls));
  }
}

TEST_CASE("on the warm path the head and the length decide") {
  struct Row {
    std::string bytes;
    Class cls;
    Kind kind;
  };
  const Row rows[] = {
      {"", Class::absent, Kind::other},
      {value(3), Class::current, Kind::object},
      {value(2), Class::older, Kind::object},
      {value(4), Class::newer, Kind::object},
      {testing::sample("legacy-bare-array.json"), Class::legacy, Kind::array},
      {testing::sample("legacy-object-no-version.json"), Class::legacy, Kind::object},
      {"\n [1", Class::legacy, Kind::array},
      {"true", Class::legacy, Kind::other},
      {"-1", Class::legacy, Kind::other},
      {"\"a\"", Class::legacy, Kind::other},
      {"<html>", Class::foreign, Kind::other},
      {"\x1f\x8b\x08", Class::foreign, Kind::other},
      {"    ", Class::foreign, Kind::other},
      {R"({"version":0,"lastUpdated":"2026-05-01T13:00:19.187Z","payload":1})", Class::legacy, Kind::object},
      {R"({"version":02,"lastUpdated":"2026-05-01T13:00:19.187Z","payload":1})", Class::legacy, Kind::object},
      {R"({"version":2,"lastUpdated":"2026-02-30T13:00:19.187Z","payload":1})", Class::legacy, Kind::object},
      {R"({"version":2,"lastUpdated":"9999-99-99T99:99:99.999Z","payload":1})", Class::legacy, Kind::object},
      // A whole head with a broken payload passes: only 80 bytes are known.
      {value(3) + "rubbish", Class::current, Kind::object},
  };
  for (const Row& row : rows) {
    INFO(row.bytes);
    const HeadClass seen = judge(row.bytes);
    CHECK(class_text(seen.cls) == class_text(row.cls));
    CHECK(kind_text(seen.kind) == kind_text(row.kind));
    CHECK_FALSE(seen.ahead.has_value());
    const bool envelope = row.cls == Class::current || row.cls == Class::older || row.cls == Class::newer;
    CHECK(seen.head.has_value() == envelope);
  }
  CHECK(classify_head("", -1, 3, kNow).cls == Class::wrong_type);
}

TEST_CASE("a head more than 60 s ahead of the store's clock has no token, whatever its version") {
  for (const std::int64_t version : {2, 3, 4}) {
    for (const Millis ahead : {Millis(-5s), Millis(0), Millis(59s), Millis(60s)}) {
      const HeadClass seen = judge(value(version, kNow + ahead));
      CHECK(seen.head.has_value());
      CHECK(seen.cls == (version == 3 ? Class::current : version < 3 ? Class::older : Class::newer));
    }
    for (const Millis ahead : {Millis(60001), Millis(61s), Millis(24h)}) {
      const HeadClass seen = judge(value(version, kNow + ahead));
      CHECK(seen.cls == Class::foreign);
      CHECK(seen.kind == Kind::object);
      CHECK(seen.ahead == ahead);
      CHECK_FALSE(seen.head.has_value());
    }
  }
}
