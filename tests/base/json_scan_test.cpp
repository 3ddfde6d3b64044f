// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include "base/random_json.hpp"
#include "prewarm/base/json.hpp"

using namespace prewarm;
using namespace std::string_literals;

namespace {

std::string nested(std::size_t depth, const std::string& inside = "") {
  return std::string(depth, '[') + inside + std::string(depth, ']');
}

}  // namespace

TEST_CASE("sound JSON is sound, whatever its numbers and escapes mean") {
  for (const std::string& text : {"null"s,
                                  " \t\r\n true \n"s,
                                  "false"s,
                                  "0"s,
                                  "-0"s,
                                  "1.0"s,
                                  "1e2"s,
                                  "1E+2"s,
                                  "-1.5e-7"s,
                                  "1e400"s,
                                  "18446744073709551616"s,
                                  std::string(100, '9'),
                                  "\"\""s,
                                  R"("\ud800")"s,
                                  R"("\u0000")"s,
                                  R"("\"\\\/\b\f\n\r\t")"s,
                                  "\"é日🎵\x7f\""s,
                                  "[]"s,
                                  "{}"s,
                                  "[ ]"s,
                                  "{ }"s,
                                  R"([1,"a",null,{"a":[{}]}])"s,
                                  R"({"a":1,"a":2,"":{}})"s,
                                  R"({"__proto__":{}})"s,
                                  "[1 , 2]"s,
                                  nested(64),
                                  nested(63, "{}"),
                                  nested(64, "1")}) {
    INFO(text);
    const auto fault = scan_json(text);
    CHECK((fault ? fault->what : "") == "");
  }
}

TEST_CASE("what is no JSON text is refused with what was found and where") {
  struct Row {
    std::string text, what;
    std::size_t at;
  };
  const Row rows[] = {
      {"", "found the end instead of a value", 0},
      {" \n", "found the end instead of a value", 2},
      {"<html>", "found '<' instead of a value", 0},
      {"\xef\xbb\xbf[]", "found a byte-order mark", 0},
      {"[] []", "found '[' instead of the end of the text", 3},
      {"{}x", "found 'x' instead of the end of the text", 2},
      {"[]\0"s, "found a NUL byte instead of the end of the text", 2},
      {"\0"s, "found a NUL byte instead of a value", 0},
      {"[1,]", "found ']' instead of a value", 3},
      {"[,1]", "found ',' instead of a value", 1},
      {"[1 2]", "found '2' instead of ',' or ']'", 3},
      {"[1}", "found '}' instead of ',' or ']'", 2},
      {R"({"a":1])", "found ']' instead of ',' or '}'", 6},
      {R"({"a" 1})", "found '1' instead of ':'", 5},
      {R"({"a":1,})", "found '}' instead of a member name in double quotes", 7},
      {"{a:1}", "found 'a' instead of a member name in double quotes", 1},
      {"['a']", "found ''' instead of a value", 1},
      {"[1] // note", "found '/' instead of the end of the text", 4},
      {"NaN", "found 'N' instead of a value", 0},
      {"nul", "found 'n' instead of a value", 0},
      {"truee", "found 'e' instead of the end of the text", 4},
      {"01", "a number with a leading zero", 1},
      {"-01", "a number with a leading zero", 2},
      {"+1", "found '+' instead of a value", 0},
      {"1.", "found the end instead of a digit", 2},
      {".5", "found '.' instead of a value", 0},
      {"-", "found the end instead of a digit", 1},
      {"1e", "found the end instead of a digit", 2},
      {"1e+x", "found 'x' instead of a digit", 3},
      {"0x10", "found 'x' instead of the end of the text", 1},
      {"\"abc", "the text ends inside a string", 4},
      {"\"a\nb\"", "found byte 0x0a inside a string", 2},
      {"\"\x1f and a word\"", "found byte 0x1f inside a string", 1},
      {"\"a\x1f\"", "found byte 0x1f inside a string", 2},
      {"\"a\0b\""s, "found a NUL byte inside a string", 2},
      {R"("\x41")", "found 'x' instead of an escape", 2},
      {R"("\u12g4")", "found 'g' instead of a hexadecimal digit", 5},
      {"\"\\", "found the end instead of an escape", 2},
      {"\"\xc0\xaf\"", "bytes that are not UTF-8", 1},          // overlong
      {"\"a\xed\xa0\x80\"", "bytes that are not UTF-8", 2},     // a raw surrogate
      {"\"\xf4\x90\x80\x80\"", "bytes that are not UTF-8", 1},  // beyond U+10FFFF
      {"\"\xe2\x82\"", "bytes that are not UTF-8", 1},
      {"\"a\xe2\x82", "the text ends inside a string", 4},
      {"\"\xe0", "the text ends inside a string", 2},
      {"\"\xed", "the text ends inside a string", 2},
      {"\"\xf0\x9f\x8e", "the text ends inside a string", 4},
      {"\"\xed\xa0", "bytes that are not UTF-8", 1},
      {"[\xff]", "found byte 0xff instead of a value", 1},
      {nested(65), "nested more than 64 deep", 64},
      {nested(64, "{}"), "nested more than 64 deep", 64},
      {std::string(1000000, '['), "nested more than 64 deep", 64},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto fault = scan_json(row.text);
    REQUIRE(fault.has_value());
    CHECK(fault->what == row.what);
    CHECK(fault->at == row.at);
  }
}

TEST_CASE("a JSON text cut at any byte is refused, but for a bare number") {
  testing::RandomJson random(20260501);
  for (int round = 0; round < 200; ++round) {
    const std::string text = "[" + random.text() + "]";
    REQUIRE_FALSE(scan_json(text).has_value());
    for (std::size_t length = 0; length < text.size(); ++length)
      if (!scan_json(text.substr(0, length))) FAIL("sound though cut: " << text.substr(0, length));
  }
}

TEST_CASE("the first byte tells the type") {
  CHECK(json_type(" [1]") == JsonType::array);
  CHECK(json_type("\n{") == JsonType::object);
  CHECK(json_type("\"a\"") == JsonType::string);
  CHECK(json_type("-1") == JsonType::number);
  CHECK(json_type("7") == JsonType::number);
  CHECK(json_type("true") == JsonType::boolean);
  CHECK(json_type("false") == JsonType::boolean);
  CHECK(json_type("null") == JsonType::null);
  for (const char* text : {"", "  ", "<", "x", "]", "\x1f\x8b", "+1"})
    CHECK_FALSE(json_type(text).has_value());
  CHECK(json_type_name(JsonType::array) == "array");
  CHECK(json_type_name(JsonType::null) == "null");
  CHECK(json_type_name(JsonType::object) == "object");
}

TEST_CASE("white space around a text is trimmed, inside it is kept") {
  CHECK(trim_json(" \t\r\n[ 1 ] \n") == "[ 1 ]");
  CHECK(trim_json("  ") == "");
  CHECK(trim_json("\v1") == "\v1");
}
