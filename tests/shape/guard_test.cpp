// SPDX-License-Identifier: Apache-2.0
#include "shape/shaping.hpp"

using namespace prewarm;
using namespace prewarm::testing;

namespace {

std::string guarded(const std::string& guard, const std::string& body) {
  const std::string said = outcome(shape_text(schedule_of("\"guard\": {" + guard + "}"), body));
  return said == body ? "ok" : said;
}

}  // namespace

TEST_CASE("null is refused unless it is allowed") {
  CHECK(guarded("", "null") == "PW610 guard.allowNull false: null came");
  CHECK(guarded(R"("type": "array")", "null") == "PW610 guard.allowNull false: null came");
  CHECK(guarded(R"("allowNull": true)", "null") == "ok");
  CHECK(guarded(R"("allowNull": true, "type": "array", "minItems": 1, "required": ["/0"])", "null") == "ok");
}

TEST_CASE("the type of the value is guarded") {
  const std::pair<const char*, const char*> values[] = {
      {"array", "[1]"}, {"object", "{\"a\":1}"}, {"string", "\"a\""}, {"number", "-1"}, {"boolean", "false"}};
  for (const auto& [wanted, good] : values)
    for (const auto& [type, body] : values) {
      INFO(wanted << " " << type);
      const std::string want(wanted);
      CHECK(guarded("\"type\": \"" + want + "\"", body) ==
            (want == type ? "ok" : "PW610 guard.type " + want + ": a value of type " + type + " came"));
      CHECK(guarded(R"("type": "any")", body) == "ok");
      static_cast<void>(good);
    }
}

TEST_CASE("the number of items is guarded at its exact borders") {
  CHECK(guarded(R"("minItems": 2)", "[1,2]") == "ok");
  CHECK(guarded(R"("minItems": 2)", "[1]") == "PW610 guard.minItems 2: 1 item came");
  CHECK(guarded(R"("minItems": 1)", "[]") == "PW610 guard.minItems 1: 0 items came");
  CHECK(guarded(R"("minItems": 0)", "[]") == "ok");
  CHECK(guarded(R"("maxItems": 2)", "[1,2]") == "ok");
  CHECK(guarded(R"("maxItems": 2)", "[1,2,3]") == "PW610 guard.maxItems 2: 3 items came");
  CHECK(guarded(R"("maxItems": 0)", "[1]") == "PW610 guard.maxItems 0: 1 item came");
  CHECK(guarded(R"("minItems": 2)", R"({"a":1})") == "ok");  // for arrays
  CHECK(guarded(R"("maxItems": 1)", R"({"a":1,"b":2})") == "ok");
}

TEST_CASE("items are counted behind limit") {
  CHECK(outcome(shape_text(schedule_of(R"("shape": {"limit": 2}, "guard": {"maxItems": 2})"), "[1,2,3]")) ==
        "[1,2]");
}

TEST_CASE("what is required must be there and not null, in the shaped value") {
  CHECK(guarded(R"("required": ["/0/title"])", R"([{"title":""}])") == "ok");
  CHECK(guarded(R"("required": ["/0/title"])", R"([{"title":false},{}])") == "ok");
  CHECK(guarded(R"("required": ["/0/title"])", R"([{"title":null}])") ==
        "PW610 guard.required \"/0/title\": null came");
  CHECK(guarded(R"("required": ["/0/title"])", "[null,null]") ==
        "PW610 guard.required \"/0/title\": nothing is there");
  CHECK(guarded(R"("required": ["/0", "/1"])", "[1]") == "PW610 guard.required \"/1\": nothing is there");
  const auto picked = schedule_of(
      R"("shape": {"pick": {"title": "/name"}, "as": "list"}, "guard": {"required": ["/0/title"]})");
  CHECK(outcome(shape_text(picked, R"([{"name":"a"}])")) == R"({"list":[{"title":"a"}]})");
  CHECK(outcome(shape_text(picked, R"([{"title":"a"}])")) == "PW610 guard.required \"/0/title\": null came");
}

TEST_CASE("no two items may agree where they are to be unique") {
  CHECK(guarded(R"("unique": "/id")", R"([{"id":1},{"id":2},{"id":"1"}])") == "ok");
  CHECK(guarded(R"("unique": "/id")", R"([{"id":1},{"id":2},{"id":1.0}])") ==
        "PW610 guard.unique \"/id\": items 0 and 2 agree there");
  CHECK(guarded(R"("unique": "/id")", R"([{"id":"é"},{"id":"\u00e9"}])") ==
        "PW610 guard.unique \"/id\": items 0 and 1 agree there");
  CHECK(guarded(R"("unique": "/id")", R"([{"id":"a"},{"id":"A"}])") == "ok");
  CHECK(guarded(R"("unique": "/id")", R"([{"id":1},{}])") == "ok");
  CHECK(guarded(R"("unique": "/id")", R"([{},{"id":null}])") ==
        "PW610 guard.unique \"/id\": items 0 and 1 agree there");
  CHECK(guarded(R"("unique": "")", R"(["a","b","a"])") ==
        "PW610 guard.unique \"\": items 0 and 2 agree there");
  CHECK(guarded(R"("unique": "/id")", R"({"id":1,"x":2})") == "ok");
}

TEST_CASE("a refusal names the field to change") {
  const auto refusal = shape_text(schedule_of(R"("guard": {"minItems": 1})"), "[]");
  CHECK(refusal.error().remedy == "if this answer is right, change guard.minItems");
  CHECK_FALSE(refusal.error().retryable);
}
