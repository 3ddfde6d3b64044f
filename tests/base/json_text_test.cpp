// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/json_text.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

namespace prewarm {
namespace {

constexpr const char* kReplacement = "\xef\xbf\xbd";

std::string escaped(std::string_view text) {
  std::string out;
  json_escape_to(out, text);
  return out;
}

std::string utf8(unsigned code) {
  const auto tail = [](unsigned bits) { return static_cast<char>(0x80U | (bits & 0x3fU)); };
  if (code < 0x800) return {static_cast<char>(0xc0U | (code >> 6U)), tail(code)};
  if (code < 0x10000) return {static_cast<char>(0xe0U | (code >> 12U)), tail(code >> 6U), tail(code)};
  return {static_cast<char>(0xf0U | (code >> 18U)), tail(code >> 12U), tail(code >> 6U), tail(code)};
}

std::string replaced(std::size_t bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes; ++i) out += kReplacement;
  return out;
}

}  // namespace

TEST_CASE(
    "every character beyond ASCII is kept, but for surrogates, line separators and control characters") {
  for (unsigned code = 0x80; code <= 0x10ffff; ++code) {
    const std::string text = utf8(code);
    std::string expected = text;
    if (code >= 0xd800 && code <= 0xdfff) expected = replaced(text.size());
    if (code < 0xa0)
      expected = "\\u00" + std::string(1, "89"[(code >> 4U) - 8]) + "0123456789abcdef"[code & 15U];
    if (code == 0x2028) expected = "\\u2028";
    if (code == 0x2029) expected = "\\u2029";
    if (escaped(text) != expected) FAIL("code point " << code);
  }
}

TEST_CASE("a sequence cut at any byte is replaced byte by byte") {
  for (const unsigned code : {0xe9U, 0x20acU, 0x1f600U}) {
    const std::string whole = utf8(code);
    for (std::size_t length = 1; length < whole.size(); ++length) {
      CHECK(escaped(whole.substr(0, length)) == replaced(length));
      CHECK(escaped(whole.substr(0, length) + "a") == replaced(length) + "a");
    }
  }
}

TEST_CASE("overlong forms, stray tails and bytes that UTF-8 never has are replaced") {
  for (const char* text : {"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                           "\xf5\x80\x80\x80", "\x80", "\xbf\xbf", "\xfe", "\xff"})
    CHECK(escaped(text) == replaced(std::string_view(text).size()));
}

TEST_CASE("control characters, quotes and backslashes are escaped") {
  CHECK(escaped("a\"b\\c\n\r\t") == "a\\\"b\\\\c\\n\\r\\t");
  CHECK(escaped(std::string_view("\0\x1f\x7f", 3)) == "\\u0000\\u001f\\u007f");
  CHECK(json_quote("") == "\"\"");
}

TEST_CASE("a cut text ends on a character border and says that it was cut") {
  CHECK(cut_text("abc", 3) == "abc");
  CHECK(cut_text("abcd", 3) == "abc…");
  CHECK(cut_text("ab€", 4) == "ab…");
  CHECK(cut_text("ab😀", 5) == "ab…");
}

TEST_CASE("bytes that are no text are cut near the limit all the same") {
  CHECK(cut_text(std::string(5000, '\x80'), 2000).size() >= 1997);
}

TEST_CASE("a text for people keeps quotes and backslashes and is still one line") {
  std::string out;
  print_escape_to(out, "say \"a\\b\"\n\x1b[31m\xff");
  CHECK(out == "say \"a\\b\"\\n\\u001b[31m" + replaced(1));
}

TEST_CASE("an object has its members in the order in which they were added") {
  CHECK(JsonObject().text() == "{}");
  CHECK(JsonObject().add("code", 0).add("ok", true).add("t", "x\"").add_raw("p", "[1]").text() ==
        R"({"code":0,"ok":true,"t":"x\"","p":[1]})");
}

}  // namespace prewarm
