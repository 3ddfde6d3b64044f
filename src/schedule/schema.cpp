// SPDX-License-Identifier: Apache-2.0
// JSON Schema 2020-12 of a schedule file, from the field table. It says what an editor can check while one
// types; what fields say of each other is the loader's.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "fields.hpp"
#include "prewarm/schedule/catalog.hpp"

namespace prewarm::schedule {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kDuration = "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$";
constexpr const char* kRate = "^[0-9]+/([smh]|([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)$";
constexpr const char* kPointer = "^(/([^~/]|~[01])*)*$";

Json text() { return {{"type", "string"}}; }
Json pattern(const char* expression) { return {{"type", "string"}, {"pattern", expression}}; }
Json list_of(const Field& field, Json items) {
  Json schema{{"type", "array"}, {"items", std::move(items)}};
  if (field.range.most > 0) schema["maxItems"] = field.range.most;
  return schema;
}
Json object_of(const Field& field, Json values) {
  Json schema{{"type", "object"}, {"additionalProperties", std::move(values)}};
  if (field.range.least > 0) schema["minProperties"] = field.range.least;
  schema["maxProperties"] = field.range.most;
  return schema;
}
Json number_of(const char* type, const Field& field) {
  return {{"type", type}, {"minimum", field.range.least}, {"maximum", field.range.most}};
}
Json either(Json a, Json b) { return {{"anyOf", Json::array({std::move(a), std::move(b)})}}; }

Json text_of(const Field& field) {
  Json schema = text();
  if (field.range.most > 0) schema["maxLength"] = field.range.most;
  return schema;
}

Json pick_value() {
  Json constant{{"type", "object"},
                {"properties", {{"const", Json::object()}}},
                {"required", Json::array({"const"})},
                {"additionalProperties", false}};
  return either(pattern(kPointer), std::move(constant));
}

Json expect_of(const Field& field) {
  Json schema = object_of(field, true);
  schema["propertyNames"] = {{"pattern", kPointer}};
  return schema;
}

Json keys_of(const Field& field) {
  Json list = list_of(field, text());
  list["minItems"] = field.range.least;
  return either(text(), std::move(list));
}

// The members of the object come from their own rows; here is which of them go together.
Json ids_of(const Field& field) {
  const auto alone = [](const char* name) -> Json {
    return {{"type", "object"}, {"required", Json::array({name})}, {"maxProperties", 1}};
  };
  Json from_url{{"type", "object"},
                {"required", Json::array({"url"})},
                {"properties", {{"file", false}, {"redisSet", false}}}};
  Json id = text();
  id["minLength"] = 1;
  id["maxLength"] = field.range.most;
  return {
      {"oneOf",
       Json::array(
           {{{"type", "array"}, {"minItems", 1}}, alone("file"), std::move(from_url), alone("redisSet")})},
      {"items", std::move(id)},
      {"properties", Json::object()}};
}

Json type_schema(const Field& field) {
  switch (field.type) {
    case Type::section:
      return {{"type", "object"}, {"properties", Json::object()}};
    case Type::ignored:
    case Type::cron:
    case Type::zone:
    case Type::path:
    case Type::filled:
      return text();
    case Type::text:
    case Type::url:
      return text_of(field);
    case Type::words:
      return list_of(field, pattern("^[a-z0-9-]{1,32}$"));
    case Type::name:
      return pattern("^[A-Za-z_][A-Za-z0-9_]{0,63}$");
    case Type::duration: {
      Json schema = pattern(kDuration);
      schema["minLength"] = 2;
      return schema;
    }
    case Type::size:
      return pattern("^[0-9]+(B|KiB|MiB|GiB)$");
    case Type::integer:
      return number_of("integer", field);
    case Type::number:
      return number_of("number", field);
    case Type::boolean:
      return {{"type", "boolean"}};
    case Type::choice:
      return {{"enum", Json(std::vector<std::string>(field.choices.begin(), field.choices.end()))}};
    case Type::codes:
      return list_of(field, pattern("^PW[0-9]{3}$"));
    case Type::body:
      return Json::object();
    case Type::query:
      return object_of(field, either(text(), list_of(field, text())));
    case Type::headers:
      return object_of(field, text());
    case Type::expect:
      return expect_of(field);
    case Type::pointer:
      return pattern(kPointer);
    case Type::pointers:
      return list_of(field, pattern(kPointer));
    case Type::pick:
      return object_of(field, pick_value());
    case Type::keys:
      return keys_of(field);
    case Type::rate:
      return pattern(kRate);
    case Type::ids:
      return ids_of(field);
  }
  return text();
}

std::string description_of(const Field& field) {
  std::string out(field.meaning);
  if (const std::string limits = limits_text(field); !limits.empty()) out += ". Limits: " + limits;
  if (!field.fallback.empty() && !field.required()) out += ". Default: " + std::string(field.fallback);
  return out;
}

// The object that holds the members of a section; "" is the outermost.
Json& section_of(Json& root, std::string_view section) {
  Json* object = &root;
  while (!section.empty()) {
    section.remove_prefix(1);
    const std::size_t end = std::min(section.find('/'), section.size());
    object = &(*object)["properties"][std::string(section.substr(0, end))];
    section.remove_prefix(end);
  }
  return *object;
}

// An object must be there if a field in it must, unless it has a default.
void require(Json& root, std::string_view pointer) {
  for (; !pointer.empty(); pointer = pointer.substr(0, pointer.rfind('/'))) {
    if (const Field& field = *find_field(pointer); field.type == Type::section && !field.fallback.empty())
      return;
    const std::size_t slash = pointer.rfind('/');
    Json& names = section_of(root, pointer.substr(0, slash))["required"];
    const std::string name(pointer.substr(slash + 1));
    if (names.is_null()) names = Json::array();
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
}

}  // namespace

std::string schema_json() {
  Json root{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
            {"title", "A schedule of prewarm"},
            {"description",
             "What to fetch, when, how to shape, guard and store it. One file a schedule, named by it."},
            {"type", "object"},
            {"properties", Json::object()}};
  for (const Field& field : field_table()) {
    Json schema = type_schema(field);
    schema["description"] = description_of(field);
    if (!field.example.empty()) schema["examples"] = Json::array({Json::parse(field.example)});
    section_of(root, field.section())["properties"][std::string(field.name())] = std::move(schema);
  }
  for (const Field& field : field_table()) {
    if (field.required()) require(root, field.pointer);
    if (field.has_members()) section_of(root, field.pointer)["additionalProperties"] = false;
  }
  root["additionalProperties"] = false;
  return root.dump(2) + "\n";
}

}  // namespace prewarm::schedule
