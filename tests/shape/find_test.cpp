// SPDX-License-Identifier: Apache-2.0
#include "shape/find.hpp"

#include <catch2/catch_test_macros.hpp>

#include "base/random_json.hpp"
#include "prewarm/base/json_walk.hpp"
#include "shape/same_value.hpp"

using namespace prewarm;
using namespace prewarm::shape;

TEST_CASE("many pointers in one pass find what each finds alone") {
  std::vector<schedule::Pointer> pointers;
  for (const char* text : {"", "/a", "/a/a", "/a/b", "/b", "/0", "/1", "/1/a", "/0/0", "/Z", "/é", "/日",
                           "/a/1", "/", "/01", "/-", "/~1", "/{"})
    pointers.push_back(schedule::Pointer::parse(text).value());
  std::vector<const schedule::Pointer*> all;
  for (const auto& pointer : pointers) all.push_back(&pointer);
  const PointerSet set(all);

  testing::RandomJson random(5);
  int hits = 0;
  for (int round = 0; round < 20000; ++round) {
    const std::string text = random.text();
    std::vector<std::string_view> found(pointers.size());
    REQUIRE(set.find(text, 0, found) == text.size());
    for (std::size_t i = 0; i < pointers.size(); ++i) {
      const auto alone = find_value(text, 0, pointers[i]);
      INFO(pointers[i].text() << " in " << text);
      REQUIRE(found[i] == alone.value_or(""));
      if (alone && i > 0) ++hits;
    }
  }
  CHECK(hits > 500);
}

TEST_CASE("sixty-four members are found in one pass") {
  std::vector<schedule::Pointer> pointers;
  std::string text = "{";
  for (int i = 0; i < 64; ++i) {
    pointers.push_back(schedule::Pointer::parse("/m" + std::to_string(i)).value());
    text += (i == 0 ? "\"m" : ",\"m") + std::to_string(63 - i) + "\":" + std::to_string(63 - i);
  }
  text += "}";
  std::vector<const schedule::Pointer*> all;
  for (const auto& pointer : pointers) all.push_back(&pointer);
  std::vector<std::string_view> found(64);
  CHECK(PointerSet(all).find(text, 0, found) == text.size());
  for (std::size_t i = 0; i < 64; ++i) CHECK(found[i] == std::to_string(i));
}

TEST_CASE("values mean the same by number and text, not by spelling") {
  const auto same = [](const char* a, const char* b) {
    return meaning_of(a, Case::counts) == meaning_of(b, Case::counts);
  };
  CHECK(same("100", "1e2"));
  CHECK(same("100.00", "1.0E+2"));
  CHECK(same("-0", "0.0"));
  CHECK(same("0e99999999999999999999", "0"));
  CHECK(same("0.0125", "125e-4"));
  CHECK(same("-12.5", "-125e-1"));
  CHECK_FALSE(same("1", "-1"));
  CHECK_FALSE(same("1", "10"));
  CHECK_FALSE(same("12345678901234567890", "12345678901234567891"));
  CHECK_FALSE(same("1e400", "1e401"));
  CHECK_FALSE(same("1e99999999999999999999", "1e-99999999999999999999"));
  CHECK_FALSE(same("1e99999999999999999999", "1"));
  CHECK_FALSE(same("1e-99999999999999999999", "1"));
  CHECK(same(R"("\u00e9")", "\"é\""));
  CHECK_FALSE(same("\"1\"", "1"));
  CHECK_FALSE(same("\"null\"", "null"));
  CHECK_FALSE(same("\"a\"", "\"A\""));
  CHECK_FALSE(same(R"("\ud800")", R"("\ud801")"));
  CHECK_FALSE(same(R"("\ud800")", R"("\"\\ud800\"")"));
  CHECK(same(R"({ "a" : [ 1 , 2.0 ] })", R"({"\u0061":[1.0,2]})"));
  CHECK_FALSE(same(R"(["a","b"])", R"(["a\",\"b"])"));
  CHECK_FALSE(same("[1,2]", "[12]"));
  CHECK_FALSE(same("[[],1]", "[[1]]"));
  CHECK(meaning_of("\"ExAmple É\"", Case::folded) == meaning_of("\"eXample É\"", Case::folded));
  CHECK_FALSE(meaning_of("\"É\"", Case::folded) == meaning_of("\"é\"", Case::folded));
  CHECK_FALSE(meaning_of("\"[\"", Case::folded) == meaning_of("\"{\"", Case::folded));
}
