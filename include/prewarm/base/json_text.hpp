// SPDX-License-Identifier: Apache-2.0
// Writing small JSON ourselves where member order, one line and safe escaping matter: log lines, --json,
// ledger records. Not for payloads (those are never serialised) and not for reading. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace prewarm {

/// `text` as a JSON string with quotes. Control characters (C0, DEL, C1), U+2028 and U+2029 are escaped;
/// bytes that are not UTF-8 become U+FFFD; the result is one line and valid JSON for any input.
std::string json_quote(std::string_view text);
/// The same without the quotes, appended to `out`.
void json_escape_to(std::string& out, std::string_view text);
/// For people: as json_escape_to, but quotes and backslashes stay as they are. One line for any input.
void print_escape_to(std::string& out, std::string_view text);
/// Cuts at `max_bytes` on a character border and adds "…" if anything was cut.
std::string cut_text(std::string_view text, std::size_t max_bytes);

/// Builds one object: JsonObject().add("code", 0).add("ok", true).text() == R"({"code":0,"ok":true})".
class JsonObject {
 public:
  JsonObject& add(std::string_view member, std::string_view value);
  JsonObject& add(std::string_view member, const char* value) { return add(member, std::string_view(value)); }
  JsonObject& add(std::string_view member, const std::string& value) {
    return add(member, std::string_view(value));
  }
  JsonObject& add(std::string_view member, std::int64_t value);
  JsonObject& add(std::string_view member, int value) {
    return add(member, static_cast<std::int64_t>(value));
  }
  JsonObject& add(std::string_view member, std::uint64_t value);
  JsonObject& add(std::string_view member, bool value);
  /// `json` is put in as it is; the caller vouches that it is one JSON text.
  JsonObject& add_raw(std::string_view member, std::string_view json);
  std::string text() const { return body_ + "}"; }

 private:
  void name(std::string_view member);
  std::string body_ = "{";
};

}  // namespace prewarm
