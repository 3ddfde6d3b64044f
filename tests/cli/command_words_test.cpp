// SPDX-License-Identifier: Apache-2.0
// A text that tells somebody to type `prewarm WORD` must name a command of this version.
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "cli/codes.hpp"
#include "cli/flags.hpp"
#include "prewarm/base/result.hpp"

using namespace prewarm;
namespace fs = std::filesystem;

namespace {

// Sentences about the program itself.
const std::set<std::string> kSentences{"is", "itself", "keeps", "makes", "or", "orders", "started"};

std::set<std::string> known_words() {
  std::set<std::string> words{"help", "COMMAND"};
  for (const auto& info : cli::commands()) words.emplace(info.name);
  return words;
}

// String literals, those that stand behind each other as one; comments are left out.
std::vector<std::string> literals(const std::string& text) {
  static const std::regex token(
      R"re(R"(\w*)\(([\s\S]*?)\)\1"|"((?:\\.|[^"\\\n])*)"|//[^\n]*|/\*[\s\S]*?\*/|'(?:\\.|[^'\\\n])+'|\S)re");
  std::vector<std::string> found;
  bool joins = false;
  for (std::sregex_iterator at(text.begin(), text.end(), token), end; at != end; ++at) {
    const std::string whole = at->str();
    if (whole.compare(0, 2, "//") == 0 || whole.compare(0, 2, "/*") == 0) continue;
    const bool literal = whole[0] == '"' || whole.compare(0, 2, "R\"") == 0;
    if (literal && joins)
      found.back() += (*at)[2].str() + (*at)[3].str();
    else if (literal)
      found.push_back((*at)[2].str() + (*at)[3].str());
    joins = literal;
  }
  return found;
}

std::vector<std::string> command_words(const std::string& text) {
  static const std::regex command(R"((?:^|[^A-Za-z_/.-])prewarm ([A-Za-z][A-Za-z-]*))");
  std::vector<std::string> words;
  for (std::sregex_iterator at(text.begin(), text.end(), command), end; at != end; ++at)
    words.push_back((*at)[1]);
  return words;
}

}  // namespace

TEST_CASE("literals are joined and comments left out") {
  CHECK(literals("f(\"prewarm \"\n  \"acl\"); // \"x\"\n g(\"b\")") ==
        std::vector<std::string>{"prewarm acl", "b"});
  CHECK(command_words("prewarm once NAME, or prewarm doctor; my-prewarm x") ==
        std::vector<std::string>{"once", "doctor"});
}

TEST_CASE("no text names a command that this version does not have") {
  const std::set<std::string> known = known_words();
  std::size_t seen = 0;
  for (const char* tree : {"/src", "/include"})
    for (const auto& entry : fs::recursive_directory_iterator(std::string(PREWARM_SOURCE_DIR) + tree)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
      std::ifstream in(entry.path());
      for (const std::string& text : literals({std::istreambuf_iterator<char>(in), {}}))
        for (const std::string& word : command_words(text)) {
          ++seen;
          INFO(entry.path().string() << ": prewarm " << word);
          CHECK(known.count(word) + kSentences.count(word) > 0);
        }
    }
  CHECK(seen > 40);
}

TEST_CASE("no explanation names a command that this version does not have") {
  const std::set<std::string> known = known_words();
  for (const int code : cli::known_codes())
    for (const std::string& word : command_words(cli::explain_code(code_text(code)).value_or(""))) {
      INFO(code_text(code) << ": prewarm " << word);
      CHECK(known.count(word) + kSentences.count(word) > 0);
    }
}
