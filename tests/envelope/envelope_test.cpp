// SPDX-License-Identifier: Apache-2.0
#include "prewarm/envelope/envelope.hpp"

#include <catch2/catch_test_macros.hpp>

#include "base/random_json.hpp"
#include "base/sample.hpp"
#include "prewarm/base/json.hpp"
#include "prewarm/base/time_text.hpp"

using namespace prewarm;
using namespace prewarm::envelope;

namespace {

const std::string kInstant = "2025-12-04T14:20:29.123Z";

WallTime instant() { return *parse_instant(kInstant); }

std::string head_of(const std::string& version, const std::string& updated) {
  return R"({"version":)" + version + R"(,"lastUpdated":")" + updated + R"(","payload":)";
}

std::string refusal(std::string_view bytes) {
  const auto opened = open(bytes);
  return opened ? "opened" : opened.error().message;
}

}  // namespace

TEST_CASE("a sealed payload has the stored form, byte for byte") {
  CHECK(seal(2, instant(), "[1, 2]") ==
        R"({"version":2,"lastUpdated":"2025-12-04T14:20:29.123Z","payload":[1, 2]})");
  CHECK(seal(kMaxVersion, instant(), "null") ==
        R"({"version":999999999,"lastUpdated":"2025-12-04T14:20:29.123Z","payload":null})");
}

TEST_CASE("a head is read from versions of 1 to 9 digits and is at most 72 bytes") {
  for (std::int64_t version = 1, digits = 1; digits <= 9; version = version * 10 + 3, ++digits) {
    const std::string bytes = seal(version, instant(), "{}");
    const auto head = read_head(std::string_view(bytes).substr(0, kHeadBytes));
    REQUIRE(head.has_value());
    CHECK(head->version == version);
    CHECK(head->last_updated == instant());
    CHECK(head->length == static_cast<std::size_t>(63 + digits));
    CHECK(read_head(std::string_view(bytes).substr(0, head->length)).has_value());
  }
}

TEST_CASE("a head not in our exact form is none") {
  for (const std::string& bytes : std::initializer_list<std::string>{
           "",
           head_of("0", kInstant),
           head_of("02", kInstant),
           head_of("-1", kInstant),
           head_of("+1", kInstant),
           head_of("1.0", kInstant),
           head_of("1e2", kInstant),
           head_of("", kInstant),
           head_of("1234567890", kInstant),
           head_of("9007199254740992", kInstant),
           head_of("\"2\"", kInstant),
           head_of(" 2", kInstant),
           head_of("2", "2025-12-04T14:20:29.12Z"),    // 23 characters
           head_of("2", "2025-12-04T14:20:29.1234Z"),  // 25
           head_of("2", "2025-12-04T14:20:29Z"),
           head_of("2", "2025-02-30T14:20:29.123Z"),
           head_of("2", "2025-13-01T14:20:29.123Z"),
           head_of("2", "2025-12-04T24:00:00.000Z"),
           head_of("2", "2025-12-04T14:20:60.000Z"),
           head_of("2", "9999-99-99T99:99:99.999Z"),
           head_of("2", "2025-12-04 14:20:29.123Z"),
           head_of("2", "2025-12-04T14:20:29.123z"),
           head_of("2", "2O25-12-04T14:20:29.123Z"),
           R"( {"version":2,"lastUpdated":"2025-12-04T14:20:29.123Z","payload":1})",
           R"({"version": 2,"lastUpdated":"2025-12-04T14:20:29.123Z","payload":1})",
           R"({"lastUpdated":"2025-12-04T14:20:29.123Z","version":2,"payload":1})",
           R"({"version":2,"lastUpdated":"2025-12-04T14:20:29.123Z","data":1})",
       }) {
    INFO(bytes);
    CHECK_FALSE(read_head(bytes).has_value());
  }
  CHECK(read_head(head_of("2", "9999-12-31T23:59:59.999Z")).has_value());
}

TEST_CASE("a head with any one byte changed is none, or another head") {
  const std::string bytes = head_of("205", kInstant);
  const Head original = *read_head(bytes);
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (int value = 0; value < 256; ++value) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(value);
      if (changed == bytes) continue;
      const auto head = read_head(changed);
      if (head && head->version == original.version && head->last_updated == original.last_updated)
        FAIL("the same head from " << changed);
    }
}

TEST_CASE("an envelope cut at any byte does not open") {
  const std::string bytes = seal(2, instant(), R"({"a":[1,2,"}"]})");
  REQUIRE(open(bytes).ok());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    INFO(length);
    CHECK_FALSE(open(std::string_view(bytes).substr(0, length)).ok());
    CHECK(read_head(std::string_view(bytes).substr(0, length)).has_value() == (length >= 64));
  }
}

TEST_CASE("sealed bytes open to what was sealed") {
  testing::RandomJson random(42);
  for (int round = 0; round < 2000; ++round) {
    const std::string payload = random.text();
    const std::int64_t version = 1 + random.pick(static_cast<int>(kMaxVersion));
    const WallTime updated = instant() + Millis(random.pick(2000000000)) * random.pick(1000);
    const std::string bytes = seal(version, updated, payload);
    const auto opened = open(bytes);
    REQUIRE(opened.ok());
    REQUIRE(opened->payload == payload);
    REQUIRE(opened->head.version == version);
    REQUIRE(opened->head.last_updated == updated);
    REQUIRE(classify(bytes, version) == Class::current);
  }
}

TEST_CASE("a payload of the greatest depth opens") {
  const std::string deep = std::string(64, '[') + std::string(64, ']');
  CHECK(open(seal(1, instant(), deep)).ok());
  CHECK_FALSE(open(seal(1, instant(), "[" + deep + "]")).ok());
}

TEST_CASE("what does not open says what it is instead") {
  CHECK(refusal("[1,2]") == "not an envelope: a JSON array without head");
  CHECK(refusal(R"({"payload":[]})") == "not an envelope: a JSON object without head");
  CHECK(refusal("") == "not an envelope: no bytes");
  CHECK(refusal("<p>") == "not an envelope: not JSON (found '<' instead of a value at byte 0)");
  CHECK(refusal(seal(1, instant(), "[1") + "}") ==
        "not an envelope: the payload is not JSON (found '}' instead of ',' or ']' at byte 66)");
  CHECK(refusal(seal(1, instant(), "[1]") + "\n") ==
        "not an envelope: a head, but no closing brace at the end");
  CHECK(refusal(head_of("1", kInstant)) == "not an envelope: a head, but no closing brace at the end");
  CHECK(refusal(head_of("1", kInstant) + "}") == "not an envelope: a head, but no closing brace at the end");
  CHECK(refusal(seal(1, instant(), " [1]")) == "not an envelope: white space around the payload");
  CHECK(
      refusal(seal(1, instant(), R"([1],"more":2)")).starts_with("not an envelope: the payload is not JSON"));
}
