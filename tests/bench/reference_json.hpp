// SPDX-License-Identifier: Apache-2.0
// JSON for the reference: simdjson's parse decides whether the bytes are JSON, and the structural positions
// it leaves behind say where the records of an array begin and end, so a batch answer is read once.
#pragma once

#include <simdjson.h>

#include "reference_http.hpp"

namespace bench {

class Json {
 public:
  // Grows the string's memory, never its size, so that simdjson may read beyond the end.
  void check(std::string& bytes) {
    if (bytes.capacity() - bytes.size() < simdjson::SIMDJSON_PADDING)
      bytes.reserve(bytes.size() + simdjson::SIMDJSON_PADDING);
    const auto error = parser_.parse(bytes.data(), bytes.size(), false).error();
    if (error != simdjson::SUCCESS) die("not JSON:", simdjson::error_message(error));
  }

  // Each object of the array that was just checked, with the text of its member "id".
  template <typename Each>
  void records(std::string_view text, const Each& each) const {
    const auto* at = parser_.implementation->structural_indexes.get();
    const std::size_t n = parser_.implementation->n_structural_indexes;
    if (n == 0 || text[at[0]] != '[') die("the answer is no array");
    int depth = 0;
    std::size_t begin = 0;
    std::string_view id;
    for (std::size_t i = 1; i < n; ++i) {
      switch (text[at[i]]) {
        case '{':
        case '[':
          if (depth++ == 0) begin = at[i], id = {};
          break;
        case '}':
        case ']':
          if (--depth == 0) each(id, text.substr(begin, at[i] - begin + 1));
          break;
        case '"':
          if (depth == 1 && id.empty() && is_id(text, at[i]) && text[at[i + 1]] == ':')
            id = string_at(text, at[i + 2]);
          break;
        default:
          break;
      }
    }
  }

 private:
  static bool is_id(std::string_view text, std::size_t at) { return text.compare(at, 4, "\"id\"") == 0; }

  static std::string_view string_at(std::string_view text, std::size_t at) {
    const std::size_t end = text.find('"', at + 1);
    const std::string_view found = text.substr(at + 1, end - at - 1);
    if (text[at] != '"' || found.find('\\') != std::string_view::npos) die("an id must be a plain text");
    return found;
  }

  simdjson::dom::parser parser_;
};

}  // namespace bench
