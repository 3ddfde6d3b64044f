// SPDX-License-Identifier: Apache-2.0
// Sound JSON texts out of a seed, for properties: every type, odd white space, escapes, numbers beyond any
// type, repeated members. Pure.
#pragma once

#include <random>
#include <string>

namespace prewarm::testing {

class RandomJson {
 public:
  explicit RandomJson(std::uint32_t seed) : engine_(seed) {}

  std::string text(int depth = 5) {
    const int kind = pick(depth > 0 ? 7 : 5);
    if (kind < 3) return scalar();
    if (kind < 5) return string();
    return kind == 5 ? array(depth) : object(depth);
  }
  std::string space() { return one_of({"", "", "", " ", "\n  ", "\t", "\r\n"}); }
  int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(engine_); }

  std::string string() {
    std::string out = "\"";
    for (int left = pick(12); left > 0; --left)
      out += one_of({"a",
                     "b",
                     "Z",
                     "0",
                     " ",
                     "é",
                     "日",
                     "🎵",
                     "\\n",
                     "\\\"",
                     "\\\\",
                     "\\/",
                     "\\u00e9",
                     "\\ud83c\\udfb5",
                     "\\ud800",
                     "\\u0000",
                     "{",
                     "}",
                     "[",
                     "]",
                     ",",
                     ":",
                     "plain text of some length"});
    return out + "\"";
  }

 private:
  std::string one_of(std::initializer_list<const char*> choices) {
    return choices.begin()[pick(static_cast<int>(choices.size()))];
  }
  std::string scalar() {
    return one_of({"null", "true", "false", "0", "-0", "1.0", "1e2", "-12.50E+3", "9007199254740993",
                   "18446744073709551616", "1e400", "123456789012345678901234567890", "0.1e-7"});
  }
  std::string array(int depth) {
    std::string out = "[" + space();
    for (int left = pick(5), first = 1; left > 0; --left, first = 0)
      out += (first ? "" : "," + space()) + text(depth - 1) + space();
    return out + "]";
  }
  std::string object(int depth) {
    std::string out = "{" + space();
    for (int left = pick(5), first = 1; left > 0; --left, first = 0)
      out += (first ? "" : "," + space()) + string() + space() + ":" + space() + text(depth - 1) + space();
    return out + "}";
  }

  std::mt19937 engine_;
};

}  // namespace prewarm::testing
