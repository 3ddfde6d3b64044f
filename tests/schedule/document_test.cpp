// SPDX-License-Identifier: Apache-2.0
#include "schedule/document.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace prewarm::schedule;

namespace {

Document tree(std::string_view text) { return std::get<Document>(read_document(text)); }
std::string place(std::string_view text, std::size_t at) {
  const Place place = Lines(text).at("f", at);
  return std::to_string(place.line) + ":" + std::to_string(place.column);
}
// "line:column PWnnn message" of a text that is refused.
std::string fault(std::string_view text) {
  const auto result = read_document(text);
  REQUIRE(std::holds_alternative<DocumentFault>(result));
  const auto& fault = std::get<DocumentFault>(result);
  CHECK_FALSE(fault.remedy.empty());
  return place(text, fault.at) + " PW" + std::to_string(fault.code) + " " + fault.message;
}

}  // namespace

TEST_CASE("every name and value knows its line and its column in characters") {
  const std::string_view text =
      "{ // a { comment \"x\": 1\r\n"
      "  \"näme\": \"ü€😀\", \"after\" : -12.5e3,\n"
      "\t/* , : \" */ \"list\": [ true,\n"
      "    null ,{\"deep\":\"a\\\"b\\u00e9\\\\\"},[]  , 0 ]\r}";
  const Document document = tree(text);
  const Node& root = document.root;
  const auto name = [&](const char* member) { return place(text, root.find(member)->name_at); };
  const auto value = [&](const Node& node) { return place(text, node.at); };
  CHECK(value(root) == "1:1");
  CHECK(name("näme") == "2:3");
  CHECK(value(*root.find("näme")) == "2:11");
  CHECK(root.find("näme")->text == "ü€😀");
  CHECK(name("after") == "2:18");
  CHECK(value(*root.find("after")) == "2:28");
  CHECK(root.find("after")->text == "-12.5e3");
  CHECK(name("list") == "3:14");
  const Node& list = *root.find("list");
  CHECK(value(list) == "3:22");
  REQUIRE(list.children.size() == 5);
  CHECK(value(list.children[0]) == "3:24");
  CHECK(value(list.children[1]) == "4:5");
  CHECK(value(list.children[2]) == "4:11");
  CHECK(value(list.children[2].children[0]) == "4:19");
  CHECK(list.children[2].children[0].text == "a\"bé\\");
  CHECK(value(list.children[3]) == "4:35");
  CHECK(value(list.children[4]) == "4:41");
}

TEST_CASE("lines end with LF, CR LF or CR") {
  const std::string_view text = "a\nb\r\nc\rd";
  CHECK(place(text, 2) == "2:1");
  CHECK(place(text, 5) == "3:1");
  CHECK(place(text, 7) == "4:1");
  CHECK(place(text, 100) == "4:2");
  CHECK(place("", 0) == "1:1");
}

TEST_CASE("of repeated members the first is kept and both places are known") {
  const std::string_view text =
      R"({"a":1, "b":{"x/y":1,"x/y":2,"x/y":3}, "a":2, "c":[{"d":1},{"d":1,"d":2}]})";
  const Document document = tree(text);
  CHECK(document.root.find("a")->text == "1");
  REQUIRE(document.repeats.size() == 4);
  CHECK(document.repeats[0].pointer == "/b/x~1y");
  CHECK(place(text, document.repeats[0].at) == "1:22");
  CHECK(place(text, document.repeats[0].first_at) == "1:14");
  CHECK(document.repeats[1].pointer == "/b/x~1y");
  CHECK(place(text, document.repeats[1].first_at) == "1:14");
  CHECK(document.repeats[2].pointer == "/c/1/d");
  CHECK(document.repeats[3].pointer == "/a");
  CHECK(place(text, document.repeats[3].at) == "1:40");
}

TEST_CASE("what is not JSON is said where it is, with what was expected") {
  struct Case {
    std::string_view text, fault;
  };
  const Case cases[] = {
      {R"({"a":1,})", "1:7 PW101 a comma stands before \"}\""},
      {"[1, /* x */ ]", "1:3 PW101 a comma stands before \"]\""},
      {R"({"a" 1})", "1:6 PW101 found a number where \":\" was expected"},
      {R"({"a" "b"})", "1:6 PW101 found a text where \":\" was expected"},
      {R"({"a":1 "b":2})", "1:8 PW101 found a text where \",\" or \"}\" was expected"},
      {"[1 2]", "1:4 PW101 found a number where \",\" or \"]\" was expected"},
      {R"({"a":})", "1:6 PW101 found \"}\" where a value was expected"},
      {"{,}", "1:2 PW101 found \",\" where a name in quotes or \"}\" was expected"},
      {"{'a':1}", "1:2 PW101 found ' where a name in quotes or \"}\" was expected"},
      {"{a:1}", "1:2 PW101 found \"a\" where a name in quotes or \"}\" was expected"},
      {"{1:2}", "1:2 PW101 found a number that JSON does not have"},
      {R"({"a": True})", "1:7 PW101 found True where a value was expected"},
      {R"({"a": s3cret})", "1:7 PW101 found \"s\" where a value was expected"},
      {R"({"a": 01})", "1:8 PW101 found a number that JSON does not have"},
      {R"({"a": +1})", "1:7 PW101 found a number that JSON does not have"},
      {R"({"a": 1.})", "1:7 PW101 found a number that JSON does not have"},
      {R"({"a": 1e999})", "1:7 PW101 found a number that JSON does not have"},
      {R"({"a": 12abc, "b": 1})", "1:9 PW101 found \"a\" where \",\" or \"}\" was expected"},
      {R"({"a": truex})", "1:11 PW101 found \"x\" where \",\" or \"}\" was expected"},
      {"{\"a\": \"x\ny\"}", "1:7 PW101 a text has no closing quote on its line"},
      {"{\"a\": \"x\ty\"}", "1:9 PW101 a raw control character stands in a text"},
      {R"({"a": "\q"})", "1:8 PW101 a backslash in a text begins no JSON escape"},
      {R"({"a": "\u12"})", "1:8 PW101 \\u in a text needs four hexadecimal digits"},
      {R"({"a": "\ud800"})", "1:7 PW101 a text holds half of a surrogate pair"},
      {R"({"a": "x)", "1:7 PW101 a text has no closing quote"},
      {"{\n  \"a\": 1", "2:9 PW101 the file ends where \",\" or \"}\" was expected"},
      {"{\n/* x", "2:1 PW101 a comment has no end"},
      {"{\"a\": /x}", "1:7 PW101 found \"/\" where a value was expected"},
      {R"({"a":1} {})", "1:9 PW101 found \"{\" where the end of the file was expected"},
      {R"({"a":1} x)", "1:9 PW101 found \"x\" where the end of the file was expected"},
      {R"({"a":1} // x
         "b")",
       "2:10 PW101 found a text where the end of the file was expected"},
      {"]", "1:1 PW101 found \"]\" where a value was expected"},
      {"[}", "1:2 PW101 found \"}\" where a value or \"]\" was expected"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(fault(c.text) == c.fault);
  }
}

TEST_CASE("bytes that no schedule file holds are refused before parsing") {
  CHECK(fault("") == "1:1 PW107 the file is empty");
  CHECK(fault(" \n // nothing\n") == "1:1 PW107 the file is empty");
  CHECK(fault("\xef\xbb\xbf{}") == "1:1 PW107 the file begins with a byte-order mark");
  CHECK(fault(std::string_view("{\n \0}", 5)) == "2:2 PW107 the file holds a NUL byte");
  CHECK(fault("{\"é\": \"\xff\"}") == "1:8 PW107 a byte here is not UTF-8");
  CHECK(fault("{ // \xc0\xaf\n}") == "1:6 PW107 a byte here is not UTF-8");
  CHECK(fault(std::string(kMaxFileBytes + 1, ' ')) == "1:1 PW107 the file is larger than 1 MiB");
}

TEST_CASE("nesting ends at 16") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(std::holds_alternative<Document>(read_document(nested(16))));
  CHECK(fault(nested(17)) == "1:17 PW107 the file is nested more than 16 deep");
  CHECK(fault(nested(10000)) == "1:17 PW107 the file is nested more than 16 deep");
  CHECK(fault(std::string(10000, '[')) == "1:17 PW107 the file is nested more than 16 deep");
}

TEST_CASE("compact JSON keeps numbers as written") {
  CHECK(
      compact_json(
          tree(
              R"( { "a" : [ 1.0 , 1e2, -0, 12345678901234567890123 ] , "b" : { } , "c" : "\u00e9\n" , "d" : null } )")
              .root) == R"({"a":[1.0,1e2,-0,12345678901234567890123],"b":{},"c":"é\n","d":null})");
}
