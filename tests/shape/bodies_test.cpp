// SPDX-License-Identifier: Apache-2.0
// Bodies that are odd or wrong (PROMISES 11.D): what is no sound JSON is refused, and what is arrives byte
// for byte.
#include "shape/shaping.hpp"

using namespace prewarm;
using namespace prewarm::testing;
using namespace std::string_literals;

namespace {

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("what is not one JSON text in UTF-8 is refused, with place and what was found") {
  struct Row {
    std::string body, message;
  };
  const Row rows[] = {
      {"", "found the end instead of a value at byte 0"},
      {" \n ", "found the end instead of a value at byte 3"},
      {"[1] [2]", "found '[' instead of the end of the text at byte 4"},
      {"{}garbage", "found 'g' instead of the end of the text at byte 2"},
      {"[]\0"s, "found a NUL byte instead of the end of the text at byte 2"},
      {"\xef\xbb\xbf[]", "found a byte-order mark at byte 0"},
      {"[NaN]", "found 'N' instead of a value at byte 1"},
      {"[01]", "a number with a leading zero at byte 2"},
      {"[+1]", "found '+' instead of a value at byte 1"},
      {"[1.]", "found ']' instead of a digit at byte 3"},
      {"[18446744073709551616,01]", "a number with a leading zero at byte 23"},
      {R"(["\ud800",1.])", "found ']' instead of a digit at byte 12"},
      {"[\"\xc0\xaf\"]", "bytes that are not UTF-8 at byte 2"},
      {"[\"\xed\xa0\x80\"]", "bytes that are not UTF-8 at byte 2"},
      {"[\"\0\"]"s, "found a NUL byte inside a string at byte 2"},
      {"[1] // end", "found '/' instead of the end of the text at byte 4"},
      {"[1,/**/2]", "found '/' instead of a value at byte 3"},
      {"[1,]", "found ']' instead of a value at byte 3"},
      {nested(65), "nested more than 64 deep at byte 64"},
      {std::string(1000000, '['), "nested more than 64 deep at byte 64"},
  };
  const auto schedule = schedule_of("");
  shape::Shaper shaper;
  for (const Row& row : rows) {
    INFO(row.body.substr(0, 100));
    CHECK(outcome(shaper.shape(*schedule, body_of(row.body))).ends_with(": " + row.message));
    CHECK(code_of(shaper.shape(*schedule, body_of(row.body)).error().kind) == 601);
  }
  CHECK(outcome(shaper.shape(*schedule, body_of("['a']"))) ==
        "PW601 the body is not JSON: found ''' instead of a value at byte 1");
}

TEST_CASE("sound JSON arrives byte for byte where nothing is reshaped") {
  const auto schedule = schedule_of(R"("guard": {"allowNull": true})");
  shape::Shaper shaper;
  for (const std::string& body : std::initializer_list<std::string>{
           "null", "[]", "{}", "\"\"", "true", "0", "\"text\"", R"({"id":1,"id":2})",
           R"([1e400,9007199254740993,18446744073709551616,1234567890123456789012345678901234567890])",
           "[-0,1.0,1e2,1E+2]", R"(["\ud800","\u0000","\/"])", R"({"__proto__":{"a":1}})",
           "[ 1 ,\n\t{ \"a\" : [ ] } ]", nested(64), "{\"" + std::string(1U << 20, 'n') + "\":1}",
           R"({"version":2,"lastUpdated":"2025-12-04T14:20:29.123Z","payload":[1]})",
           R"([{"updated":"1970-01-01"},{"updated":"2999-01-01"}])"}) {
    INFO(body.substr(0, 100));
    CHECK(outcome(shaper.shape(*schedule, body_of(body))) == body);
    CHECK(outcome(shaper.shape(*schedule, body_of(" \r\n" + body + "\t\n"))) == body);
  }
}

TEST_CASE("a million empty arrays are counted and kept") {
  std::string body = "[";
  for (int i = 0; i < 1000000; ++i) body += i == 0 ? "[]" : ",[]";
  body += "]";
  const auto shaped = shape_text(schedule_of(""), body);
  REQUIRE(shaped.ok());
  CHECK(shaped->items == 1000000U);
  CHECK(shaped->payload == body);
}

TEST_CASE("a body without spare capacity behind it is read as well") {
  run::Body body;
  body.bytes = R"([1,2,{"a":"b"}])";
  body.bytes.shrink_to_fit();
  CHECK(outcome(shape_body(schedule_of(""), body)) == body.bytes);
  body.bytes.back() = '}';
  CHECK(outcome(shape_body(schedule_of(""), body)) ==
        "PW601 the body is not JSON: found '}' instead of ',' or ']' at byte 14");
}

TEST_CASE("a body of 64 MiB is read") {
  std::string body = "[\"";
  body.append((64U << 20) - 4, 'x');
  body += "\"]";
  const auto schedule = schedule_of("");
  CHECK(shape_text(schedule, body)->payload == body);
  body.back() = '}';
  CHECK_FALSE(shape_text(schedule, body).ok());
}

TEST_CASE("one shaper takes many bodies, large and small") {
  const auto schedule = schedule_of("");
  shape::Shaper shaper;
  for (const std::size_t size : {10U, 1000000U, 1U, 5000000U, 300000U, 20U}) {
    const std::string body = "\"" + std::string(size, 'x') + "\"";
    CHECK(shaper.shape(*schedule, body_of(body))->payload == body);
    CHECK_FALSE(shaper.shape(*schedule, body_of(body.substr(0, size))).ok());
  }
}

TEST_CASE("a content type is named when it may explain bytes that are not JSON, and only then") {
  const auto schedule = schedule_of("");
  const auto refusal = [&](const std::string& type) {
    return outcome(shape_body(schedule, body_of("[1,", type)));
  };
  const std::string rest = ": found the end instead of a value at byte 3";
  CHECK(refusal("") == "PW601 the body is not JSON" + rest);
  CHECK(refusal("application/json; charset=utf-8") == "PW601 the body is not JSON" + rest);
  CHECK(refusal("application/problem+json") == "PW601 the body is not JSON" + rest);
  CHECK(refusal("text/plain;charset=utf-8") == "PW601 the body is not JSON (text/plain)" + rest);
  CHECK(refusal("te\x1bxt/pl\xc3\xa4in") == "PW601 the body is not JSON (text/plin)" + rest);
  CHECK(outcome(shape_body(schedule, body_of("[1]", "text/html"))) == "[1]");
}
