// SPDX-License-Identifier: Apache-2.0
// A bad input as its directory tells it, tests/campaign/bad_inputs/ID-NAME (its README says what may stand
// there). One directory may hold several inputs that differ in one place ("each"). Values; reading throws.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "campaign/input_bytes.hpp"

namespace prewarm::campaign {

struct BadInput {
  std::string name;                                 // "D4-empty-array", or "A32-version/3" of several
  std::string each;                                 // what {{each}} stands for
  nlohmann::json input = nlohmann::json::object();  // of input.json
  nlohmann::json expected;
  std::map<std::string, std::string> files;  // the other files of the directory, by name

  bool has(const char* member) const { return input.contains(member); }
  /// The bytes of NAME, from the file of that name or else from `member` of input.json. Empty: neither.
  std::string bytes(const std::string& file, const char* member, const Names& names) const;
  bool gives(const std::string& file, const char* member) const {
    return files.contains(file) || has(member);
  }
  /// Whether its program runs in namespaces: it has mounts, a name service, or is process 1.
  bool inside() const { return gives("inside.sh", "inside") || has("names"); }
};

/// What a class means (PROMISES 11), with what expected.json says besides.
struct Expected {
  std::string group;  // "C", "U", "R", "S", "D", "V", "P", "ok"
  int exit = 0;
  std::string outcome;  // empty: no run
  std::string code;     // empty: none
  std::vector<std::string> texts;
  bool keeps_old = true;
};
Expected expected_of(const nlohmann::json& expected);

/// All of them, by name.
std::vector<BadInput> read_bad_inputs(const std::filesystem::path& folder);

}  // namespace prewarm::campaign
