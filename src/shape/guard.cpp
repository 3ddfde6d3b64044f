// SPDX-License-Identifier: Apache-2.0
#include "shape/guard.hpp"

#include <array>
#include <unordered_map>

#include "prewarm/base/json_text.hpp"
#include "prewarm/base/json_walk.hpp"
#include "shape/find.hpp"
#include "shape/same_value.hpp"

namespace prewarm::shape {
namespace {

using schedule::GuardSpec;
using schedule::GuardType;

constexpr std::array kTypes = {JsonType::null,   JsonType::array,  JsonType::object,
                               JsonType::string, JsonType::number, JsonType::boolean};

Result<void> guard_type(GuardType wanted, JsonType came) {
  const JsonType type = kTypes[static_cast<std::size_t>(wanted)];
  if (wanted == GuardType::any || type == came) return {};
  return refused("guard.type", std::string(json_type_name(type)),
                 "a value of type " + std::string(json_type_name(came)) + " came");
}

Result<void> guard_items(const GuardSpec& guard, std::size_t items) {
  if (guard.min_items && items < *guard.min_items)
    return refused("guard.minItems", std::to_string(*guard.min_items), items_text(items) + " came");
  if (guard.max_items && items > *guard.max_items)
    return refused("guard.maxItems", std::to_string(*guard.max_items), items_text(items) + " came");
  return {};
}

Result<void> guard_required(const std::vector<schedule::Pointer>& required, std::string_view value) {
  for (const schedule::Pointer& pointer : required) {
    const auto at = find_at(value, 0, pointer);
    if (at && json_type(value.substr(*at, 1)) != JsonType::null) continue;
    return refused("guard.required", json_quote(cut_text(pointer.text(), 80)),
                   at ? "null came" : "nothing is there");
  }
  return {};
}

// Nothing there counts as null, as it does for `pick`, and two nulls agree.
Result<void> guard_unique(const schedule::Pointer& pointer, std::string_view array) {
  std::unordered_map<std::string, std::size_t> seen;
  for (JsonWalk walk(array, 0); walk.next();) {
    const std::string_view found = find_value(array, walk.value_at(), pointer).value_or("null");
    const std::size_t index = walk.count() - 1;
    const auto [first, fresh] = seen.try_emplace(meaning_of(found, Case::counts), index);
    if (!fresh)
      return refused(
          "guard.unique", json_quote(cut_text(pointer.text(), 80)),
          "items " + std::to_string(first->second) + " and " + std::to_string(index) + " agree there");
  }
  return {};
}

}  // namespace

Error refused(std::string_view field, const std::string& limit, const std::string& what) {
  return {ErrorKind::guard, std::string(field) + " " + limit + ": " + what,
          "if this answer is right, change " + std::string(field)};
}

std::string items_text(std::size_t items) {
  return std::to_string(items) + (items == 1 ? " item" : " items");
}

Result<void> guard_value(const GuardSpec& guard, const Shaped& shaped, std::string_view value) {
  if (shaped.type == JsonType::null) {
    if (guard.allow_null) return {};  // the other rules speak of values that are there
    return refused("guard.allowNull", "false", "null came");
  }
  TRY(guard_type(guard.type, shaped.type));
  if (shaped.items) TRY(guard_items(guard, *shaped.items));
  TRY(guard_required(guard.required, value));
  if (guard.unique && shaped.type == JsonType::array) TRY(guard_unique(*guard.unique, value));
  return {};
}

}  // namespace prewarm::shape
