// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/pointer.hpp"

#include <algorithm>
#include <optional>

#include "prewarm/base/json_text.hpp"

namespace prewarm::schedule {
namespace {

// One reference token without its escapes; nothing if a '~' stands for neither "~" nor "/".
std::optional<std::string> unescape(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      out += token[i];
      continue;
    }
    if (++i == token.size() || (token[i] != '0' && token[i] != '1')) return std::nullopt;
    out += token[i] == '0' ? '~' : '/';
  }
  return out;
}

// "listens", "$.a.b", "a[0].b" and "/a~b" as the pointers that were probably meant.
std::string probably_meant(std::string_view text) {
  if (!text.empty() && text[0] == '$') text.remove_prefix(1);
  std::string out;
  for (const char c : text) {
    if (c == '~') {
      out += "~0";
    } else if (c == '.' || c == '[' || c == '/') {
      if (out.empty() || out.back() != '/') out += '/';
    } else if (c != ']') {
      out += c;
    }
  }
  return out.empty() || out[0] != '/' ? "/" + out : out;
}

Error not_pointer(std::string_view text) {
  return Error{ErrorKind::invalid, json_quote(cut_text(text, 80)) + " is not a JSON Pointer",
               json_quote(cut_text(probably_meant(text), 80))};
}

}  // namespace

Result<Pointer> Pointer::parse(std::string_view text) {
  Pointer pointer;
  pointer.text_ = text;
  if (text.empty()) return pointer;
  if (text[0] != '/') return not_pointer(text);
  for (std::size_t begin = 1; begin <= text.size();) {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    auto token = unescape(text.substr(begin, end - begin));
    if (!token) return not_pointer(text);
    pointer.tokens_.push_back(std::move(*token));
    begin = end + 1;
  }
  return pointer;
}

}  // namespace prewarm::schedule
