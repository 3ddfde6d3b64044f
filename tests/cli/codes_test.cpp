// SPDX-License-Identifier: Apache-2.0
#include "cli/codes.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "prewarm/base/result.hpp"

using namespace prewarm;
namespace fs = std::filesystem;

namespace {

// Codes of the surface that come with later capabilities: claims, reload, the admin server, ….
const std::set<int> kLater{219, 225, 315, 316, 319, 640, 810, 811, 812, 813, 814, 815, 816, 901};

// The text without comments; strings stay, so "//" inside one is not taken for a comment.
std::string without_comments(const std::string& text) {
  static const std::regex pattern(
      R"re(R"(\w*)\([\s\S]*?\)\1"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'|//[^\n]*|/\*[\s\S]*?\*/)re");
  std::string out;
  auto from = text.cbegin();
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) {
    const std::smatch& match = *at;
    out.append(from, match[0].first);
    if (match.str().compare(0, 2, "//") != 0 && match.str().compare(0, 2, "/*") != 0) out += match.str();
    from = match[0].second;
  }
  return out.append(from, text.cend());
}

// Rooms that say codes as numbers; http and upstream have HTTP statuses in those places and say kinds.
bool says_numbers(const fs::path& file) {
  for (const char* room : {"/schedule/", "/report/", "/ledger/", "/pipeline/", "/cli/", "/store/"})
    if (file.string().find(room) != std::string::npos) return true;
  return false;
}

void collect(const std::string& text, const std::regex& pattern, std::set<int>& codes) {
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at)
    codes.insert(std::stoi((*at)[1]));
}

struct Said {
  std::set<int> named;    // "PW104" in a text
  std::set<int> numbers;  // 104 in the rooms that say so, and what is no code at all
};

Said read_sources() {
  static const std::regex named(R"(PW(\d{3})\b)"), number(R"((?:^|[^\w.'])(\d{3})(?![\w.'"]))");
  Said said;
  for (const char* tree : {"/src", "/include"})
    for (const auto& entry : fs::recursive_directory_iterator(std::string(PREWARM_SOURCE_DIR) + tree)) {
      const fs::path& file = entry.path();
      if (!entry.is_regular_file() || (file.extension() != ".cpp" && file.extension() != ".hpp")) continue;
      if (file.filename().string().rfind("codes", 0) == 0) continue;  // the table itself
      std::ifstream in(file);
      const std::string text = without_comments({std::istreambuf_iterator<char>(in), {}});
      collect(text, named, said.named);
      if (says_numbers(file)) collect(text, number, said.numbers);
    }
  for (int i = 1; i <= static_cast<int>(ErrorKind::ledger_newer); ++i)
    said.named.insert(code_of(static_cast<ErrorKind>(i)));
  return said;
}

std::set<int> known() {
  const std::vector<int> codes = cli::known_codes();
  return {codes.begin(), codes.end()};
}

// What the surface has: three-digit numbers beyond these are limits, statuses or sizes.
bool is_of_the_surface(int code) { return known().count(code) != 0 || kLater.count(code) != 0; }

}  // namespace

TEST_CASE("comments are no code that says something") {
  CHECK(without_comments("a // PW104\nb /* PW105\n */ c") == "a \nb  c");
  CHECK(without_comments(R"(x("https://y"); // z)") == R"(x("https://y"); )");
}

TEST_CASE("every code that sources say has an explanation") {
  const Said said = read_sources();
  std::set<int> codes = said.named;
  for (const int number : said.numbers)
    if (is_of_the_surface(number)) codes.insert(number);
  for (const int code : codes) {
    INFO("PW" << code << " is said but not explained: add it to src/cli/codes_*.cpp");
    CHECK(known().count(code) == 1);
  }
}

TEST_CASE("every code that is explained is said somewhere") {
  Said read = read_sources();
  std::set<int> said = read.named;
  said.merge(read.numbers);
  for (const int code : known()) {
    INFO("PW" << code << " is explained but nothing says it");
    CHECK(said.count(code) == 1);
  }
}

TEST_CASE("codes are explained once, in rising order within their chapter") {
  for (const auto chapter : {cli::file_codes(), cli::setting_codes(), cli::run_codes()})
    CHECK(std::is_sorted(chapter.begin(), chapter.end(),
                         [](const cli::CodeText& a, const cli::CodeText& b) { return a.code < b.code; }));
  CHECK(known().size() == cli::known_codes().size());
}

TEST_CASE("every explanation has a meaning, an example and a cure") {
  for (const int code : cli::known_codes()) {
    const std::string text = cli::explain_code(code_text(code)).value_or("");
    INFO(text);
    CHECK(text.rfind(code_text(code) + " ", 0) == 0);
    const std::size_t example = text.find("\n  example: "), cure = text.find("\n  do: ");
    REQUIRE(example != std::string::npos);
    REQUIRE(cure != std::string::npos);
    CHECK(text.find(": ") + 10 < example);
    CHECK(cure - example > std::string("\n  example: ").size());
    CHECK(text.size() - cure > std::string("\n  do: ").size() + 4);
    CHECK(std::count(text.begin(), text.end(), '\n') == 2);
    for (const char* later : {"prewarm diff", "prewarm doctor", "prewarm audit", "prewarm acl", "prewarm ls"})
      CHECK(text.find(later) == std::string::npos);
  }
}

TEST_CASE("an explanation says what happens, what it means, an example and the cure") {
  CHECK(cli::explain_code("PW530") ==
        "PW530 ends a run as upstream_failed, exit 1: the upstream answered with a status of 500 to 599 on "
        "every attempt.\n  example: 503 on 3 attempts\n  do: see the upstream's status; the next run tries "
        "again");
  CHECK(cli::explain_code("pw532")->find("exit 4: ") != std::string::npos);
  CHECK(cli::explain_code("PW532")->find(
            "do: check the value of <VARIABLE>; then prewarm once <NAME> --dry-run") != std::string::npos);
  CHECK(cli::explain_code("PW212")->find("PW212 is a warning: ") == 0);
  CHECK(cli::explain_code("PW104")->find("PW104 is an error, exit 2: ") == 0);
  CHECK(cli::explain_code("PW318")->find("exit 10: ") != std::string::npos);
  CHECK(cli::explain_code("PW711")->find("superseded, exit 12: ") != std::string::npos);
}

TEST_CASE("what is no code of this version has no explanation") {
  for (const char* text : {"PW999", "PW000", "PW640", "PW53", "PW5300", "530", "PW53x", "", "PW", "QW530"})
    CHECK_FALSE(cli::explain_code(text).has_value());
  CHECK(cli::looks_like_code("PW999"));
  CHECK(cli::looks_like_code("pw104"));
  for (const char* text : {"* * * * *", "@hourly", "PW5300", "PW53", "PWabc"})
    CHECK_FALSE(cli::looks_like_code(text));
}
