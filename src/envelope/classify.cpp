// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "prewarm/base/json.hpp"
#include "prewarm/envelope/envelope.hpp"

namespace prewarm::envelope {
namespace {

Class class_of(std::int64_t version, std::int64_t expected) noexcept {
  if (version == expected) return Class::current;
  return version < expected ? Class::older : Class::newer;
}

}  // namespace

std::string_view class_text(Class cls) noexcept {
  constexpr std::array<std::string_view, 7> kTexts = {"absent", "current", "older",     "newer",
                                                      "legacy", "foreign", "wrong_type"};
  return kTexts[static_cast<std::size_t>(cls)];
}

std::string_view kind_text(Kind kind) noexcept {
  constexpr std::array<std::string_view, 3> kTexts = {"array", "object", "other"};
  return kTexts[static_cast<std::size_t>(kind)];
}

Kind kind_of(std::string_view bytes) noexcept {
  const auto type = json_type(bytes);
  if (type == JsonType::array) return Kind::array;
  return type == JsonType::object ? Kind::object : Kind::other;
}

Class classify(std::string_view bytes, std::int64_t expected_version) {
  if (bytes.empty()) return Class::absent;
  if (const auto opened = open(bytes)) return class_of(opened->head.version, expected_version);
  return scan_json(bytes) ? Class::foreign : Class::legacy;
}

HeadClass classify_head(std::string_view head80, std::int64_t length, std::int64_t expected_version,
                        WallTime store_now) {
  HeadClass seen;
  if (length < 0) {
    seen.cls = Class::wrong_type;
    return seen;
  }
  if (length == 0) return seen;
  seen.kind = kind_of(head80);
  const auto head = read_head(head80);
  if (!head) {
    seen.cls = json_type(head80) ? Class::legacy : Class::foreign;
  } else if (head->last_updated - store_now > kMaxAhead) {
    seen.cls = Class::foreign;
    seen.ahead = head->last_updated - store_now;
  } else {
    seen.cls = class_of(head->version, expected_version);
    seen.head = head;
  }
  return seen;
}

}  // namespace prewarm::envelope
