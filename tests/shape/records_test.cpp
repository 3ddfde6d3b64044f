// SPDX-License-Identifier: Apache-2.0
// Which record of an answer belongs to which id, and what becomes of those that belong to none.
#include "shape/fan.hpp"

using namespace prewarm;
using namespace prewarm::testing;

TEST_CASE("a record goes to the id that it names, in whatever order they come") {
  const auto schedule = batched();
  CHECK(answer(schedule, R"([{"id":"u1"},{"id":"u2"},{"id":"u3"},{"id":"u4"}])").values ==
        Lines{R"(u1 {"id":"u1"})", R"(u2 {"id":"u2"})", R"(u3 {"id":"u3"})", R"(u4 {"id":"u4"})"});
  CHECK(answer(schedule, R"([{"id":"u4"},{"id":"u2"},{"id":"u3"},{"id":"u1"}])").values ==
        Lines{R"(u4 {"id":"u4"})", R"(u2 {"id":"u2"})", R"(u3 {"id":"u3"})", R"(u1 {"id":"u1"})"});
}

TEST_CASE("an id whose record does not come is left out") {
  const auto came = answer(batched(), R"([{"id":"u1"},{"id":"u4"}])");
  CHECK(came.values == Lines{R"(u1 {"id":"u1"})", R"(u4 {"id":"u4"})"});
  CHECK(came.strangers == 0);
  const auto none = answer(batched(), " [ ] ");
  CHECK(none.refused.empty());
  CHECK(none.values.empty());
}

TEST_CASE("a record of an id that nobody asked for is counted and passed over") {
  const auto came = answer(batched(), R"([{"id":"u9"},{"id":"u2"},{"id":"U2"},{"id":"u22"},{"id":""}])");
  CHECK(came.values == Lines{R"(u2 {"id":"u2"})"});
  CHECK(came.without_id.empty());
  CHECK(came.strangers == 4);
}

TEST_CASE("an id of the list that this request did not ask for is a stranger to it") {
  const auto came =
      answer(batched(), R"([{"id":"u4"},{"id":"u3"},{"id":"u2"},{"id":"u1"}])", 1, 2);  // u2 and u3 alone
  CHECK(came.values == Lines{R"(u3 {"id":"u3"})", R"(u2 {"id":"u2"})"});
  CHECK(came.strangers == 2);
  // The last id of a request is followed by one of the next request, which is none of its own.
  CHECK(answer(batched(), R"([{"id":"u2"},{"id":"u3"}])", 1, 1).strangers == 1);
}

TEST_CASE("a record that names no id is told with its place, and costs no other one") {
  const auto came = answer(batched(), R"([{"id":"u1"},{"ID":"u2"},[],7,{"id":"u3"}])");
  CHECK(came.values == Lines{R"(u1 {"id":"u1"})", R"(u3 {"id":"u3"})"});
  CHECK(came.without_id == Lines{R"(PW607 record 1 has no id: "/id" finds nothing)",
                                 R"(PW607 record 2 has no id: "/id" finds nothing)",
                                 R"(PW607 record 3 has no id: "/id" finds nothing)"});
  CHECK(came.strangers == 0);
}

TEST_CASE("an id that is neither a text nor a number is none") {
  for (const char* id : {"null", "true", "[\"u1\"]", R"({"id":"u1"})"}) {
    INFO(id);
    const auto came = answer(batched(), "[{\"id\":" + std::string(id) + R"(},{"id":"u2"}])");
    CHECK(came.values == Lines{R"(u2 {"id":"u2"})"});
    CHECK(came.without_id == Lines{R"(PW607 record 0 has no id: "/id" is neither a text nor a number)"});
  }
}

TEST_CASE("half a surrogate pair is no text, so it is no id") {
  const auto came = answer(batched(), R"([{"id":"\ud800"},{"id":"u2"}])");
  CHECK(came.values == Lines{R"(u2 {"id":"u2"})"});
  CHECK(came.without_id.size() == 1);
  CHECK(came.strangers == 0);
}

TEST_CASE("two records of one id refuse that id, and no other") {
  const std::string refused = R"(u2 PW606 two records have the id "u2")";
  auto came = answer(batched(), R"([{"id":"u2","n":1},{"id":"u1"},{"id":"u2","n":2}])");
  CHECK(came.values == Lines{refused, R"(u1 {"id":"u1"})"});
  // Equal ones too, one behind the other, and a third.
  came = answer(batched(), R"([{"id":"u2"},{"id":"u2"},{"id":"u3"},{"id":"u2"}])");
  CHECK(came.values == Lines{refused, R"(u3 {"id":"u3"})"});
  CHECK(came.strangers == 0);
}

TEST_CASE("ids are compared by what they say, not by how they are written") {
  CHECK(answer(batched(), R"([{"id":"\u00751"},{"id":"u\u0032"}])").values ==
        Lines{R"(u1 {"id":"\u00751"})", R"(u2 {"id":"u\u0032"})"});
  CHECK(answer(batched(), R"([{"id":"u1"},{"id":"\u0075\u0031"}])").values ==
        Lines{R"(u1 PW606 two records have the id "u1")"});
}

TEST_CASE("a number is the id that its bytes spell") {
  const auto schedule =
      schedule_of(R"("fanout": {"ids": ["17", "1.5", "-3", "170"], "batch": 4, "param": "id", "id": "/id"})");
  const auto came = answer(schedule, R"([{"id":17},{"id":1.5},{"id":-3},{"id":17.0},{"id":1.7e2}])");
  CHECK(came.values == Lines{R"(17 {"id":17})", R"(1.5 {"id":1.5})", R"(-3 {"id":-3})"});
  CHECK(came.strangers == 2);
  CHECK(answer(schedule, R"([{"id":"17"},{"id":17}])").values ==
        Lines{R"(17 PW606 two records have the id "17")"});
}

TEST_CASE("records and their ids may lie deep in the answer") {
  const auto deep = schedule_of(
      R"("fanout": {"ids": ["u1", "u2"], "batch": 2, "param": "id", "records": "/page/users", "id": "/user/id"})");
  const auto came =
      answer(deep, R"({"page":{"users":[ {"user":{"id":"u2"},"id":"u1"} , {"id":"u1"} ]},"users":[]})", 0, 2);
  CHECK(came.values == Lines{R"(u2 {"user":{"id":"u2"},"id":"u1"})"});
  CHECK(came.without_id == Lines{R"(PW607 record 1 has no id: "/user/id" finds nothing)"});
}

TEST_CASE("an answer without an array of records is refused as a whole") {
  const auto schedule = batched(R"("records": "/users")");
  CHECK(answer(schedule, R"({"users":[]})").refused.empty());
  CHECK(answer(schedule, R"({"error":"busy"})").refused ==
        R"(PW603 fanout.records "/users" finds nothing: the body has no member "users")");
  CHECK(answer(schedule, "[]").refused ==
        R"(PW603 fanout.records "/users" finds nothing: the body, an array, has no element "users")");
  CHECK(answer(schedule, R"({"users":"u1"})").refused ==
        R"(PW603 fanout.records "/users" finds a value of type string, not an array)");
  CHECK(answer(batched(), R"({"id":"u1"})").refused ==
        R"(PW603 fanout.records "" finds a value of type object, not an array)");
}

TEST_CASE("an answer that is not JSON or not what was expected is refused as a whole") {
  CHECK(answer(batched(), R"([{"id":"u1"})").refused.starts_with("PW601 "));
  const auto wary =
      schedule_of(R"("fanout": {"ids": ["u1"], "batch": 2, "param": "id", "records": "/users", "id": "/id"})",
                  R"("expect": {"/error": null})");
  CHECK(answer(wary, R"({"error":"busy","users":[{"id":"u1"}]})", 0, 1).refused.starts_with("PW523 "));
  CHECK(answer(wary, R"({"error":null,"users":[{"id":"u1"}]})", 0, 1).values == Lines{R"(u1 {"id":"u1"})"});
}

TEST_CASE("a record that is refused costs no other one") {
  const auto came =
      answer(batched("", R"("shape": {"select": "/tags"}, "guard": {"minItems": 1})"),
             R"([{"id":"u1","tags":[1]},{"id":"u2"},{"id":"u3","tags":[]},{"id":"u4","tags":[4]}])");
  CHECK(came.values == Lines{"u1 [1]",
                             R"(u2 PW603 shape.select "/tags" finds nothing: the body has no member "tags")",
                             "u3 PW610 guard.minItems 1: 0 items came", "u4 [4]"});
}

TEST_CASE("each record fills its own keys, and an alias that it cannot fill is left out") {
  const auto came =
      answer(batched("", "", R"("{name}:{env}:{id}:v{version}", "{name}:{env}:by:{/name}:v{version}")"),
             R"([{"id":"u2","name":"amara"},{"id":"u1"}])");
  CHECK(came.keys == Lines{"news:production:u2:v1", "news:production:by:amara:v1", "news:production:u1:v1"});
}

TEST_CASE("a record whose key cannot be filled is refused, and no other") {
  const auto came = answer(batched("", "", R"("{name}:{env}:{/name}:{id}:v{version}")"),
                           R"([{"id":"u1"},{"id":"u2","name":"amara"}])");
  REQUIRE(came.values.size() == 2);
  CHECK(came.values[0].starts_with("u1 PW605 "));
  CHECK(came.keys == Lines{"news:production:amara:u2:v1"});
}

TEST_CASE("of a request for one id the answer is its record, and needs to name no id") {
  const auto came = answer(one_each(), R"( {"name":"amara"} )", 1, 1);
  CHECK(came.values == Lines{R"(u2 {"name":"amara"})"});
  CHECK(came.keys == Lines{"news:production:u2:v1"});
  CHECK(answer(one_each(R"("records": "/user")"), R"({"user": [1, 2] })", 0, 1).values == Lines{"u1 [1, 2]"});
  CHECK(answer(one_each(R"("records": "/user")"), R"({"users":{}})", 0, 1).refused ==
        R"(PW603 fanout.records "/user" finds nothing: the body has no member "user")");
  CHECK(answer(one_each("", R"("guard": {"type": "array"})"), "{}", 0, 1).values ==
        Lines{"u1 PW610 guard.type array: a value of type object came"});
}

TEST_CASE("payloads lie in a body that stays where it is, and are taken over from a short one") {
  const auto numbers = schedule_of(R"("fanout": {"ids": ["1"], "batch": 2, "param": "id", "id": ""})");
  const auto lies = [&](const run::Body& body) {
    const auto records = shape::Shaper().records(*numbers, body, {ids_of(numbers), 0, 1});
    REQUIRE(records.ok());
    REQUIRE(records->values.size() == 1);
    CHECK(outcome(records->values[0].shaped) == "1");
    return records->values[0].shaped->payload.lies();
  };
  run::Body shortened;
  shortened.bytes = "[1]";
  CHECK_FALSE(lies(shortened));
  CHECK(lies(body_of("[1]")));
}

TEST_CASE("a short body may be moved, and the payloads out of it stay") {
  const auto schedule = schedule_of(
      R"("fanout": {"ids": ["1", "2"], "batch": 2, "param": "id", "id": "/0"}, "guard": {"maxItems": 1})");
  run::Body body;
  body.bytes = "[[2],[1,0]]";
  const auto records = shape::Shaper().records(*schedule, body, {ids_of(schedule), 0, 2});
  const run::Body moved = std::move(body);
  body.bytes = "overwritten";
  REQUIRE(records.ok());
  REQUIRE(records->values.size() == 2);
  CHECK(outcome(records->values[0].shaped) == "[2]");
  CHECK(outcome(records->values[1].shaped) == "PW610 guard.maxItems 1: 2 items came");
}
