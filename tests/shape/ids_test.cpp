// SPDX-License-Identifier: Apache-2.0
// The ids out of the pages of an id source, and what of a page names the next one.
#include "shape/fan.hpp"

using namespace prewarm;
using namespace prewarm::testing;

namespace {

schedule::Pointer at(const std::string& text) { return schedule::Pointer::parse(text).value(); }

schedule::UrlIds source(const std::string& pointer = "") {
  schedule::UrlIds out;
  out.pointer = at(pointer);
  return out;
}
schedule::UrlIds objects(const std::string& id, const std::string& pointer = "") {
  schedule::UrlIds out = source(pointer);
  out.id = at(id);
  return out;
}

Lines listed(const IdList& ids) {
  Lines out;
  for (std::size_t i = 0; i < ids.size(); ++i) out.emplace_back(ids[i]);
  return out;
}

Lines ids_in(const schedule::UrlIds& source, const std::string& body) {
  IdList ids;
  const auto page = shape::Shaper().ids(source, body_of(body), ids);
  if (!page) return {page.error().message};
  return listed(ids);
}

std::string refusal(const schedule::UrlIds& source, const std::string& body) {
  IdList ids;
  const auto page = shape::Shaper().ids(source, body_of(body), ids);
  REQUIRE_FALSE(page.ok());
  CHECK(page.error().kind == ErrorKind::id_source);
  return page.error().message;
}

// What of a page is the cursor of the next: its text, "none", or the refusal.
std::string cursor_in(const std::string& body) {
  schedule::UrlIds paged = source("/ids");
  paged.pages = schedule::Pages{schedule::Pages::By::cursor, "after", at("/next"), 0};
  IdList ids;
  const auto page = shape::Shaper().ids(paged, body_of(body), ids);
  if (!page) return code_text(code_of(page.error().kind)) + " " + page.error().message;
  CHECK(listed(ids) == Lines{"a"});
  return page->cursor.value_or("none");
}

}  // namespace

TEST_CASE("texts and numbers of the array are the ids, in its order, each once") {
  CHECK(ids_in(source(), R"(["b",17,"a","b",-1.50,"\u0061"])") == Lines{"b", "17", "a", "-1.50"});
  CHECK(ids_in(source("/data/ids"), R"({"data":{"ids": [ "a" , "b" ] },"ids":["c"]})") == Lines{"a", "b"});
  CHECK(ids_in(source(), "[]").empty());
}

TEST_CASE("of an array of objects the ids are at the pointer in each") {
  CHECK(ids_in(objects("/user/id", "/data"),
               R"({"data":[{"user":{"id":"b"}},{"id":"x","user":{"id":7}}]})") == Lines{"b", "7"});
  CHECK(ids_in(objects("/0"), R"([["a","b"],["c"]])") == Lines{"a", "c"});
}

TEST_CASE("an id is the text that its escapes stand for") {
  CHECK(ids_in(source(), R"(["a\u002fb","\u00e9","caf\u00e9\n"])") == Lines{"a/b", "é", "café\n"});
}

TEST_CASE("the pages of a source fill one list, and each tells how many records it had") {
  IdList ids;
  shape::Shaper shaper;
  CHECK(shaper.ids(source(), body_of(R"(["a","b","b"])"), ids)->records == 3);
  CHECK(shaper.ids(source(), body_of(R"(["b","c"])"), ids)->records == 2);
  CHECK(shaper.ids(source(), body_of("[]"), ids)->records == 0);
  CHECK(listed(ids) == Lines{"a", "b", "c"});
}

TEST_CASE("an element that is no id refuses the source, with its place") {
  for (const char* element : {"null", "true", "[]", R"({"id":"a"})"}) {
    INFO(element);
    CHECK(refusal(source(), "[\"a\"," + std::string(element) + "]") ==
          "element 1 of the ids is neither a text nor a number");
  }
  for (const char* element :
       {"{}", R"({"id":null})", R"({"id":{"id":"a"}})", R"({"ID":"a"})", "\"a\"", "7"}) {
    INFO(element);
    CHECK(refusal(objects("/id"), R"([{"id":"a"},{"id":1},)" + std::string(element) + "]") ==
          R"(element 2 of the ids has no text or number at "/id")");
  }
  CHECK(refusal(source(), R"(["\udc00"])").starts_with("element 0 of the ids "));
}

TEST_CASE("an id has 1 to 200 bytes") {
  const std::string most(kMaxIdBytes, 'x');
  CHECK(ids_in(source(), "[\"" + most + "\"]") == Lines{most});
  CHECK(refusal(source(), "[\"" + most + "x\"]") == "element 0 of the ids has 201 bytes; an id has 1 to 200");
  CHECK(refusal(source(), R"(["a",""])") == "element 1 of the ids has 0 bytes; an id has 1 to 200");
  CHECK(refusal(source(), "[" + std::string(201, '1') + "]") ==
        "element 0 of the ids has 201 bytes; an id has 1 to 200");
}

TEST_CASE("one id more than a schedule may have refuses the source, a repeated one does not") {
  IdList ids;
  for (std::size_t i = 0; i < kMaxIds; ++i) ids.add(std::to_string(i));
  CHECK(shape::Shaper().ids(source(), body_of("[0, 999999]"), ids).ok());
  const auto page = shape::Shaper().ids(source(), body_of("[0, 1000000]"), ids);
  REQUIRE_FALSE(page.ok());
  CHECK(page.error().kind == ErrorKind::id_source);
  CHECK(page.error().message == "the id source holds more than 1000000 ids");
}

TEST_CASE("a pointer that finds no array says what it found") {
  CHECK(refusal(source("/data/ids"), R"({"data":{"id":[]}})") ==
        R"(fanout.ids.pointer "/data/ids" finds nothing: /data has no member "ids")");
  CHECK(refusal(source("/data"), R"({"data":{"0":"a"}})") == R"(fanout.ids.pointer "/data" finds no array)");
  CHECK(refusal(source(), "\"a\"") == R"(fanout.ids.pointer "" finds no array)");
}

TEST_CASE("an answer that is not JSON is a fault of the id source") {
  CHECK_FALSE(refusal(source(), "<html>").empty());
  CHECK_FALSE(refusal(source(), "").empty());
  CHECK_FALSE(refusal(source(), R"(["a")").empty());
}

TEST_CASE("a cursor is a text or a number, as it is to be sent") {
  CHECK(cursor_in(R"({"ids":["a"],"next":"abc"})") == "abc");
  CHECK(cursor_in(R"({"ids":["a"],"next":"a\u002fb\"c"})") == "a/b\"c");
  CHECK(cursor_in(R"({"ids":["a"],"next":1700000000000.0})") == "1700000000000.0");
  CHECK(cursor_in(R"({"ids":["a"],"next":0})") == "0");
}

TEST_CASE("no cursor, null or an empty text end the list") {
  for (const char* next : {"", R"(,"next":null)", R"(,"next":"")", R"(,"nexT":"abc")"}) {
    INFO(next);
    CHECK(cursor_in(R"({"ids":["a"])" + std::string(next) + "}") == "none");
  }
}

TEST_CASE("a cursor of another kind refuses the source instead of ending the list") {
  for (const char* next : {"true", "false", "[]", R"({"after":"abc"})", R"(["abc"])"}) {
    INFO(next);
    CHECK(cursor_in(R"({"ids":["a"],"next":)" + std::string(next) + "}") ==
          R"(PW524 at fanout.ids.pages.pointer "/next" is neither a text nor a number)");
  }
}

TEST_CASE("a cursor is looked for in pages by cursor alone") {
  for (const auto by : {schedule::Pages::By::link, schedule::Pages::By::offset}) {
    schedule::UrlIds paged = source("/ids");
    paged.pages = schedule::Pages{by, "page", at("/next"), 1};
    IdList ids;
    const auto page = shape::Shaper().ids(paged, body_of(R"({"ids":["a"],"next":"abc"})"), ids);
    REQUIRE(page.ok());
    CHECK_FALSE(page->cursor.has_value());
    CHECK(page->records == 1);
  }
}
