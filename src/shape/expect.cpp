// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/json_text.hpp"
#include "prewarm/base/json_walk.hpp"
#include "shape/find.hpp"
#include "shape/mould.hpp"
#include "shape/same_value.hpp"

namespace prewarm::shape {
namespace {

// What came is told by its type alone: the body's own words stay out of logs.
std::string what_came(std::optional<std::string_view> found, std::string_view wanted) {
  if (!found) return "nothing is there";
  const auto type = json_type(*found).value_or(JsonType::null);
  if (type == JsonType::null) return "null came";
  const bool same_type = type == json_type(wanted);
  return (same_type ? "another " : "a value of type ") + std::string(json_type_name(type)) + " came";
}

}  // namespace

Result<void> meet_expectations(const schedule::FetchSpec& fetch, std::string_view body) {
  const std::size_t root = skip_json_space(body, 0);
  for (const auto& [pointer, wanted] : fetch.expect) {
    const auto found = find_value(body, root, pointer);
    if (meaning_of(found.value_or("null"), Case::folded) == meaning_of(wanted, Case::folded)) continue;
    return Error{ErrorKind::body,
                 "fetch.expect " + json_quote(pointer.text()) + ": " + what_came(found, wanted) + ", " +
                     cut_text(wanted, 80) + " is wanted",
                 "if this answer is right, change fetch.expect"};
  }
  return {};
}

}  // namespace prewarm::shape
