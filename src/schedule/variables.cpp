// SPDX-License-Identifier: Apache-2.0
#include "variables.hpp"

#include <algorithm>

#include "prewarm/base/json_text.hpp"
#include "prewarm/base/utf8.hpp"

namespace prewarm::schedule {
namespace {

bool is_name(std::string_view text) {
  if (text.empty() || text[0] < 'A' || text[0] > 'Z') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; });
}

std::string in_capitals(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= 'a' && c <= 'z')
      out += static_cast<char>(c - 'a' + 'A');
    else
      out += (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
  }
  return out;
}

Complaint malformed(std::string what,
                    std::string remedy = "\"${NAME}\", \"${NAME:-text}\", or \"$$\" for a dollar sign") {
  return Complaint{304, std::move(what), std::move(remedy)};
}

// What stands between the braces of "${…}".
std::variant<TextPiece, Complaint> parse_variable(std::string_view inside) {
  TextPiece piece{{}, true, {}};
  const std::size_t colon = inside.find(":-");
  const std::string_view name = inside.substr(0, colon);
  if (!is_name(name)) {
    const std::string meant = in_capitals(name);
    if (!is_name(meant) || name.size() > 64)
      return malformed("holds a \"${…}\" whose name is not of A-Z, 0-9 and _");
    return malformed("holds a \"${…}\" whose name is not of A-Z, 0-9 and _", "\"${" + meant + "}\"");
  }
  if (name.substr(0, 8) == "PREWARM_")
    return Complaint{305,
                     "names " + std::string(name) + ", but PREWARM_ variables are the worker's own settings",
                     "another name"};
  piece.text = name;
  if (colon == std::string_view::npos) return piece;
  const std::string_view fallback = inside.substr(colon + 2);
  if (fallback.find('$') != std::string_view::npos)
    return malformed("holds a \"$\" in the text that stands in for " + piece.text, "a text without \"$\"");
  piece.fallback = fallback;
  return piece;
}

void add_literal(TextPieces& pieces, std::string_view text) {
  if (text.empty()) return;
  if (pieces.empty() || pieces.back().variable) pieces.push_back(TextPiece{});
  pieces.back().text += text;
}

}  // namespace

std::variant<TextPieces, Complaint> parse_text(std::string_view written) {
  TextPieces pieces;
  while (!written.empty()) {
    const std::size_t dollar = std::min(written.find('$'), written.size());
    add_literal(pieces, written.substr(0, dollar));
    written.remove_prefix(dollar);
    if (written.empty()) break;
    if (written.substr(0, 2) == "$$") {
      add_literal(pieces, "$");
      written.remove_prefix(2);
      continue;
    }
    if (written.substr(0, 2) != "${") return malformed("holds a \"$\" that begins no variable");
    const std::size_t end = written.find('}');
    if (end == std::string_view::npos) return malformed("holds a \"${\" without \"}\"");
    auto piece = parse_variable(written.substr(2, end - 2));
    if (auto* complaint = std::get_if<Complaint>(&piece)) return std::move(*complaint);
    pieces.push_back(std::move(*std::get_if<TextPiece>(&piece)));
    written.remove_prefix(end + 1);
  }
  return pieces;
}

std::string shown_text(const TextPieces& pieces) {
  std::string out;
  for (const TextPiece& piece : pieces) out += piece.variable ? "${" + piece.text + "}" : piece.text;
  return out;
}

bool has_variable(const TextPieces& pieces) noexcept {
  return std::any_of(pieces.begin(), pieces.end(), [](const TextPiece& piece) { return piece.variable; });
}

namespace {

struct Value {
  std::string text{};
  std::optional<Complaint> complaint{};
  bool unset = false;
};

std::string ways_to_set(const std::string& name) {
  return "export " + name + "=..., " + name + "_FILE=PATH, or ${" + name + ":-} if it may be empty";
}

// PW306: such a value would end a header line, or be no text at all.
std::optional<Complaint> unfit_value(const std::string& name, const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto code = static_cast<unsigned char>(text[i]);
    const std::size_t length = utf8_length(std::string_view(text).substr(i));
    if (code < 0x20 || code == 0x7f)
      return Complaint{306, "needs " + name + ", whose value holds a control character, e.g. a new line",
                       "set it to one line of text"};
    if (length == 0) return Complaint{306, "needs " + name + ", whose value is not UTF-8", "set it to text"};
    i += length;
  }
  return std::nullopt;
}

Value from_file(const std::string& name, const std::string& path, const LoadInput& input) {
  auto content = input.read_file(path);
  if (!content.ok())
    return {
        {},
        Complaint{307,
                  "needs " + name + ", but the file that " + name + "_FILE names " + content.error().message,
                  "a readable file of at most 64 KiB"},
        true};
  std::string text = std::move(content).value();
  // One line end belongs to the file, not to the secret.
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (!text.empty() && text.back() == '\r') text.pop_back();
  return {std::move(text), {}, false};
}

Value look_up(const std::string& name, const LoadInput& input) {
  auto direct = input.variable(name);
  const auto file = input.variable(name + "_FILE");
  const bool by_file = file && !file->empty();
  if (direct && !direct->empty() && by_file)
    return {{},
            Complaint{303, "needs " + name + ", but both " + name + " and " + name + "_FILE are set",
                      "unset one of them"},
            true};
  if (by_file) return from_file(name, *file, input);
  if (direct) return {std::move(*direct), {}, false};
  return {{}, Complaint{301, "needs " + name + ", which is not set", ways_to_set(name)}, true};
}

Value value_of(const TextPiece& piece, const LoadInput& input, FillRules rules) {
  if (!piece.variable) return {piece.text, {}, false};
  Value value = look_up(piece.text, input);
  const bool absent = value.complaint ? value.complaint->code == 301 : value.text.empty();
  if (absent && piece.fallback) return {*piece.fallback, {}, false};
  if (value.complaint) return value;
  if (value.text.empty() && !rules.may_be_empty)
    return {{}, Complaint{301, "needs " + piece.text + ", which is empty", ways_to_set(piece.text)}, true};
  value.complaint = unfit_value(piece.text, value.text);
  value.unset = value.complaint.has_value();
  return value;
}

}  // namespace

Filled fill_text(const TextPieces& pieces, const LoadInput& input, FillRules rules) {
  Filled filled;
  for (const TextPiece& piece : pieces) {
    Value value = value_of(piece, input, rules);
    if (value.complaint) filled.complaints.push_back(std::move(*value.complaint));
    filled.unset = filled.unset || value.unset;
    if (rules.in_json)
      json_escape_to(filled.text, value.text);
    else
      filled.text += value.text;
  }
  return filled;
}

}  // namespace prewarm::schedule
