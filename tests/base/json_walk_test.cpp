// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/json_walk.hpp"

#include <catch2/catch_test_macros.hpp>

#include "base/random_json.hpp"
#include "prewarm/base/json.hpp"

using namespace prewarm;

TEST_CASE("a value ends where its last byte is") {
  for (const char* value : {"null", "-1.5e+7", "\"a\\\"]\"", "\"\\\\\"", "[]", "[1,[2],{\"a\":\"]\"}]",
                            "{\"}\":\"{\\\"\"}", "\"a string longer than one word \\\\\""}) {
    INFO(value);
    CHECK(json_value_end(value, 0) == std::string_view(value).size());
    const std::string inside = "[" + std::string(value) + " ,2]";
    CHECK(json_value(inside, 1) == value);
  }
}

TEST_CASE("members and elements are counted and found") {
  CHECK(json_items("[]") == 0U);
  CHECK(json_items(" [ ] ") == 0U);
  CHECK(json_items("[[1,2],{\"a\":1},\"x,y\",4]") == 4U);
  CHECK(json_items("{\"a\":1,\"a\":[1,2]}") == 2U);
  CHECK_FALSE(json_items("\"abc\"").has_value());
  CHECK_FALSE(json_items("").has_value());

  const std::string text = R"({ "a" : 1 , "caf\u00e9" : [2 , 3] ,"b\\":"x"})";
  JsonWalk walk(text, 0);
  REQUIRE(walk.next());
  CHECK(walk.named("a"));
  CHECK_FALSE(walk.named("b"));
  CHECK(json_value(text, walk.value_at()) == "1");
  REQUIRE(walk.next());
  CHECK(walk.named("café"));
  CHECK_FALSE(walk.named(R"(caf\u00e9)"));
  CHECK(json_value(text, walk.value_at()) == "[2 , 3]");
  REQUIRE(walk.next());
  CHECK(walk.named("b\\"));
  CHECK_FALSE(walk.named("b\\\\"));
  CHECK_FALSE(walk.next());
  CHECK_FALSE(walk.next());
  CHECK(walk.count() == 3);
  CHECK(walk.end() == text.size());
}

TEST_CASE("a walk may be told where a value ends, or be finished early") {
  const std::string text = R"([[1,2],{"a":"]"},3] )";
  JsonWalk told(text, 0);
  REQUIRE(told.next());
  told.past(json_value_end(text, told.value_at()));
  REQUIRE(told.next());
  CHECK(json_value(text, told.value_at()) == R"({"a":"]"})");
  told.finish();
  CHECK(told.end() == text.size() - 1);
  CHECK_FALSE(told.next());

  JsonWalk unstarted(text, 0);
  unstarted.finish();
  CHECK(unstarted.end() == text.size() - 1);
}

TEST_CASE("a string becomes its text, unless it holds half a surrogate pair") {
  CHECK(json_unquote(R"("")") == "");
  CHECK(json_unquote(R"("a\"b\\c\/d\b\f\n\r\t")") == "a\"b\\c/d\b\f\n\r\t");
  CHECK(json_unquote(R"("\u00e9\u65E5\ud83c\udfb5")") == "é日🎵");
  CHECK(json_unquote(R"("\u0000x")") == std::string("\0x", 2));
  for (const char* half : {R"("\ud800")", R"("\ud800x")", R"("\udc00")", R"("\ud800\u0041")",
                           R"("\ud800\ud800")", R"("\udc00\udc00")"})
    CHECK_FALSE(json_unquote(half).has_value());
}

TEST_CASE("every value that the walk meets is one sound JSON text") {
  testing::RandomJson random(7);
  for (int round = 0; round < 2000; ++round) {
    const std::string text =
        random.space() + "[" + random.text() + "," + random.text() + "]" + random.space();
    REQUIRE_FALSE(scan_json(text).has_value());
    std::size_t commas = 0;
    JsonWalk walk(text, skip_json_space(text, 0));
    while (walk.next()) {
      const auto value = json_value(text, walk.value_at());
      REQUIRE_FALSE(scan_json(value).has_value());
      REQUIRE(trim_json(value) == value);
      ++commas;
    }
    REQUIRE(commas == 2);
    REQUIRE(walk.end() == skip_json_space(text, 0) + trim_json(text).size());
  }
}

TEST_CASE("an unsound text is walked without leaving it") {
  testing::RandomJson random(99);
  for (int round = 0; round < 2000; ++round) {
    std::string text = "[" + random.text() + "]";
    text.resize(static_cast<std::size_t>(random.pick(static_cast<int>(text.size()))) + 1);
    for (int flips = random.pick(3); flips > 0; --flips)
      text[static_cast<std::size_t>(random.pick(static_cast<int>(text.size())))] =
          "\"\\{}[],:u"[random.pick(9)];
    const std::string copy(text);  // its own allocation: a sanitizer sees a read behind it
    for (std::size_t at = 0; at < copy.size(); ++at) {
      CHECK(json_value_end(copy, at) <= copy.size());
      JsonWalk walk(copy, at);
      while (walk.next()) static_cast<void>(walk.named("a name"));
      CHECK(walk.end() <= copy.size());
    }
  }
}
