// SPDX-License-Identifier: Apache-2.0
#include "campaign/input_case.hpp"

#include <algorithm>
#include <stdexcept>

#include "support/temp_dir.hpp"

namespace prewarm::campaign {
namespace {

using nlohmann::json;

struct Class {
  const char* name;
  int exit;
  const char* outcome;
};
constexpr Class kClasses[] = {{"C", 2, ""},
                              {"U", 1, "upstream_failed"},
                              {"R", 7, "rejected"},
                              {"S", 5, "store_failed"},
                              {"D", 4, "store_failed"},
                              {"V", 6, "verify_failed"},
                              {"P", 0, "superseded"},
                              {"ok", 0, "verified"}};

const Class& class_of(const std::string& name) {
  for (const Class& known : kClasses)
    if (name == known.name) return known;
  throw std::runtime_error("there is no class " + name);
}

BadInput read_directory(const std::filesystem::path& directory) {
  BadInput one;
  one.name = directory.filename();
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string file = entry.path().filename();
    const std::string text = testkit::read_file(entry.path());
    if (file == "expected.json")
      one.expected = json::parse(text);
    else if (file == "input.json")
      one.input = json::parse(text);
    else
      one.files[file] = text;
  }
  if (!one.expected.is_object()) throw std::runtime_error(directory.string() + " has no expected.json");
  return one;
}

/// The numbers of { "from": 0, "to": 9 } as texts, or the list itself.
json list_of(const json& each) {
  if (each.is_array()) return each;
  json list = json::array();
  for (int at = each.at("from"); at <= each.at("to").get<int>(); at += each.value("step", 1))
    list.push_back(std::to_string(at));
  return list;
}

/// One of several: a text for {{each}}, or { "with": text, "input": { ... }, "expected": { ... } }, of which
/// the latter two are merged into those of the directory.
BadInput variant(const BadInput& base, const json& each, std::size_t number) {
  BadInput one = base;
  one.name += "/" + std::to_string(number);
  one.input.erase("each");
  if (each.is_string()) return one.each = each, one;
  one.each = each.value("with", "");
  if (each.contains("input")) one.input.merge_patch(each.at("input"));
  if (each.contains("expected")) one.expected.merge_patch(each.at("expected"));
  return one;
}

}  // namespace

std::string BadInput::bytes(const std::string& file, const char* member, const Names& names) const {
  const auto found = files.find(file);
  const bool escaped = file == "answer.http" || file == "reply.resp";
  if (found != files.end()) return filled(escaped ? unescaped(found->second) : found->second, names);
  return has(member) ? cooked(input.at(member), names) : std::string();
}

Expected expected_of(const json& expected) {
  const std::string name = expected.at("class");
  const Class& known = class_of(name);
  Expected all;
  all.group = known.name;
  all.exit = expected.value("exit", known.exit);
  all.outcome = expected.value("outcome", known.outcome);
  all.code = expected.value("code", "");
  all.keeps_old = expected.value("old", all.group == "ok" ? "replaced" : "kept") == "kept";
  const json texts = expected.value("text", json::array());
  for (const json& text : texts.is_string() ? json::array({texts}) : texts) all.texts.push_back(text);
  return all;
}

std::vector<BadInput> read_bad_inputs(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> directories;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.is_directory()) directories.push_back(entry.path());
  std::sort(directories.begin(), directories.end());
  std::vector<BadInput> all;
  for (const auto& directory : directories) {
    const BadInput base = read_directory(directory);
    if (!base.has("each")) {
      all.push_back(base);
      continue;
    }
    std::size_t number = 0;
    for (const json& each : list_of(base.input.at("each"))) all.push_back(variant(base, each, ++number));
  }
  return all;
}

}  // namespace prewarm::campaign
