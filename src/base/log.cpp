// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/log.hpp"

#include <array>

#include "prewarm/base/time_text.hpp"

namespace prewarm {
namespace {

constexpr std::size_t kMaxText = 2000;
constexpr std::array<std::string_view, 4> kLevelNames{"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 4> kLevelColors{"\x1b[2m", "", "\x1b[33m", "\x1b[31m"};

std::string_view name_of(Level level) { return kLevelNames[static_cast<std::size_t>(level)]; }

std::string list_json(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts)
    out += (out.size() > 1 ? "," : "") + json_quote(cut_text(text, kMaxText));
  return out + "]";
}

void add_field(JsonObject& object, const Field& field) {
  if (const auto* text = std::get_if<std::string>(&field.value))
    object.add(field.name, cut_text(*text, kMaxText));
  else if (const auto* number = std::get_if<std::int64_t>(&field.value))
    object.add(field.name, *number);
  else if (const auto* texts = std::get_if<std::vector<std::string>>(&field.value))
    object.add_raw(field.name, list_json(*texts));
  else
    object.add(field.name, *std::get_if<bool>(&field.value));
}

// Bare when it reads as one word, else quoted as JSON.
void append_value(std::string& out, const Field& field) {
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    out += std::to_string(*number);
    return;
  }
  if (const auto* flag = std::get_if<bool>(&field.value)) {
    out += *flag ? "true" : "false";
    return;
  }
  if (const auto* texts = std::get_if<std::vector<std::string>>(&field.value)) {
    out += list_json(*texts);
    return;
  }
  const auto& text = *std::get_if<std::string>(&field.value);
  const bool bare = !text.empty() && text.find_first_of(" \"=\\") == std::string::npos;
  const std::string quoted = json_quote(cut_text(text, kMaxText));
  const std::string_view inner = std::string_view(quoted).substr(1, quoted.size() - 2);
  out += bare && inner == text ? inner : std::string_view(quoted);
}

}  // namespace

void add_fields(JsonObject& object, const Fields& fields) {
  for (const Field& field : fields) add_field(object, field);
}

std::string json_line(const LogSettings& settings, const LogLine& line) {
  JsonObject object;
  object.add("time", instant_text(line.time))
      .add("level", name_of(line.level))
      .add("event", line.event)
      .add("msg", cut_text(line.msg, kMaxText))
      .add("env", settings.env)
      .add("worker", settings.worker);
  add_fields(object, line.fields);
  return object.text();
}

std::string human_line(const LogSettings& settings, const LogLine& line) {
  const auto level = static_cast<std::size_t>(line.level);
  std::string out = instant_text(line.time);
  out += ' ';
  if (settings.color) out += kLevelColors[level];
  std::string word(kLevelNames[level]);
  word.resize(5, ' ');
  out += word;
  if (settings.color && !kLevelColors[level].empty()) out += "\x1b[0m";
  out += "  ";
  print_escape_to(out, cut_text(line.msg, kMaxText));
  out += "  [" + line.event + "]";
  for (const Field& field : line.fields) {
    out += ' ';
    json_escape_to(out, field.name);
    out += '=';
    append_value(out, field);
  }
  return out;
}

}  // namespace prewarm
