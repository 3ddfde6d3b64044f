// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/json_text.hpp"

#include <array>
#include <cstdio>

#include "prewarm/base/utf8.hpp"

namespace prewarm {
namespace {

void append_unicode_escape(std::string& out, unsigned code) {
  std::array<char, 8> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "\\u%04x", code);
  out += buffer.data();
}

// Characters that would break a line or steer a terminal. False where the character may stay.
bool append_control(std::string& out, std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  const bool c1 = character.size() == 2 && first == 0xc2 && static_cast<unsigned char>(character[1]) <= 0x9f;
  if (character == "\n")
    out += "\\n";
  else if (character == "\r")
    out += "\\r";
  else if (character == "\t")
    out += "\\t";
  else if (character == "\xe2\x80\xa8")
    out += "\\u2028";
  else if (character == "\xe2\x80\xa9")
    out += "\\u2029";
  else if (first < 0x20 || first == 0x7f)
    append_unicode_escape(out, first);
  else if (c1)
    append_unicode_escape(out, static_cast<unsigned char>(character[1]));
  else
    return false;
  return true;
}

// Characters of `to_escape` get a backslash in front.
void escape_to(std::string& out, std::string_view text, std::string_view to_escape) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (!append_control(out, character)) {
      if (to_escape.find(character[0]) != std::string_view::npos) out += '\\';
      out += character;
    }
  }
}

}  // namespace

void json_escape_to(std::string& out, std::string_view text) { escape_to(out, text, "\"\\"); }
void print_escape_to(std::string& out, std::string_view text) { escape_to(out, text, ""); }

std::string json_quote(std::string_view text) {
  std::string out = "\"";
  json_escape_to(out, text);
  return out += '"';
}

std::string cut_text(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  std::size_t end = max_bytes;
  // A character has at most three continuation bytes; a longer row of them is no text and is cut anywhere.
  while (end > 0 && max_bytes - end < 3 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "…";
}

void JsonObject::name(std::string_view member) {
  if (body_.size() > 1) body_ += ',';
  body_ += '"';
  json_escape_to(body_, member);
  body_ += "\":";
}
JsonObject& JsonObject::add(std::string_view member, std::string_view value) {
  name(member);
  body_ += '"';
  json_escape_to(body_, value);
  body_ += '"';
  return *this;
}
JsonObject& JsonObject::add(std::string_view member, std::int64_t value) {
  return add_raw(member, std::to_string(value));
}
JsonObject& JsonObject::add(std::string_view member, std::uint64_t value) {
  return add_raw(member, std::to_string(value));
}
JsonObject& JsonObject::add(std::string_view member, bool value) {
  return add_raw(member, value ? "true" : "false");
}
JsonObject& JsonObject::add_raw(std::string_view member, std::string_view json) {
  name(member);
  body_ += json;
  return *this;
}

}  // namespace prewarm
