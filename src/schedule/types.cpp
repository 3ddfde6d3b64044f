// SPDX-License-Identifier: Apache-2.0
// What is known of a field from its type alone: its name and its limits, in words.
#include "fields.hpp"

namespace prewarm::schedule {

bool may_hold_secrets(Type type) noexcept {
  return type == Type::filled || type == Type::body || type == Type::query || type == Type::headers;
}

std::string_view type_name(Type type) noexcept {
  switch (type) {
    case Type::section:
      return "object";
    case Type::ignored:
    case Type::text:
    case Type::name:
      return "text";
    case Type::url:
      return "URL";
    case Type::words:
      return "list of text";
    case Type::cron:
      return "cron expression";
    case Type::zone:
      return "time zone";
    case Type::duration:
      return "duration";
    case Type::size:
      return "size";
    case Type::integer:
      return "integer";
    case Type::number:
      return "number";
    case Type::boolean:
      return "boolean";
    case Type::choice:
      return "choice";
    case Type::codes:
      return "list of codes";
    case Type::filled:
      return "text with ${NAME}";
    case Type::body:
      return "text with ${NAME}, or any JSON";
    case Type::query:
      return "object of text with ${NAME}, or of lists of it";
    case Type::headers:
      return "object of text with ${NAME}";
    case Type::path:
      return "path";
    case Type::expect:
      return "object of JSON Pointer to constant";
    case Type::pointer:
      return "JSON Pointer";
    case Type::pointers:
      return "list of JSON Pointer";
    case Type::pick:
      return "object of JSON Pointer";
    case Type::keys:
      return "key template or list of it";
    case Type::rate:
      return "rate";
    case Type::ids:
      return "list of text, or object";
  }
  return "";
}

std::string spelled(const Field& field, std::int64_t number) {
  if (field.type == Type::duration) {
    constexpr std::int64_t kDay = 86400000;
    if (number >= 100 * kDay && number % kDay == 0) return std::to_string(number / kDay) + "d";
    return duration_literal(Millis{number});
  }
  if (field.type != Type::size) return std::to_string(number);
  if (number % (1 << 20) == 0 && number > 0) return std::to_string(number >> 20) + "MiB";
  if (number % (1 << 10) == 0 && number > 0) return std::to_string(number >> 10) + "KiB";
  return std::to_string(number) + "B";
}

std::string limits_text(const Field& field) {
  if (!field.limits.empty()) return std::string(field.limits);
  std::string out;
  for (const std::string_view choice : field.choices) out += (out.empty() ? "" : ", ") + std::string(choice);
  if (!out.empty() || field.range.most == 0) return out;
  if (field.type == Type::text) return "at most " + spelled(field, field.range.most) + " characters";
  if (field.range.least == field.range.most) return spelled(field, field.range.most);
  return spelled(field, field.range.least) + "-" + spelled(field, field.range.most);
}

}  // namespace prewarm::schedule
