// SPDX-License-Identifier: Apache-2.0
#include "base/random_json.hpp"
#include "shape/shaping.hpp"

using namespace prewarm;
using namespace prewarm::testing;

namespace {

const char* const kPick =
    R"("pick": {"title": "/name", "by": "/artist/name", "source": {"const": {"a": [1, "x y"]}}})";

std::string shaped(const std::string& shape, const std::string& body, const std::string& guard = "") {
  return outcome(shape_text(schedule_of("\"shape\": {" + shape + "}" + guard), body));
}

}  // namespace

TEST_CASE("a selected value is stored by its own bytes, white space inside included") {
  const std::string body = R"( {"a": { "b~/c" : [ 1 , 2 ] , "n": 1.0 } , "list":[{"x":1},{"x":[ 2 ]}] } )";
  CHECK(shaped(R"("select": "/a")", body) == R"({ "b~/c" : [ 1 , 2 ] , "n": 1.0 })");
  CHECK(shaped(R"("select": "/a/b~0~1c")", body) == "[ 1 , 2 ]");
  CHECK(shaped(R"("select": "/a/n")", body) == "1.0");
  CHECK(shaped(R"("select": "/list/1/x")", body) == "[ 2 ]");
  CHECK(shaped(R"("select": "/list/1/x/0")", body) == "2");
  CHECK(shaped(R"("select": "/a/n", "as": "value")", body) == R"({"value":1.0})");
}

TEST_CASE("a select that finds nothing says how far it came") {
  const std::string body = R"({"a":{"b":[1,2],"s":"text","n":null}})";
  const auto miss = [&](const std::string& pointer) {
    return shaped("\"select\": \"" + pointer + "\"", body);
  };
  const auto said = [](const std::string& pointer, const std::string& why) {
    return "PW603 shape.select \"" + pointer + "\" finds nothing: " + why;
  };
  CHECK(miss("/x") == said("/x", "the body has no member \"x\""));
  CHECK(miss("/a/x/y") == said("/a/x/y", "/a has no member \"x\""));
  CHECK(miss("/a/b/2") == said("/a/b/2", "/a/b, an array, has no element \"2\""));
  CHECK(miss("/a/b/-") == said("/a/b/-", "/a/b, an array, has no element \"-\""));
  CHECK(miss("/a/b/01") == said("/a/b/01", "/a/b, an array, has no element \"01\""));
  CHECK(miss("/a/b/00") == said("/a/b/00", "/a/b, an array, has no element \"00\""));
  CHECK(miss("/a/b/1x") == said("/a/b/1x", "/a/b, an array, has no element \"1x\""));
  CHECK(miss("/a/b/+1") == said("/a/b/+1", "/a/b, an array, has no element \"+1\""));
  CHECK(miss("/a/b/18446744073709551616") ==
        said("/a/b/18446744073709551616", "/a/b, an array, has no element \"18446744073709551616\""));
  CHECK(miss("/a/s/0") == said("/a/s/0", "/a/s is a string"));
  CHECK(miss("/a/n/x") == said("/a/n/x", "/a/n is null"));
  const std::string lengthy(200, 'm');
  CHECK(miss("/" + lengthy).ends_with("the body has no member \"" + std::string(80, 'm') + "…\""));
}

TEST_CASE("a select of any length is shown in short") {
  const std::string text = shaped("\"select\": \"/" + std::string(500, 'x') + "\"", "{}");
  CHECK(text.starts_with("PW603 shape.select \"/xxx"));
  CHECK(text.size() < 300);
}

TEST_CASE("pick writes its members in order, compact, with the values' own bytes") {
  CHECK(
      shaped(kPick, R"([ {"artist" : {"name":"\u00c9a"} , "name" : [ 1.0 , 2 ]} , {"name":null} , 5 ])") ==
      R"([{"title":[ 1.0 , 2 ],"by":"\u00c9a","source":{"a":[1,"x y"]}},)"
      R"({"title":null,"by":null,"source":{"a":[1,"x y"]}},{"title":null,"by":null,"source":{"a":[1,"x y"]}}])");
  CHECK(shaped(kPick, R"({"name":1e400})") == R"({"title":1e400,"by":null,"source":{"a":[1,"x y"]}})");
  CHECK(shaped(kPick, "[]", R"(, "guard": {"minItems": 0})") == "[]");
  CHECK(shaped(R"("pick": {"all": "", "inner": "/a", "deep": "/a/b"})", R"({"a":{"b":[1]}})") ==
        R"({"all":{"a":{"b":[1]}},"inner":{"b":[1]},"deep":[1]})");
  CHECK(shaped(R"("pick": {"a": "/x", "b": "/x"})", R"({"x":1})") == R"({"a":1,"b":1})");
  CHECK(shaped(R"("pick": {"first": "/0", "third": "/2/0"})", R"([["a","b",["c"]],["d"]])") ==
        R"([{"first":"a","third":"c"},{"first":"d","third":null}])");
  CHECK(shaped(R"("pick": {"a\"é": "/a"})", R"({"a":1})") == R"({"a\"é":1})");
}

TEST_CASE("of repeated members the first counts, also for pick and select") {
  CHECK(shaped(R"("select": "/a")", R"({"a":1,"a":2})") == "1");
  CHECK(shaped(R"("select": "/a/b")", R"({"a":{"c":1},"a":{"b":2}})").starts_with("PW603"));
  CHECK(shaped(R"("pick": {"x": "/a", "y": "/b"})", R"({"a":1,"a":2,"b":3,"b":4})") == R"({"x":1,"y":3})");
  CHECK(shaped(R"("pick": {"x": "/a/b"})", R"({"a":{"c":1},"a":{"b":2}})") == R"({"x":null})");
}

TEST_CASE("a member is found by its text, however it is escaped") {
  CHECK(shaped(R"("select": "/café")", R"({"cafe":0,"caf\u00e9":1})") == "1");
  CHECK(shaped(R"("select": "/a\\n")", R"({"a\\n":0,"a\n":1})").starts_with("0"));
  CHECK(shaped(R"("pick": {"x": "/🎵"})", R"([{"\ud83c\udfb5":7}])") == R"([{"x":7}])");
  CHECK(shaped(R"("select": "/")", R"({"":7})") == "7");
}

TEST_CASE("limit keeps the first elements") {
  const std::string body = "[ 1 , [ 2 , 3 ] , {\"a\": 4} , 5 ]";
  CHECK(shaped(R"("limit": 2)", body) == "[1,[ 2 , 3 ]]");
  CHECK(shaped(R"("limit": 4)", body) == R"([1,[ 2 , 3 ],{"a": 4},5])");
  CHECK(shaped(R"("limit": 9, "as": "list")", body) == R"({"list":[1,[ 2 , 3 ],{"a": 4},5]})");
  CHECK(shaped(R"("limit": 1)", "{\"a\":1}") == "{\"a\":1}");
  CHECK(shaped(R"("limit": 1, "pick": {"x": "/x"})", R"([{"x":1},{"x":2}])") == R"([{"x":1}])");
  CHECK(shape_text(schedule_of(R"("shape": {"limit": 2})"), body)->items == 2U);
}

TEST_CASE("pick of a value that has no members is refused, of null it is null") {
  CHECK(shaped(R"("select": "/a", "pick": {"x": "/x"})", R"({"a":"text"})") ==
        "PW603 shape.pick wants an array or an object; at /a is a string");
  CHECK(shaped(R"("pick": {"x": "/x"})", "7") ==
        "PW603 shape.pick wants an array or an object; at the top is a number");
  CHECK(shaped(R"("pick": {"x": "/x"})", "null") == "PW610 guard.allowNull false: null came");
  CHECK(shaped(R"("pick": {"x": "/x"})", "null", R"(, "guard": {"allowNull": true})") == "null");
}

TEST_CASE("a shaped value that nests too deep is refused") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(shaped(R"("as": "x")", nested(63)) == "{\"x\":" + nested(63) + "}");
  CHECK(shaped(R"("as": "x")", nested(64)) == "PW603 the shaped value is nested more than 64 deep");
  CHECK(shaped(R"("pick": {"x": ""})", "{\"a\":" + nested(63) + "}") ==
        "PW603 the shaped value is nested more than 64 deep");
}

TEST_CASE("facts of the shaped value are of the value before it is wrapped") {
  struct Row {
    const char* body;
    JsonType type;
    std::optional<std::size_t> items;
    bool empty;
  };
  const auto schedule =
      schedule_of(R"("shape": {"select": "/v", "as": "wrapped"}, "guard": {"allowNull": true})");
  for (const Row& row :
       {Row{"[]", JsonType::array, 0, true}, Row{"[ ]", JsonType::array, 0, true},
        Row{"{ }", JsonType::object, std::nullopt, true}, Row{"\"\"", JsonType::string, std::nullopt, true},
        Row{"\" \"", JsonType::string, std::nullopt, false}, Row{"[[]]", JsonType::array, 1, false},
        Row{"{\"a\":0}", JsonType::object, std::nullopt, false},
        Row{"0", JsonType::number, std::nullopt, false}, Row{"false", JsonType::boolean, std::nullopt, false},
        Row{"null", JsonType::null, std::nullopt, false}}) {
    INFO(row.body);
    const auto result = shape_text(schedule, "{\"v\":" + std::string(row.body) + "}");
    REQUIRE(result.ok());
    CHECK(result->payload == "{\"wrapped\":" + std::string(row.body) + "}");
    CHECK(json_type_name(result->type) == json_type_name(row.type));
    CHECK(result->items == row.items);
    CHECK(result->empty == row.empty);
    CHECK(result->value_bytes == std::string(row.body).size());
  }
}

TEST_CASE("every shaped payload is one sound JSON text") {
  const auto picked = schedule_of(
      R"("shape": {"as": "w", "limit": 3, "pick": {"a": "/a", "b": "/b/0", "z": "/Z", "é": "/é", "c": {"const": 1}}})");
  const auto untouched = schedule_of(R"("guard": {"allowNull": true})");
  RandomJson random(11);
  int shaped_well = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string body = random.space() + random.text() + random.space();
    REQUIRE(outcome(shape_text(untouched, body)) == trim_json(body));
    const auto result = shape_text(picked, body);
    if (!result) continue;
    ++shaped_well;
    if (scan_json(result->payload)) FAIL(result->payload.view() << " out of " << body);
  }
  CHECK(shaped_well > 500);
}
