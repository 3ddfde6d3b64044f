// SPDX-License-Identifier: Apache-2.0
// The rooms' include rules (the map in src/README.md), read off the #include lines: an arrow that is not
// allowed here is a layering mistake, however convenient.
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

using Rooms = std::set<std::string>;

const std::map<std::string, Rooms>& allowed() {
  static const std::map<std::string, Rooms> rules{
      {"base", {}},
      {"schedule", {"base"}},
      {"envelope", {"base"}},
      {"run", {"base", "schedule", "envelope"}},
      {"http", {"base"}},
      {"upstream", {"base", "schedule", "run", "http"}},
      {"shape", {"base", "schedule", "envelope", "run"}},
      {"store", {"base", "envelope", "run"}},
      {"verify", {"base", "envelope", "run"}},
      {"ledger", {"base", "schedule", "run", "store"}},
      {"report", {"base", "schedule", "envelope", "run", "http"}},
      {"pipeline",
       {"base", "schedule", "envelope", "run", "http", "upstream", "shape", "store", "verify", "ledger",
        "report"}},
      {"cli",
       {"base", "schedule", "envelope", "run", "http", "upstream", "shape", "store", "verify", "ledger",
        "report", "pipeline"}},
  };
  return rules;
}

struct Arrow {
  std::string from, to, file;
};

std::string room_of(const std::filesystem::path& file, const std::filesystem::path& root) {
  const auto relative = std::filesystem::relative(file, root);
  return relative.has_parent_path() ? relative.begin()->string() : "";
}

void collect(const std::filesystem::path& root, std::vector<Arrow>& arrows) {
  const std::regex include(R"(^\s*#include\s+"(?:prewarm/)?([a-z_]+)/)");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const auto extension = entry.path().extension();
    if (extension != ".hpp" && extension != ".cpp") continue;
    std::ifstream stream(entry.path());
    for (std::string line; std::getline(stream, line);) {
      std::smatch match;
      if (std::regex_search(line, match, include))
        arrows.push_back({room_of(entry.path(), root), match[1], entry.path().string()});
    }
  }
}

}  // namespace

TEST_CASE("no room includes a room that the map does not allow") {
  std::vector<Arrow> arrows;
  collect(std::filesystem::path(PREWARM_SOURCE_DIR) / "include" / "prewarm", arrows);
  collect(std::filesystem::path(PREWARM_SOURCE_DIR) / "src", arrows);
  REQUIRE(arrows.size() > 100);
  for (const Arrow& arrow : arrows) {
    if (arrow.from.empty() || arrow.from == arrow.to) continue;  // main.cpp may use all
    if (arrow.to == "prewarm") continue;                         // the made header prewarm/revision.hpp
    INFO(arrow.file << " includes room " << arrow.to);
    REQUIRE(allowed().count(arrow.from) == 1);
    CHECK(allowed().at(arrow.from).count(arrow.to) == 1);
  }
}

TEST_CASE("only the main command-line and signal code may end the process") {
  const std::regex forbidden(R"(\b(std::)?(exit|quick_exit)\s*\()");
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::filesystem::path(PREWARM_SOURCE_DIR) / "src")) {
    if (entry.path().extension() != ".cpp") continue;
    std::ifstream stream(entry.path());
    for (std::string line; std::getline(stream, line);) {
      INFO(entry.path().string() << ": " << line);
      CHECK_FALSE(std::regex_search(line, forbidden));
    }
  }
}
