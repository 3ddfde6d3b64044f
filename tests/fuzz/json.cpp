// SPDX-License-Identifier: Apache-2.0
// The bytes as a JSON text: our scanner beside simdjson's DOM, our reader of simdjson's index beside the
// scanner, our walk beside the DOM's tree. They may differ as PROMISES 11.D says and in nothing else: numbers
// beyond every type, half surrogate escapes, depth.
#include <simdjson.h>

#include <regex>
#include <vector>

#include "fuzz/input.hpp"
#include "prewarm/base/json.hpp"
#include "prewarm/base/json_walk.hpp"
#include "shape/body_check.hpp"

using namespace prewarm;

namespace {

struct Nesting {
  std::vector<JsonBracket> brackets;
  std::size_t depth = 0;
};

// Of a sound text.
Nesting nesting_of(std::string_view text) {
  Nesting nesting;
  std::vector<std::size_t> open;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      open.push_back(nesting.brackets.size());
      nesting.brackets.push_back({static_cast<std::uint32_t>(i), 0});
      nesting.depth = std::max(nesting.depth, open.size());
    } else if (c == ']' || c == '}') {
      ENSURE(!open.empty());
      nesting.brackets[open.back()].end = static_cast<std::uint32_t>(i) + 1;
      open.pop_back();
    }
  }
  ENSURE(open.empty() && !in_string);
  return nesting;
}

// A sound text in which each number is 0 and no escape is of a surrogate: what no parser may refuse.
std::string tamed(std::string_view text) {
  static const std::regex kNumber(R"(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?)");
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        const bool surrogate = text[i + 1] == 'u' && lower(text[i + 2]) == 'd' && text[i + 3] != '\0' &&
                               lower(text[i + 3]) > '7';
        out += surrogate ? "x" : text.substr(i, 2);
        i += surrogate ? 5 : 1;
        continue;
      }
      in_string = c != '"';
      out += c;
    } else if (is_digit(c) || c == '-') {
      const std::size_t end = std::min(text.find_first_not_of("0123456789+-.eE", i), text.size());
      // A recursive matcher: what is long is not worth its stack.
      if (end - i < 400) ENSURE(std::regex_match(text.begin() + i, text.begin() + end, kNumber));
      out += '0';
      i = end - 1;
    } else {
      in_string = c == '"';
      out += c;
    }
  }
  return out;
}

JsonType type_of(const simdjson::dom::element& element) {
  using simdjson::dom::element_type;
  switch (element.type()) {
    case element_type::ARRAY:
      return JsonType::array;
    case element_type::OBJECT:
      return JsonType::object;
    case element_type::STRING:
      return JsonType::string;
    case element_type::BOOL:
      return JsonType::boolean;
    case element_type::NULL_VALUE:
      return JsonType::null;
    default:
      return JsonType::number;
  }
}

// The same tree, and the walk's ends are those of the values.
std::size_t walk_beside(const simdjson::dom::element& element, std::string_view text, std::size_t at) {
  const JsonType type = type_of(element);
  ENSURE(json_type(text.substr(at)) == type);
  const std::size_t end = json_value_end(text, at);
  ENSURE(end > at && end <= text.size());
  if (type == JsonType::array) {
    JsonWalk walk(text, at);
    for (const simdjson::dom::element child : simdjson::dom::array(element)) {
      ENSURE(walk.next());
      walk.past(walk_beside(child, text, walk.value_at()));
    }
    ENSURE(!walk.next() && walk.end() == end);
  } else if (type == JsonType::object) {
    JsonWalk walk(text, at);
    for (const auto [name, child] : simdjson::dom::object(element)) {
      ENSURE(walk.next() && walk.named(name));
      ENSURE(!walk.named(std::string(name) + "x"));
      walk_beside(child, text, walk.value_at());  // the walk steps over the value by itself
    }
    ENSURE(!walk.next() && walk.end() == end);
  } else if (type == JsonType::string) {
    ENSURE(json_unquote(text.substr(at, end - at)) == std::string_view(element));
  }
  return end;
}

bool same_fault(const std::optional<JsonFault>& a, const std::optional<JsonFault>& b) {
  return a.has_value() == b.has_value() && (!a || (a->what == b->what && a->at == b->at));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto fault = scan_json(text);
  if (fault) ENSURE(fault->at <= size && !fault->what.empty() && fuzz::is_printable(fault->what));

  // The index reader says what the scanner says, of any bytes; without padding it is not asked.
  static shape::BodyCheck check;
  std::string padded;
  padded.reserve(size + kJsonPadding);
  padded = text;
  ENSURE(check.taken_by_simdjson(padded) == !fault);
  const std::vector<JsonBracket> brackets(check.brackets().begin(), check.brackets().end());
  ENSURE(same_fault(check.fault(padded), fault));
  ENSURE(same_fault(check.fault(std::string(text)), fault));

  static simdjson::dom::parser parser;
  simdjson::dom::element root;
  const auto error = parser.parse(padded).get(root);
  if (!error && !text.starts_with("\xef\xbb\xbf")) {
    const std::size_t depth = nesting_of(text).depth;
    ENSURE(!fault == (depth <= kMaxJsonDepth));
  }
  if (fault) return 0;

  const Nesting nesting = nesting_of(text);
  ENSURE(nesting.depth <= kMaxJsonDepth && brackets.size() == nesting.brackets.size());
  for (std::size_t i = 0; i < brackets.size(); ++i)
    ENSURE(brackets[i].begin == nesting.brackets[i].begin && brackets[i].end == nesting.brackets[i].end);

  const std::string_view trimmed = trim_json(text);
  const std::size_t at = skip_json_space(text, 0);
  ENSURE(trimmed == text.substr(at, json_value_end(text, at) - at));
  if (error) {
    ENSURE(error == simdjson::NUMBER_ERROR || error == simdjson::STRING_ERROR);
    ENSURE(!parser.parse(tamed(text)).error());
    return 0;
  }
  walk_beside(root, text, at);
  if (root.is_array()) ENSURE(json_items(text) == simdjson::dom::array(root).size());
  if (root.is_object()) ENSURE(json_items(text) == simdjson::dom::object(root).size());
  return 0;
}
