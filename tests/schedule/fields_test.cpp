// SPDX-License-Identifier: Apache-2.0
// The field table as a whole: every row can be read, is in the schema and on the page, and has its
// misspellings noticed.
#include "schedule/fields.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "load.hpp"

using namespace prewarm;
using namespace prewarm::schedule;
using namespace prewarm::schedule::test;

namespace {

// A sound value of each field that is no section.
const std::map<std::string_view, std::string> kValues{
    {"/$schema", "\"x\""},
    {"/format", "1"},
    {"/description", "\"x\""},
    {"/owner", "\"x\""},
    {"/runbook", "\"https://wiki.example.net/\""},
    {"/tags", "[\"home\"]"},
    {"/schedule", "\"@hourly\""},
    {"/timezone", "\"UTC\""},
    {"/jitter", "\"1m\""},
    {"/overlap", "\"queue-one\""},
    {"/missed", "\"skip\""},
    {"/timeout", "\"1m\""},
    {"/staleAfter", "\"2h\""},
    {"/allow", "[]"},
    {"/fetch/url", "\"https://api.example.net/\""},
    {"/fetch/method", "\"POST\""},
    {"/fetch/body", "{\"a\":1}"},
    {"/fetch/query", "{\"a\":\"1\"}"},
    {"/fetch/headers", "{\"a\":\"1\"}"},
    {"/fetch/timeout", "\"5s\""},
    {"/fetch/retries", "1"},
    {"/fetch/rate", "\"600/m\""},
    {"/fetch/burst", "20"},
    {"/fetch/maxBytes", "\"2MiB\""},
    {"/fetch/conditional", "false"},
    {"/fetch/expect", "{\"/a\":null}"},
    {"/fetch/caFile", "\"ca.pem\""},
    {"/fanout/ids", "[\"a\", \"b\"]"},
    {"/fanout/ids/file", "\"ids.txt\""},
    {"/fanout/ids/url", "\"https://api.example.net/ids\""},
    {"/fanout/ids/pointer", "\"/ids\""},
    {"/fanout/ids/id", "\"/id\""},
    {"/fanout/ids/headers", "{\"a\":\"1\"}"},
    {"/fanout/ids/pages/by", "\"cursor\""},
    {"/fanout/ids/pages/param", "\"cursor\""},
    {"/fanout/ids/pages/pointer", "\"/next\""},
    {"/fanout/ids/pages/step", "100"},
    {"/fanout/ids/redisSet", "\"news:{env}:ids\""},
    {"/fanout/batch", "50"},
    {"/fanout/param", "\"id\""},
    {"/fanout/join", "\",\""},
    {"/fanout/records", "\"/a\""},
    {"/fanout/id", "\"/id\""},
    {"/fanout/floor", "0.9"},
    {"/shape/select", "\"/a\""},
    {"/shape/pick", "{\"a\":\"/a\"}"},
    {"/shape/limit", "10"},
    {"/shape/as", "\"a\""},
    {"/guard/type", "\"array\""},
    {"/guard/allowNull", "true"},
    {"/guard/minItems", "1"},
    {"/guard/maxItems", "9"},
    {"/guard/required", "[\"/0\"]"},
    {"/guard/unique", "\"/id\""},
    {"/guard/maxShrink", "0.5"},
    {"/guard/maxGrow", "2"},
    {"/guard/confirmations", "3"},
    {"/store/version", "1"},
    {"/store/ttl", "\"4h\""},
    {"/store/staleIfError", "\"1d\""},
    {"/store/keys", "[\"{name}:{env}:{id}:v{version}\"]"},
    {"/heartbeat", "\"\""},
    {"/heartbeatStyle", "\"cronitor\""},
};

bool is_id_source(std::string_view pointer) { return pointer.starts_with("/fanout/ids/"); }

// {"url": ..., "pages": {...}}, in which the member at `pointer` is called `name`.
std::string paged_ids(std::string_view pointer, std::string_view name) {
  const std::string section = "/fanout/ids/pages";
  std::string members;
  for (const Field& field : field_table()) {
    if (field.section() != section) continue;
    members += (members.empty() ? "" : ", ") +
               nlohmann::json(field.pointer == pointer ? name : field.name()).dump() + ": " +
               kValues.at(field.pointer);
  }
  return "{\"url\": " + kValues.at("/fanout/ids/url") + ", " +
         nlohmann::json(pointer == section ? name : "pages").dump() + ": {" + members + "}}";
}

// The ids as an object, in which the member at `pointer` is called `name`.
std::string ids_from(std::string_view pointer, std::string_view name) {
  if (pointer.starts_with("/fanout/ids/pages")) return paged_ids(pointer, name);
  return "{" + nlohmann::json(name).dump() + ": " + kValues.at(pointer) + "}";
}

// A file with every field, in which the member at `pointer` is called `name`. The sources of ids exclude each
// other: the one at `pointer` stands alone, else the list.
std::string file_of_all(std::string_view pointer = "", std::string_view name = "") {
  std::string text;
  std::string_view section;
  for (const Field& field : field_table()) {
    if (is_id_source(field.pointer)) continue;
    if (field.section() != section && !section.empty()) text += "}";
    section = field.section();
    if (!text.empty() && text.back() != '{') text += ",\n";
    text += nlohmann::json(field.pointer == pointer ? name : field.name()).dump() + ": ";
    if (field.type == Type::section) {
      text += "{";
      section = field.pointer;
    } else if (field.pointer == "/fanout/ids" && is_id_source(pointer)) {
      text += ids_from(pointer, name);
    } else {
      text += kValues.at(field.pointer);
    }
  }
  return "{" + text + "}";
}

World world() {
  World world;
  world.files["ca.pem"] = "-----BEGIN CERTIFICATE-----";
  world.files["ids.txt"] = "a\n";
  world.redis = true;
  return world;
}

// One slip of the finger: a letter left out, doubled, replaced or swapped with the next.
std::set<std::string> slips(std::string_view name) {
  std::set<std::string> out;
  const std::string word(name);
  for (std::size_t i = 0; i < word.size(); ++i) {
    out.insert(word.substr(0, i) + word.substr(i + 1));
    out.insert(word.substr(0, i) + word[i] + word.substr(i));
    out.insert(word.substr(0, i) + 'q' + word.substr(i + 1));
    if (i + 1 < word.size()) out.insert(word.substr(0, i) + word[i + 1] + word[i] + word.substr(i + 2));
  }
  out.erase(word);
  return out;
}

}  // namespace

TEST_CASE("a file with every field of the table is sound") {
  const auto result = load({{"news.jsonc", file_of_all()}}, world());
  INFO(file_of_all());
  CHECK(texts(result).empty());
  CHECK(result.catalog);
}

TEST_CASE("a file with each source of ids is sound") {
  for (const char* source : {"file", "url", "redisSet"}) {
    const std::string text = file_of_all("/fanout/ids/" + std::string(source), source);
    INFO(text);
    const auto result = load({{"news.jsonc", text}}, world());
    CHECK(texts(result).empty());
    CHECK(result.catalog);
  }
}

TEST_CASE("any key of a valid schedule file misspelt is refused with a suggestion") {
  std::size_t tried = 0;
  for (const Field& field : field_table()) {
    for (const std::string& slip : slips(field.name())) {
      if (find_field(std::string(field.section()) + "/" + slip) != nullptr) continue;
      ++tried;
      const auto result = load({{"news.jsonc", file_of_all(field.pointer, slip)}}, world());
      INFO(field.pointer << " as " << slip << "\n" << texts(result));
      CHECK_FALSE(result.catalog);
      bool suggested = false;
      for (const Finding& finding : result.findings)
        if (finding.code == 104 && finding.pointer == std::string(field.section()) + "/" + slip)
          suggested = finding.remedy.find("\"" + std::string(field.name()) + "\"") != std::string::npos;
      CHECK(suggested);
    }
  }
  CHECK(tried > 1000);
}

TEST_CASE("every row of the table is complete") {
  std::set<std::string_view> pointers;
  for (const Field& field : field_table()) {
    INFO(field.pointer);
    CHECK(pointers.insert(field.pointer).second);
    CHECK_FALSE(field.meaning.empty());
    CHECK_FALSE(type_name(field.type).empty());
    CHECK((field.read != nullptr) == (field.type != Type::section));
    CHECK((field.type == Type::choice) == !field.choices.empty());
    CHECK(field.required() == !field.example.empty());
    if (!field.section().empty()) CHECK(pointers.count(field.section()) == 1);
  }
}

TEST_CASE("the schema is JSON, covers every field and allows no other") {
  const auto schema = nlohmann::json::parse(schema_json());
  CHECK(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema");
  CHECK(schema["required"] == nlohmann::json({"schedule", "fetch", "store"}));
  CHECK(schema["properties"]["fetch"]["required"] == nlohmann::json({"url"}));
  std::size_t fields = 0;
  const std::function<void(const nlohmann::json&)> count = [&](const nlohmann::json& object) {
    CHECK(object["additionalProperties"] == false);
    for (const auto& [name, property] : object["properties"].items()) {
      ++fields;
      INFO(name);
      CHECK(property["description"].is_string());
      if (property.contains("properties")) count(property);
    }
  };
  count(schema);
  CHECK(fields == field_table().size());
  for (const Field& field : field_table()) {
    std::string path;
    for (const char c : field.pointer) path += c == '/' ? std::string("/properties/") : std::string(1, c);
    CHECK(schema.contains(nlohmann::json::json_pointer(path)));
  }
}

TEST_CASE("the schema says which sources of ids go together, and that a fan-out needs one") {
  const auto fanout = nlohmann::json::parse(schema_json())["properties"]["fanout"];
  CHECK(fanout["required"] == nlohmann::json({"ids"}));
  const auto& ids = fanout["properties"]["ids"];
  CHECK(ids["items"] == nlohmann::json({{"type", "string"}, {"minLength", 1}, {"maxLength", 200}}));
  REQUIRE(ids["oneOf"].size() == 4);
  CHECK(ids["oneOf"][0]["type"] == "array");
  CHECK(ids["oneOf"][1] ==
        nlohmann::json({{"type", "object"}, {"required", {"file"}}, {"maxProperties", 1}}));
  CHECK(ids["oneOf"][2]["properties"] == nlohmann::json({{"file", false}, {"redisSet", false}}));
  CHECK(ids["oneOf"][3]["required"] == nlohmann::json({"redisSet"}));
}

TEST_CASE("the reference page has a row a field") {
  const std::string page = schema_markdown();
  for (const Field& field : field_table()) {
    std::string name(field.pointer.substr(1));
    std::replace(name.begin(), name.end(), '/', '.');
    CHECK(page.find("| `" + name + "` | ") != std::string::npos);
  }
  CHECK(page.find("| `timeout` | duration | 30s | 1s-15m | PW226 | run deadline") != std::string::npos);
}
