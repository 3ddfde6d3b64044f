// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/json_text.hpp"

#include <array>
#include <cstdio>

namespace prewarm {
namespace {

// Length of the well-formed UTF-8 sequence at the front (RFC 3629, no overlong forms, no surrogates); 0 when
// there is none.
std::size_t utf8_length(std::string_view s) {
  const auto byte = [&](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0U; };
  const auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef)
    return tail(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf) && tail(2) ? 3 : 0;
  if (first >= 0xf0 && first <= 0xf4)
    return tail(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf) && tail(2) && tail(3) ? 4 : 0;
  return 0;
}

void append_unicode_escape(std::string& out, unsigned code) {
  std::array<char, 8> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "\\u%04x", code);
  out += buffer.data();
}

void append_ascii(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto code = static_cast<unsigned char>(c);
  if (code < 0x20 || code == 0x7f)
    append_unicode_escape(out, code);
  else
    out += c;
}

}  // namespace

void json_escape_to(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      out += "\xef\xbf\xbd";
      text.remove_prefix(1);
      continue;
    }
    const std::string_view piece = text.substr(0, length);
    if (length == 1)
      append_ascii(out, piece[0]);
    else if (piece == "\xe2\x80\xa8")
      out += "\\u2028";
    else if (piece == "\xe2\x80\xa9")
      out += "\\u2029";
    else
      out += piece;
    text.remove_prefix(length);
  }
}

std::string json_quote(std::string_view text) {
  std::string out = "\"";
  json_escape_to(out, text);
  return out += '"';
}

std::string cut_text(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  std::size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "…";
}

void JsonObject::name(std::string_view name) {
  if (body_.size() > 1) body_ += ',';
  body_ += '"';
  json_escape_to(body_, name);
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
