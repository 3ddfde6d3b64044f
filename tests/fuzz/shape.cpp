// SPDX-License-Identifier: Apache-2.0
// A document through select, pick, limit, as and guard, beside the same done on simdjson's tree. Lines:
// select, two pointers to pick, a pointer that guards ask for (each one that is none: not asked), numbers for
// limit, minItems, maxItems and further choices; behind them the body.
#include <vector>

#include "fuzz/input.hpp"
#include "fuzz/tree.hpp"
#include "prewarm/base/json.hpp"
#include "prewarm/envelope/envelope.hpp"
#include "prewarm/shape/shape.hpp"
#include "shape/same_value.hpp"

using namespace prewarm;
using fuzz::Tree;
using schedule::GuardType;

namespace {

std::optional<schedule::Pointer> pointer_of(std::string_view text) {
  auto pointer = schedule::Pointer::parse(text);
  // The operator's own control characters are in messages, until they are shown.
  if (!pointer || !fuzz::is_printable(text)) return std::nullopt;
  // Its text is what its tokens are written as.
  std::string again;
  for (const std::string& token : pointer->tokens()) {
    again += '/';
    for (const char c : token) again += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  }
  ENSURE(again == text);
  return *std::move(pointer);
}

schedule::Schedule schedule_of(fuzz::Input& input) {
  schedule::Schedule made;
  made.name = "news";
  made.env = "production";
  made.store.version = 3;
  made.store.ttl = Millis(3'600'000);
  made.store.keys = {
      std::get<schedule::KeyTemplate>(schedule::KeyTemplate::parse("{name}:{env}:v{version}"))};
  made.fetch.max_bytes = Bytes{1 << 16};
  if (const auto select = pointer_of(input.line())) made.shape.select = *select;
  for (const char* name : {"a", "b"}) {
    const std::string_view line = input.line();
    const auto pointer = pointer_of(line);
    if (pointer && !line.empty()) made.shape.pick.push_back({name, *pointer});
  }
  if (!made.shape.pick.empty()) made.shape.pick.push_back({"c", std::string("[1]")});
  const std::string_view line = input.line();
  const auto asked = pointer_of(line);
  const std::int64_t limit = input.number(-1, 100), least = input.number(-1, 100),
                     most = input.number(-1, 100);
  const std::int64_t more = input.number(0, 255);
  if (limit > 0) made.shape.limit = static_cast<std::size_t>(limit);
  if (least >= 0) made.guard.min_items = static_cast<std::size_t>(least);
  if (most >= 0) made.guard.max_items = static_cast<std::size_t>(most);
  if (asked && !line.empty() && (more & 1) != 0) made.guard.required = {*asked};
  if (asked && (more & 2) != 0) made.guard.unique = *asked;
  if ((more & 4) != 0) made.shape.as = "items";
  made.guard.allow_null = (more & 8) != 0;
  if ((more & 16) != 0) made.guard.type = GuardType::array;
  return made;
}

std::string picked(const schedule::ShapeSpec& shape, const Tree& tree) {
  std::string out;
  for (const auto& member : shape.pick) {
    out += (out.empty() ? "{\"" : ",\"") + member.name + "\":";
    if (const auto* constant = std::get_if<std::string>(&member.source)) {
      out += *constant;
    } else {
      const auto found = fuzz::at(tree, std::get<schedule::Pointer>(member.source));
      out += found ? fuzz::compact(*found) : "null";
    }
  }
  return out + "}";
}

// The value that must come of it, compact; nothing when picking is out of place.
std::optional<std::string> expected(const schedule::ShapeSpec& shape, const Tree& tree) {
  const bool picks = !shape.pick.empty();
  if (tree.is_array() && (picks || shape.limit)) {
    std::string out = "[";
    std::size_t count = 0;
    for (const Tree child : simdjson::dom::array(tree)) {
      if (shape.limit && count == *shape.limit) break;
      if (count++ > 0) out += ',';
      out += picks ? picked(shape, child) : fuzz::compact(child);
    }
    return out + "]";
  }
  if (tree.is_object() && picks) return picked(shape, tree);
  if (picks && !tree.is_null()) return std::nullopt;
  return fuzz::compact(tree);
}

bool guards_pass(const schedule::GuardSpec& guard, const Tree& value, bool unique_decided, bool unique) {
  if (value.is_null()) return guard.allow_null;
  if (guard.type == GuardType::array && !value.is_array()) return false;
  if (value.is_array()) {
    const std::size_t items = simdjson::dom::array(value).size();
    if (guard.min_items && items < *guard.min_items) return false;
    if (guard.max_items && items > *guard.max_items) return false;
  }
  for (const auto& pointer : guard.required) {
    const auto found = fuzz::at(value, pointer);
    if (!found || found->is_null()) return false;
  }
  return !guard.unique || !value.is_array() || !unique_decided || unique;
}

enum class Unique { yes, no, maybe };

Unique uniqueness(const schedule::Pointer& pointer, const Tree& array) {
  static simdjson::dom::parser nulls;
  static const Tree null = nulls.parse(std::string_view("null")).value();
  std::vector<Tree> seen;
  Unique answer = Unique::yes;
  for (const Tree child : simdjson::dom::array(array)) {
    const Tree found = fuzz::at(child, pointer).value_or(null);
    if (seen.size() < 60)
      for (const Tree& other : seen) {
        // Numbers beyond 53 bits are rounded by the tree and not by us.
        if (fuzz::compact(other) == fuzz::compact(found) && !found.is_double()) return Unique::no;
        if (found.is_number() || !found.is_null())
          answer = fuzz::may_agree(other, found) ? Unique::maybe : answer;
      }
    else
      answer = Unique::maybe;
    if (found.is_array() || found.is_object()) answer = Unique::maybe;  // numbers inside
    seen.push_back(found);
  }
  return answer;
}

void check_payload(const schedule::Schedule& schedule, const shape::Shaped& shaped, const Tree& selected) {
  const auto value = expected(schedule.shape, selected);
  ENSURE(value.has_value());
  const std::string payload(shaped.payload.view());
  ENSURE(!scan_json(payload) && trim_json(payload).size() == payload.size());
  const std::string whole = schedule.shape.as.empty() ? *value : "{\"items\":" + *value + "}";
  ENSURE(fuzz::compact(payload) == fuzz::compact(whole));
  simdjson::dom::parser parser;
  const Tree tree = parser.parse(simdjson::padded_string(*value)).value();
  ENSURE(shaped.items.has_value() == tree.is_array());
  if (shaped.items) ENSURE(*shaped.items == simdjson::dom::array(tree).size());
  if (schedule.guard.unique && tree.is_array()) {
    const Unique unique = uniqueness(*schedule.guard.unique, tree);
    ENSURE(unique != Unique::no);
  }
  ENSURE(guards_pass(schedule.guard, tree, false, true));
  ENSURE(shaped.empty == (*value == "[]" || *value == "{}" || *value == "\"\""));
  const auto stored = shape::stored_facts(payload, schedule.shape);
  ENSURE(stored.items == shaped.items && stored.empty == (shaped.empty || tree.is_null()) &&
         stored.bytes == shaped.value_bytes);
  ENSURE(shaped.keys == std::vector<std::string>{"news:production:v3"});
  // Sealed as the store sends it, it opens to the same.
  std::vector<run::Entry> entries;
  const WallTime instant{std::chrono::seconds(1'777'640'400)};
  const shape::Sealer sealer(schedule, instant);
  ENSURE(sealer.seal(payload, shaped.keys, entries) == 1);
  const std::string sealed = entries[0].value.text();
  const auto opened = envelope::open(sealed);
  ENSURE(opened.ok() && opened->payload == payload && opened->head.version == 3);
  ENSURE(opened->head.last_updated == instant);
}

void check_refusal(const schedule::Schedule& schedule, const Error& error, const Tree& root) {
  ENSURE(fuzz::is_printable(error.message) && fuzz::is_printable(error.remedy) &&
         error.message.size() < 1000);
  const auto selected = fuzz::at(root, schedule.shape.select);
  if (error.kind == ErrorKind::shape) {
    const auto value = selected ? expected(schedule.shape, *selected) : std::nullopt;
    // Too deep or too long by picking, else there is nothing to take.
    if (value) ENSURE(!schedule.shape.pick.empty() || !schedule.shape.as.empty());
    return;
  }
  ENSURE(error.kind == ErrorKind::guard && selected);
  const std::string value = expected(schedule.shape, *selected).value();
  simdjson::dom::parser parser;
  const Tree tree = parser.parse(simdjson::padded_string(value)).value();
  const bool asks_unique = schedule.guard.unique && tree.is_array();
  const Unique unique = asks_unique ? uniqueness(*schedule.guard.unique, tree) : Unique::yes;
  ENSURE(unique != Unique::yes || !guards_pass(schedule.guard, tree, false, true));
}

// Whatever its numbers are, of sound values the meaning is the same for the same bytes and in other white
// space.
void check_meaning(std::string_view text) {
  const std::string meaning = shape::meaning_of(text, shape::Case::counts);
  std::string spaced;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!in_string && std::string_view("[]{},:").find(c) < 6) {
      spaced += " ";
      spaced += c;
      spaced += "\n";
      continue;
    }
    spaced += c;
    if (in_string && c == '\\' && i + 1 < text.size())
      spaced += text[++i];
    else if (c == '"')
      in_string = !in_string;
  }
  ENSURE(shape::meaning_of(spaced, shape::Case::counts) == meaning);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const schedule::Schedule schedule = schedule_of(input);
  run::Body body;
  const std::string_view text = input.rest();
  body.bytes.reserve(text.size() + kJsonPadding);
  body.bytes = text;
  static shape::Shaper shaper;
  const auto shaped = shaper.shape(schedule, body);
  const auto fault = scan_json(text);
  ENSURE((shaped.ok() || shaped.error().kind != ErrorKind::parse) == !fault);
  if (fault) return ENSURE(fuzz::is_printable(shaped.error().message)), 0;
  check_meaning(text);

  simdjson::dom::parser parser;
  Tree root;
  if (parser.parse(body.bytes).get(root)) {  // numbers and surrogates beyond the tree's
    if (shaped) ENSURE(!scan_json(shaped->payload.view()));
    return 0;
  }
  if (!shaped) return check_refusal(schedule, shaped.error(), root), 0;
  const auto selected = fuzz::at(root, schedule.shape.select);
  ENSURE(selected.has_value());
  check_payload(schedule, *shaped, *selected);
  return 0;
}
