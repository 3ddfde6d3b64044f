// SPDX-License-Identifier: Apache-2.0
#include "shape/shaping.hpp"

using namespace prewarm;
using namespace prewarm::testing;

namespace {

std::string list(std::size_t items) {
  std::string out = "[";
  for (std::size_t i = 0; i < items; ++i) out += i == 0 ? "1" : ",1";
  return out + "]";
}

std::string compared(const std::string& guard, const std::string& fresh, const std::string& stored,
                     const std::string& shape = "") {
  const auto schedule =
      schedule_of("\"guard\": {\"allowNull\": true" + guard + "}, \"shape\": {" + shape + "}");
  const auto shaped = shape_text(schedule, fresh);
  REQUIRE(shaped.ok());
  const auto facts = shape::stored_facts(stored, schedule->shape);
  const std::string said = outcome(shape::compare(schedule->guard, *shaped, facts));
  if (said != "ok") CHECK(shape::compares(schedule->guard, *shaped));
  return said;
}
std::string compared(const std::string& guard, std::size_t fresh, std::size_t stored) {
  return compared(guard, list(fresh), list(stored));
}

bool asks(const std::string& guard, const std::string& fresh) {
  const auto schedule = schedule_of("\"guard\": {\"allowNull\": true" + guard + "}");
  return shape::compares(schedule->guard, *shape_text(schedule, fresh));
}

}  // namespace

TEST_CASE("an empty value does not replace one that is not, unless that is said") {
  CHECK(compared("", "[]", list(14)) ==
        "PW610 an empty value does not replace one that is not: 0 items came, 14 items stored");
  CHECK(compared("", "{}", R"({"a":1})") ==
        "PW610 an empty value does not replace one that is not: 2 B came, 7 B stored");
  CHECK(compared("", "\"\"", "7") ==
        "PW610 an empty value does not replace one that is not: 2 B came, 1 B stored");
  CHECK(compared("", "[]", R"({"a":1})").starts_with("PW610"));
  for (const char* stored : {"[]", "{ }", "\"\"", "null"}) CHECK(compared("", "[ ]", stored) == "ok");
  CHECK(compared(R"(, "minItems": 0)", "[]", list(14)) == "ok");
  CHECK(compared(R"(, "maxShrink": 1)", "[]", list(14)) == "ok");
  CHECK(compared(R"(, "maxShrink": 0.99)", "[]", list(14)).starts_with("PW610 an empty value"));
  CHECK(compared(R"(, "minItems": 0, "maxShrink": 0.5)", "[]", list(14))
            .starts_with("PW610 guard.maxShrink 0.5"));
  CHECK(compared("", "[0]", list(14)) == "ok");
  CHECK(compared("", "null", list(14)) == "ok");
}

TEST_CASE("shrinking is refused below stored x (1 - x), exactly") {
  CHECK(compared(R"(, "maxShrink": 0.5)", 7, 14) == "ok");
  CHECK(compared(R"(, "maxShrink": 0.5)", 6, 14) ==
        "PW610 guard.maxShrink 0.5: 6 items came, 14 items stored, at least 7 items wanted");
  CHECK(compared(R"(, "maxShrink": 0.5)", 8, 15) == "ok");
  CHECK(compared(R"(, "maxShrink": 0.5)", 7, 15).starts_with("PW610"));  // 7.5 is the border
  CHECK(compared(R"(, "maxShrink": 0)", 14, 14) == "ok");
  CHECK(compared(R"(, "maxShrink": 0)", 13, 14) ==
        "PW610 guard.maxShrink 0: 13 items came, 14 items stored, at least 14 items wanted");
  CHECK(compared(R"(, "maxShrink": 0.9)", 1, 10) == "ok");
  CHECK(compared(R"(, "maxShrink": 0.5)", 20, 10) == "ok");
}

TEST_CASE("growing is refused above stored x (1 + x), exactly") {
  CHECK(compared(R"(, "maxGrow": 2)", 42, 14) == "ok");
  CHECK(compared(R"(, "maxGrow": 2)", 43, 14) ==
        "PW610 guard.maxGrow 2: 43 items came, 14 items stored, at most 42 items wanted");
  CHECK(compared(R"(, "maxGrow": 0)", 14, 14) == "ok");
  CHECK(compared(R"(, "maxGrow": 0)", 15, 14).starts_with("PW610"));
  CHECK(compared(R"(, "maxGrow": 0.5)", 22, 15) == "ok");  // 22.5 is the border
  CHECK(compared(R"(, "maxGrow": 0.5)", 23, 15).starts_with("PW610"));
  CHECK(compared(R"(, "maxGrow": 9)", 141, 14).starts_with("PW610"));
  CHECK(compared(R"(, "maxGrow": 2)", 1000, 0) == "ok");  // nothing is a multiple of nothing
}

TEST_CASE("a share that gives a whole number has its border at that number") {
  // For every whole percentage of every size: the borders in whole numbers, without binary fractions.
  for (std::size_t percent = 0; percent <= 100; ++percent)
    for (const std::size_t stored : {1U, 3U, 7U, 10U, 50U, 100U, 999U, 1000U, 123456U}) {
      const std::size_t least = (stored * (100 - percent) + 99) / 100, most = stored * (100 + percent) / 100;
      shape::Shaped fresh;
      schedule::GuardSpec guard;
      guard.max_shrink = std::stod(std::to_string(percent / 100) + "." + (percent % 100 < 10 ? "0" : "") +
                                   std::to_string(percent % 100));
      guard.max_grow = guard.max_shrink;
      const auto verdict = [&](std::size_t items) {
        fresh.items = items;
        return shape::compare(guard, fresh, {0, stored, false}).ok();
      };
      INFO(percent << " % of " << stored);
      CHECK(verdict(least));
      if (least > 0) CHECK_FALSE(verdict(least - 1));
      CHECK(verdict(most));
      CHECK_FALSE(verdict(most + 1));
    }
}

TEST_CASE("bytes are compared unless both are arrays") {
  CHECK(compared(R"(, "maxShrink": 0.5)", "\"12345678\"", "\"123456789012345678\"") == "ok");  // 10 of 20
  CHECK(compared(R"(, "maxShrink": 0.5)", "\"1234567\"", "\"123456789012345678\"") ==
        "PW610 guard.maxShrink 0.5: 9 B came, 20 B stored, at least 10 B wanted");
  CHECK(compared(R"(, "maxGrow": 1)", list(3), R"({"a":12345})") == "ok");
  CHECK(compared(R"(, "maxGrow": 0)", R"({"a":1})", "[1,1]") ==
        "PW610 guard.maxGrow 0: 7 B came, 5 B stored, at most 5 B wanted");
}

TEST_CASE("what is stored is compared without its wrapper") {
  const std::string wrapped = R"({"tracks":[1,1,1,1]})";
  CHECK(compared(R"(, "maxShrink": 0.5)", list(2), wrapped, R"("as": "tracks")") == "ok");
  CHECK(compared(R"(, "maxShrink": 0.5)", list(1), wrapped, R"("as": "tracks")").find("4 items stored") !=
        std::string::npos);
  CHECK(compared("", "[]", R"({"tracks":[]})", R"("as": "tracks")") == "ok");
  CHECK(compared("", "[]", "{ }", R"("as": "tracks")") == "ok");  // no wrapper, and nothing to lose
  // Stored before `as` was declared or renamed: the payload as it is.
  CHECK(compared("", "[]", wrapped, R"("as": "songs")").starts_with("PW610 an empty value"));
  CHECK(compared(R"(, "maxShrink": 0.5)", list(2), wrapped, R"("as": "songs")").find("20 B stored") !=
        std::string::npos);
  CHECK(compared(R"(, "maxShrink": 0.5)", list(2), list(4), R"("as": "tracks")") == "ok");
}

TEST_CASE("the stored value is read only if a rule would look at it") {
  CHECK_FALSE(asks("", "[1]"));
  CHECK(asks("", "[]"));
  CHECK(asks("", "{}"));
  CHECK_FALSE(asks("", "null"));
  CHECK_FALSE(asks(R"(, "minItems": 0)", "[]"));
  CHECK_FALSE(asks(R"(, "maxShrink": 1)", "[]"));
  CHECK(asks(R"(, "maxShrink": 0.5)", "[1]"));
  CHECK(asks(R"(, "maxGrow": 5)", "[1]"));
  CHECK_FALSE(asks(R"(, "minItems": 1, "maxItems": 5, "unique": "/id")", "[1]"));
}
