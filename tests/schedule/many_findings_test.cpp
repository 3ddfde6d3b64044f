// SPDX-License-Identifier: Apache-2.0
// Files with tens of thousands of faults: read in linear time, told in part, refused all the same.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <ctime>
#include <functional>

#include "load.hpp"

using namespace prewarm;
using namespace prewarm::schedule;
using namespace prewarm::schedule::test;

namespace {

std::string many(int count, const std::function<std::string(int)>& one) {
  std::string out;
  for (int i = 0; i < count; ++i) out += (i > 0 ? "," : "") + one(i);
  return out;
}

std::string numbered(const std::string& before, int i, const std::string& after) {
  return before + std::to_string(i) + after;
}

struct Case {
  const char* what;
  std::string text;
};

std::vector<Case> cases() {
  const std::string long_name(500000, 'n');
  const auto same = [](const std::string& text) { return [text](int) { return text; }; };
  const auto with = [](const std::string& before, const std::string& after) {
    return [=](int i) { return numbered(before, i, after); };
  };
  return {
      {"unknown members", "{" + many(80000, with("\"k", "\":1")) + "}"},
      {"one member many times", "{" + many(170000, same(R"("k":1)")) + "}"},
      {"one member many times below a long name",
       "{\"" + long_name + "\":{" + many(80000, same(R"("k":1)")) + "}}"},
      {"codes", file_with(R"("allow":[)" + many(90000, with("\"PW", "\"")) + "]")},
      {"tags", file_with(R"("tags":[)" + many(400000, same("1")) + "]")},
      {"headers", file_with("", R"("headers":{)" + many(70000, with("\"x", R"(":"a")")) + "}")},
      {"values of a parameter with a long name",
       file_with("", R"("query":{")" + long_name + "\":[" + many(120000, same("\"a\"")) + "]}")},
      {"members below a long name",
       file_with("", R"("expect":{")" + long_name + "\":{" + many(40000, with("\"x", "\":1")) + "}}")},
  };
}

}  // namespace

TEST_CASE("a file of less than 1 MiB with very many faults is refused in short time") {
  for (const Case& one : cases()) {
    INFO(one.what);
    REQUIRE(one.text.size() <= (1U << 20));
    const std::clock_t start = std::clock();
    const auto result = load_text(one.text);
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    CHECK_FALSE(result.catalog);
    CHECK(result.findings.size() <= 100);
    CHECK(seconds < 5);  // far above what it takes with sanitizers, far below what comparing all pairs does
  }
}

TEST_CASE("of very many findings of a file the first hundred are told, and how many more there are") {
  const auto result = load_text("{" + many(250, [](int i) { return numbered("\"k", i, "\":1"); }) + "}");
  REQUIRE(result.findings.size() == 100);
  CHECK(result.findings.front().pointer == "/schedule");  // missing, at the brace
  CHECK(result.findings[4].pointer == "/k1");
  CHECK(result.findings.back().message == "is not a field; 153 more of this file are not shown");
}

TEST_CASE("a hundred findings are told whole, and each file has its own hundred") {
  const std::string text = "{" + many(97, [](int i) { return numbered("\"k", i, "\":1"); }) + "}";
  const auto result = load({{"a.jsonc", text}, {"b.jsonc", text}});
  CHECK(result.findings.size() == 200);
  CHECK(texts(result).find("not shown") == std::string::npos);
}

TEST_CASE("an error behind hundreds of warnings is told") {
  const auto result =
      load_text(file_with(R"("allow":[)" + many(300, [](int) { return std::string(R"("PW212")"); }) + "]"));
  CHECK(result.catalog);  // warnings alone
  REQUIRE(result.findings.size() == 100);
  World world;
  const auto refused =
      load({{"a.jsonc", file_with(R"("allow":[)" + many(300, [](int) { return std::string(R"("PW999")"); }) +
                                  R"(],"zzz":1)")}});
  CHECK_FALSE(refused.catalog);
  REQUIRE(refused.findings.size() == 100);
  CHECK(refused.findings.back().pointer == "/zzz");
  CHECK(refused.findings.back().severity == Severity::error);
}

TEST_CASE("columns on a long line count characters") {
  std::string text = "{";
  for (int i = 0; i < 40; ++i) text += numbered("\"\u00e9\u65e5\U0001F600", i, "\":1, ");
  text += R"("zzz":1})";
  const auto result = load_text(text);
  REQUIRE_FALSE(result.findings.empty());
  const Finding& last = result.findings.back();
  CHECK(last.pointer == "/zzz");
  CHECK(last.place.line == 1);
  CHECK(last.place.column == 2 + 10 * 10 + 30 * 11);
}
