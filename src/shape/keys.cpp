// SPDX-License-Identifier: Apache-2.0
#include "shape/keys.hpp"

#include <algorithm>

#include "prewarm/base/json_walk.hpp"
#include "shape/find.hpp"

namespace prewarm::shape {
namespace {

// Text for a hole: a string's text, the bytes of a number or boolean; nothing for the rest and for strings
// that UTF-8 cannot express.
std::optional<std::string> hole_text(std::string_view record, const schedule::Pointer& pointer) {
  const auto value = find_value(record, skip_json_space(record, 0), pointer);
  if (!value) return std::nullopt;
  switch (json_type(*value).value_or(JsonType::null)) {
    case JsonType::string:
      return json_unquote(*value);
    case JsonType::number:
    case JsonType::boolean:
      return std::string(*value);
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<void> fill_keys(const KeySource& source, Shaped& shaped) {
  const schedule::KeyTemplate::Lookup lookup = [&](const schedule::Pointer& pointer) {
    return hole_text(source.record, pointer);
  };
  for (const schedule::KeyTemplate& key_template : source.templates) {
    auto key = key_template.fill(source.names, lookup, source.id);
    if (!key) {
      if (shaped.keys.empty()) return std::move(key).error();
      ++shaped.aliases_skipped;
    } else if (std::find(shaped.keys.begin(), shaped.keys.end(), *key) != shaped.keys.end()) {
      return Error{ErrorKind::key_twice, "two templates of store.keys give one key, " + *key +
                                             "; the second is " + key_template.text()};
    } else {
      shaped.keys.push_back(std::move(key).value());
    }
  }
  return {};
}

}  // namespace prewarm::shape
