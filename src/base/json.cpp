// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/json.hpp"

#include <array>

#include "base/json_bytes.hpp"
#include "prewarm/base/json_walk.hpp"

namespace prewarm {

std::string_view trim_json(std::string_view text) noexcept {
  while (!text.empty() && json_bytes::is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && json_bytes::is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<JsonType> json_type(std::string_view text) noexcept {
  const std::size_t at = skip_json_space(text, 0);
  if (at == text.size()) return std::nullopt;
  switch (text[at]) {
    case '{':
      return JsonType::object;
    case '[':
      return JsonType::array;
    case '"':
      return JsonType::string;
    case 't':
    case 'f':
      return JsonType::boolean;
    case 'n':
      return JsonType::null;
    default:
      if (text[at] == '-' || is_digit(text[at])) return JsonType::number;
      return std::nullopt;
  }
}

std::optional<std::size_t> json_items(std::string_view text) {
  const std::size_t at = skip_json_space(text, 0);
  if (at == text.size() || (text[at] != '[' && text[at] != '{')) return std::nullopt;
  JsonWalk walk(text, at);
  while (walk.next()) continue;
  return walk.count();
}

std::string_view json_type_name(JsonType type) noexcept {
  constexpr std::array<std::string_view, 6> kNames = {"null",   "boolean", "number",
                                                      "string", "array",   "object"};
  return kNames[static_cast<std::size_t>(type)];
}

}  // namespace prewarm
