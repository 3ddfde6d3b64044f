// SPDX-License-Identifier: Apache-2.0
#include "shape/shaping.hpp"

using namespace prewarm;
using namespace prewarm::testing;

namespace {

std::string expecting(const std::string& expect, const std::string& body) {
  return outcome(shape_text(schedule_of("", "\"expect\": {" + expect + "}"), body));
}
bool met(const std::string& expect, const std::string& body) { return expecting(expect, body) == body; }

}  // namespace

TEST_CASE("a body holds what is expected of it") {
  CHECK(met(R"("/error": null)", R"({"a":1})"));
  CHECK(met(R"("/error": null)", R"({"error":null})"));
  CHECK(met(R"("/a/b/c": null)", R"({"a":"text"})"));
  CHECK(met(R"("/user": "Example")", R"({"user":"eXAMPLE"})"));
  CHECK(met(R"("/user": "é")", R"({"user":"\u00e9"})"));
  CHECK(met(R"("/n": 1)", R"({"n":1.0})"));
  CHECK(met(R"("/ok": true, "/0": null)", R"({"ok":true})"));
  CHECK(met(R"("/list": [1, {"a": "B"}])", R"({"list":[ 1, {"a":"b"}]})"));
  CHECK(met(R"("": "x")", R"("X")"));
  CHECK(met(R"("/a": 1)", R"({"a":1,"a":2})"));
}

TEST_CASE("a body that does not hold what is expected is refused, and its words are not told") {
  const std::string said = "PW523 fetch.expect ";
  CHECK(expecting(R"("/error": null)", R"({"error":"secret"})") ==
        said + "\"/error\": a value of type string came, null is wanted");
  CHECK(expecting(R"("/error": null)", R"({"error":false})") ==
        said + "\"/error\": a value of type boolean came, null is wanted");
  CHECK(expecting(R"("/error": null)", R"({"error":""})") ==
        said + "\"/error\": a value of type string came, null is wanted");
  CHECK(expecting(R"("/user": "Example")", R"({"user":"Éxample"})") ==
        said + "\"/user\": another string came, \"Example\" is wanted");
  CHECK(expecting(R"("/user": "Example")", R"({})") ==
        said + "\"/user\": nothing is there, \"Example\" is wanted");
  CHECK(expecting(R"("/user": "Example")", R"({"user":null})") ==
        said + "\"/user\": null came, \"Example\" is wanted");
  CHECK(expecting(R"("/n": 1)", R"({"n":"1"})") == said + "\"/n\": a value of type string came, 1 is wanted");
  CHECK(expecting(R"("/n": 1)", R"({"n":2})") == said + "\"/n\": another number came, 1 is wanted");
  CHECK(expecting(R"("/a": 2)", R"({"a":1,"a":2})").starts_with(said));
  CHECK(expecting(R"("/a": 1, "/b": 2)", R"({"a":1})").starts_with(said + "\"/b\""));
}
