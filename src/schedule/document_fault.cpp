// SPDX-License-Identifier: Apache-2.0
// Why a file is not JSON, in words (PW101). The parser's own messages are not used: they quote what they
// read, which may be a secret, and count bytes. Texts and words of the file are never quoted here for the
// same reason.
#include <algorithm>
#include <array>

#include "prewarm/base/json_text.hpp"
#include "prewarm/base/utf8.hpp"
#include "tokens.hpp"

namespace prewarm::schedule {
namespace {

constexpr std::string_view kDelimiters = " \t\r\n,:{}[]/\"";

struct Word {
  std::string_view written, remedy;
};
// What people write from other languages.
constexpr auto kForeignWords =
    std::to_array<Word>({{"True", "write true"},
                         {"TRUE", "write true"},
                         {"yes", "write true"},
                         {"False", "write false"},
                         {"FALSE", "write false"},
                         {"no", "write false"},
                         {"None", "write null"},
                         {"NULL", "write null"},
                         {"undefined", "write null, or leave the member out"},
                         {"NaN", "JSON has no NaN; write null"},
                         {"Infinity", "JSON has no Infinity; leave the member out"}});

DocumentFault not_json(std::size_t at, std::string message, std::string remedy = "mend the spot") {
  return DocumentFault{101, at, std::move(message), std::move(remedy)};
}

// The first thing wrong inside a string that the parser refused.
DocumentFault string_fault(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') break;
    if (c == '\n' || c == '\r')
      return not_json(at, "a text has no closing quote on its line",
                      "close it with \", or write \\n for a new line");
    if (static_cast<unsigned char>(c) < 0x20)
      return not_json(i, "a raw control character stands in a text", "write it as an escape, e.g. \\t");
    if (c != '\\') continue;
    if (++i == text.size()) break;
    if (std::string_view("\"\\/bfnrtu").find(text[i]) == std::string_view::npos)
      return not_json(i - 1, "a backslash in a text begins no JSON escape", "write \\\\ for a backslash");
    if (text[i] != 'u') continue;
    const std::string_view digits = text.substr(i + 1, 4);
    if (digits.size() < 4 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos)
      return not_json(i - 1, "\\u in a text needs four hexadecimal digits", "e.g. \\u00e9");
  }
  if (text.find('"', at + 1) == std::string_view::npos)
    return not_json(at, "a text has no closing quote", "close it with \"");
  return not_json(at, "a text holds half of a surrogate pair", "write the character itself");
}

DocumentFault number_fault(std::size_t at) {
  return not_json(at, "found a number that JSON does not have",
                  "no leading + or 0, digits on both sides of a point, at most 1e308");
}

bool begins_number(char c) { return std::string_view("+-.0123456789").find(c) != std::string_view::npos; }

// A bare word or number where a value may stand, that is none.
DocumentFault word_fault(std::string_view text, std::size_t at, const std::string& wanted) {
  const std::size_t end = std::min(text.find_first_of(kDelimiters, at), text.size());
  const std::string_view word = text.substr(at, std::max<std::size_t>(end - at, 1));
  for (const Word& foreign : kForeignWords)
    if (word == foreign.written)
      return not_json(at, "found " + std::string(word) + " where " + wanted + " was expected",
                      std::string(foreign.remedy));
  if (word[0] == '\'')
    return not_json(at, "found ' where " + wanted + " was expected", "put texts into double quotes");
  if (begins_number(word[0])) return number_fault(at);
  const std::size_t length = std::max<std::size_t>(utf8_length(text.substr(at)), 1);
  return not_json(at, "found " + json_quote(text.substr(at, length)) + " where " + wanted + " was expected",
                  "put texts and names into double quotes");
}

std::string wanted_now(const ReadSoFar& state) {
  using Inside = ReadSoFar::Inside;
  if (state.inside == Inside::nothing) return "a value";
  if (state.inside == Inside::finished) return "the end of the file";
  const bool object = state.inside == Inside::object;
  if (state.name_read) return "\":\"";
  if (state.first) return object ? "a name in quotes or \"}\"" : "a value or \"]\"";
  return object ? "\",\" or \"}\"" : "\",\" or \"]\"";
}

// Something whole where a separator or the end was expected.
DocumentFault unparted(std::string_view text, std::size_t at, const std::string& wanted) {
  if (begins_number(text[at]) && at > 0 && begins_number(text[at - 1])) return number_fault(at);
  std::string remedy = "put a comma after what stands before";
  if (wanted == "\":\"") remedy = "put a : between name and value";
  if (wanted == "the end of the file") remedy = "one object a file; take the rest out";
  const std::string what = text[at] == '"' ? "a text" : "a number";
  return not_json(at, "found " + what + " where " + wanted + " was expected", std::move(remedy));
}

// What stands at `at` is none of what may follow.
DocumentFault found_fault(std::string_view text, std::size_t at, const std::string& wanted,
                          bool name_or_value) {
  const char c = text[at];
  if (!name_or_value && (c == '"' || begins_number(c))) return unparted(text, at, wanted);
  if (c == '"') return string_fault(text, at);
  if (std::string_view("{}[],:").find(c) != std::string_view::npos)
    return not_json(at, "found " + json_quote(std::string(1, c)) + " where " + wanted + " was expected");
  return word_fault(text, at, wanted);
}

}  // namespace

DocumentFault Tokens::fault(const ReadSoFar& state) const {
  std::size_t at = at_;
  std::string wanted = wanted_now(state);
  bool name_or_value = state.inside != ReadSoFar::Inside::finished && state.first && !state.name_read;
  bool may_separate = state.inside != ReadSoFar::Inside::finished && (state.name_read || !state.first);
  for (;;) {
    if (!skip_filler(text_, at)) return not_json(at, "a comment has no end", "close it with */");
    if (at == text_.size()) break;
    const char separator = state.name_read ? ':' : ',';
    if (!may_separate || text_[at] != separator) return found_fault(text_, at, wanted, name_or_value);
    const std::size_t separated = at++;
    may_separate = false;
    name_or_value = true;
    wanted = state.inside == ReadSoFar::Inside::object && !state.name_read ? "a name in quotes" : "a value";
    if (!skip_filler(text_, at) || state.name_read) continue;
    if (at < text_.size() && (text_[at] == '}' || text_[at] == ']'))
      return not_json(separated, "a comma stands before " + json_quote(text_.substr(at, 1)),
                      "take the comma out");
  }
  return not_json(at, "the file ends where " + wanted + " was expected",
                  "is the file whole? something is not closed");
}

}  // namespace prewarm::schedule
