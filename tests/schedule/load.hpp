// SPDX-License-Identifier: Apache-2.0
// Loads schedule files from strings, with an environment and small files that a test names.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "prewarm/base/time_text.hpp"
#include "prewarm/schedule/catalog.hpp"

namespace prewarm::schedule::test {

struct World {
  std::map<std::string, std::string> variables{};
  std::map<std::string, std::string> files{};  // for NAME_FILE, caFile and files of ids
  std::string env = "production";
  std::string now = "2026-05-01T13:03:48Z";
  bool redis = false;
  bool allow_unset = false;
  std::optional<std::uint64_t> memory_limit{};
};

inline LoadInput input_of(const World& world, std::vector<SourceFile> files) {
  LoadInput input;
  input.files = std::move(files);
  input.env = world.env;
  input.now = parse_rfc3339(world.now).value();
  input.store_is_redis = world.redis;
  input.allow_unset = world.allow_unset;
  input.memory_limit = world.memory_limit;
  input.variable = [&world](std::string_view name) -> std::optional<std::string> {
    const auto found = world.variables.find(std::string(name));
    return found == world.variables.end() ? std::nullopt : std::optional(found->second);
  };
  input.read_file = [&world](const std::string& path) -> Result<std::string> {
    const auto found = world.files.find(path);
    if (found == world.files.end()) return Error{ErrorKind::invalid, "does not exist"};
    return found->second;
  };
  return input;
}

inline LoadResult load(const std::vector<SourceFile>& files, const World& world = {}) {
  return load_catalog(input_of(world, files));
}
inline LoadResult load_text(const std::string& text, const World& world = {}) {
  return load({{"news.jsonc", text}}, world);
}

inline std::string texts(const LoadResult& result) {
  std::string out;
  for (const Finding& finding : result.findings) out += finding_text(finding) + "\n";
  return out;
}

/// "line:column PWnnn pointer | cure" of every finding, one a line.
inline std::string summary(const LoadResult& result) {
  std::string out;
  for (const Finding& finding : result.findings) {
    out += out.empty() ? "" : "\n";
    out += std::to_string(finding.place.line) + ":" + std::to_string(finding.place.column) + " PW" +
           std::to_string(finding.code) + (finding.pointer.empty() ? "" : " ") + finding.pointer + " | " +
           finding.remedy;
  }
  return out;
}

/// The smallest sound file with further members in its parts: "jitter": "1m" in front, ... in `fetch`,
/// `store`.
inline std::string file_with(const std::string& top, const std::string& fetch = "",
                             const std::string& store = "") {
  const auto comma = [](const std::string& text) { return text.empty() ? text : ", " + text; };
  return R"({"schedule": "@hourly", "fetch": {"url": "https://api.example.net/news")" + comma(fetch) +
         R"(}, "store": {"version": 1)" + comma(store) + "}" + comma(top) + "}";
}

}  // namespace prewarm::schedule::test
