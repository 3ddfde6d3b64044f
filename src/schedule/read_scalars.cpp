// SPDX-License-Identifier: Apache-2.0
// Readers of single values: texts, durations, sizes, numbers, flags, choices.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "prewarm/base/json_text.hpp"
#include "readers.hpp"
#include "spelling.hpp"

namespace prewarm::schedule {
namespace {

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::string or_else(std::string meant, std::string otherwise) {
  return meant.empty() ? std::move(otherwise) : std::move(meant);
}

// Each run of digits as "1".
std::string small_digits(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit)
      out += c;
    else if (out.empty() || out.back() != '1')
      out += '1';
  }
  return out;
}

std::string example_number(const Reading& in) {
  return "a number such as " + spelled(in.field, in.field.range.most);
}

}  // namespace

std::string shown(const Node& node) { return cut_text(compact_json(node), 80); }

bool refuse_kind(const Reading& in, std::string_view wanted, std::string remedy) {
  std::string message;
  if (in.node.kind == NodeKind::text && !may_hold_secrets(in.field.type))
    message = shown(in.node) + " is not " + std::string(wanted);
  else if (in.node.scalar() && in.node.kind != NodeKind::null && !may_hold_secrets(in.field.type))
    message = shown(in.node) + " is " + std::string(kind_name(in.node.kind)) + ", not " + std::string(wanted);
  else
    message = "is " + std::string(kind_name(in.node.kind)) + ", not " + std::string(wanted);
  return in.refuse(103, std::move(message), std::move(remedy));
}

bool within(const Reading& in, std::int64_t number) {
  const Range range = in.field.range;
  if (number >= range.least && number <= range.most) return true;
  const bool quoted = in.field.type == Type::duration || in.field.type == Type::size;
  const auto spell = [&](std::int64_t limit) {
    return quoted ? json_quote(spelled(in.field, limit)) : spelled(in.field, limit);
  };
  const std::string limits = range.least == range.most
                                 ? "the only one, " + spelled(in.field, range.most)
                                 : spelled(in.field, range.least) + " to " + spelled(in.field, range.most);
  return in.refuse(106, in.node.text + " is outside its limits, " + limits,
                   number < range.least ? "at least " + spell(range.least) : "at most " + spell(range.most));
}

bool within_count(const Reading& in, std::string_view what) {
  const auto count = static_cast<std::int64_t>(in.node.children.size());
  const Range range = in.field.range;
  if (count >= range.least && count <= range.most) return true;
  return in.refuse(
      106,
      "has " + std::to_string(count) + " " + std::string(what) + ", outside its limits, " +
          std::to_string(range.least) + " to " + std::to_string(range.most),
      count < range.least ? "leave it out, or put one in" : "at most " + std::to_string(range.most));
}

bool read(const Reading& in, std::string& text) {
  if (in.node.kind != NodeKind::text)
    return refuse_kind(in, "a text", in.node.scalar() ? json_quote(in.node.text) : "a text in quotes");
  const std::size_t length = characters(in.node.text);
  if (in.field.range.most > 0 && length > static_cast<std::size_t>(in.field.range.most))
    return in.refuse(
        106,
        "has " + std::to_string(length) + " characters, more than " + std::to_string(in.field.range.most),
        "a shorter text");
  if (length < static_cast<std::size_t>(in.field.range.least))
    return in.refuse(106, "is empty", "at least " + std::to_string(in.field.range.least) + " character");
  text = in.node.text;
  return true;
}

bool read(const Reading& in, Millis& duration) {
  constexpr std::string_view kWanted = "a duration in ms, s, m, h, d";
  const std::string meant = or_else(meant_duration(in.node), "e.g. \"90s\" or \"1h30m\"");
  if (in.node.kind != NodeKind::text) return refuse_kind(in, kWanted, meant);
  const auto parsed = parse_duration(in.node.text);
  if (!parsed.ok()) {
    // Sound but for its size, as "99999999999999999s".
    if (parse_duration(small_digits(in.node.text)).ok()) return within(in, in.field.range.most + 1);
    return refuse_kind(in, kWanted, meant);
  }
  if (!within(in, parsed->count())) return false;
  duration = *parsed;
  return true;
}

// Below a second, but something: the store's least is asked for later (PW222), which may be more than one.
bool read_ttl(const Reading& in) {
  Millis& ttl = in.draft.schedule.store.ttl;
  const auto parsed = parse_duration(in.node.kind == NodeKind::text ? in.node.text : "");
  if (!parsed.ok() || *parsed == Millis{0} || *parsed >= Millis{1000}) return read(in, ttl);
  ttl = *parsed;
  return true;
}

bool read(const Reading& in, Bytes& size) {
  constexpr std::string_view kWanted = "a size in B, KiB, MiB";
  const std::string meant = or_else(meant_size(in.node), "e.g. \"64KiB\" or \"2MiB\"");
  if (in.node.kind != NodeKind::text) return refuse_kind(in, kWanted, meant);
  const auto parsed = parse_bytes(in.node.text);
  if (!parsed.ok()) {
    if (parse_bytes(small_digits(in.node.text)).ok()) return within(in, in.field.range.most + 1);
    return refuse_kind(in, kWanted, meant);
  }
  if (!within(in, static_cast<std::int64_t>(parsed->count))) return false;
  size = *parsed;
  return true;
}

bool read(const Reading& in, std::int64_t& number) {
  const std::string meant = or_else(meant_integer(in.node), example_number(in));
  if (in.node.kind != NodeKind::number) return refuse_kind(in, "an integer", meant);
  const std::string& text = in.node.text;
  std::int64_t parsed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (end != text.data() + text.size() && error != std::errc::result_out_of_range)
    return in.refuse(103, text + " is not an integer", meant);
  if (end != text.data() + text.size() || error != std::errc{})
    parsed = text[0] == '-' ? INT64_MIN : INT64_MAX;
  if (!within(in, parsed)) return false;
  number = parsed;
  return true;
}

bool read(const Reading& in, int& number) {
  std::int64_t wide = 0;
  if (!read(in, wide)) return false;
  number = static_cast<int>(wide);
  return true;
}

bool read(const Reading& in, std::size_t& number) {
  std::int64_t wide = 0;
  if (!read(in, wide)) return false;
  number = static_cast<std::size_t>(wide);
  return true;
}

bool read(const Reading& in, std::optional<std::size_t>& number) {
  std::size_t given = 0;
  if (!read(in, given)) return false;
  number = given;
  return true;
}

bool read(const Reading& in, std::optional<Millis>& duration) {
  Millis given{};
  if (!read(in, given)) return false;
  duration = given;
  return true;
}

bool read(const Reading& in, double& number) {
  if (in.node.kind != NodeKind::number)
    return refuse_kind(in, "a number", or_else(meant_number(in.node), "e.g. 0.5"));
  const std::string& text = in.node.text;
  double parsed = 0;
  std::from_chars(text.data(), text.data() + text.size(), parsed);
  // A share written as a percentage is the usual slip.
  const Range range = in.field.range;
  if (parsed < static_cast<double>(range.least) || parsed > static_cast<double>(range.most))
    return within(in, parsed < 0 ? range.least - 1 : range.most + 1);
  number = parsed;
  return true;
}

bool read(const Reading& in, std::optional<double>& number) {
  double given = 0;
  if (!read(in, given)) return false;
  number = given;
  return true;
}

bool read(const Reading& in, bool& flag) {
  if (in.node.kind != NodeKind::boolean)
    return refuse_kind(in, "a boolean", or_else(meant_boolean(in.node), "true or false"));
  flag = in.node.text == "true";
  return true;
}

int read_choice(const Reading& in) {
  std::vector<std::string> choices;
  for (const std::string_view choice : in.field.choices) choices.push_back(json_quote(choice));
  std::string all;
  for (const std::string& choice : choices) all += (all.empty() ? "" : ", ") + choice;
  if (in.node.kind != NodeKind::text) {
    static_cast<void>(refuse_kind(in, "one of the choices", all));
    return -1;
  }
  const auto found = std::find(in.field.choices.begin(), in.field.choices.end(), in.node.text);
  if (found != in.field.choices.end()) return static_cast<int>(found - in.field.choices.begin());
  const auto meant = nearest(json_quote(in.node.text), choices);
  const bool has_default = !in.field.fallback.empty() && !in.field.required();
  const std::string otherwise = has_default ? json_quote(in.field.fallback) : choices.front();
  static_cast<void>(
      in.refuse(106, shown(in.node) + " is none of " + all, meant.empty() ? otherwise : meant.front()));
  return -1;
}

}  // namespace prewarm::schedule
