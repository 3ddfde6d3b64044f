// SPDX-License-Identifier: Apache-2.0
#include "spelling.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "prewarm/base/json_text.hpp"
#include "prewarm/base/units.hpp"

namespace prewarm::schedule {
namespace {

struct Alias {
  std::string_view written;
  double factor;
};
constexpr auto kTimes = std::to_array<Alias>(
    {{"ms", 1},         {"msec", 1},     {"millis", 1},    {"milliseconds", 1}, {"", 1e3},
     {"s", 1e3},        {"sec", 1e3},    {"secs", 1e3},    {"second", 1e3},     {"seconds", 1e3},
     {"m", 6e4},        {"min", 6e4},    {"mins", 6e4},    {"minute", 6e4},     {"minutes", 6e4},
     {"h", 3.6e6},      {"hr", 3.6e6},   {"hrs", 3.6e6},   {"hour", 3.6e6},     {"hours", 3.6e6},
     {"d", 8.64e7},     {"day", 8.64e7}, {"days", 8.64e7}, {"w", 6.048e8},      {"week", 6.048e8},
     {"weeks", 6.048e8}});
constexpr auto kSizes = std::to_array<Alias>({{"", 1},
                                              {"b", 1},
                                              {"byte", 1},
                                              {"bytes", 1},
                                              {"k", 1024},
                                              {"kb", 1024},
                                              {"kib", 1024},
                                              {"m", 1048576},
                                              {"mb", 1048576},
                                              {"mib", 1048576},
                                              {"g", 1073741824},
                                              {"gb", 1073741824},
                                              {"gib", 1073741824}});

// The text without blanks and a sign in front, in lower case.
std::string plain(const Node& node) {
  std::string out;
  if (node.kind != NodeKind::text && node.kind != NodeKind::number) return out;
  for (const char c : node.text.substr(0, 64)) {
    if (c == ' ' || c == '\t' || c == '_' || (out.empty() && (c == '-' || c == '+'))) continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

std::optional<double> take_number(std::string_view& text) {
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(number)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

// The sum of "1h 30min" in the smallest unit of the table; nothing if any of it is strange.
template <std::size_t N>
std::optional<std::int64_t> sum(std::string_view text, const std::array<Alias, N>& units) {
  double total = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const auto number = take_number(text);
    const std::size_t end = std::min(text.find_first_of("0123456789."), text.size());
    const Alias* unit = nullptr;
    for (const Alias& alias : units)
      if (alias.written == text.substr(0, end)) unit = &alias;
    if (!number || unit == nullptr) return std::nullopt;
    total += *number * unit->factor;
    text.remove_prefix(end);
  }
  if (total < 1 || total > 3e12) return std::nullopt;
  return static_cast<std::int64_t>(std::llround(total));
}

bool is_whole(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string meant_duration(const Node& node) {
  const std::string text = plain(node);
  const auto ms = sum(text, kTimes);
  if (!ms) return {};
  if (!is_whole(text)) return json_quote(duration_literal(Millis{*ms}));
  std::string out = json_quote(text + "s");
  // Thousands without a unit are more often milliseconds than hours.
  if (*ms >= 1000000 && *ms % 100000 == 0)
    out += ", or " + json_quote(duration_literal(Millis{*ms / 1000})) + " if milliseconds were meant";
  return out;
}

std::string meant_rate(const Node& node) {
  std::string text = plain(node);
  if (const std::size_t per = text.find("per"); per != std::string::npos) text.replace(per, 3, "/");
  const std::size_t slash = std::min(text.find('/'), text.size());
  if (slash > 7 || !is_whole(text.substr(0, slash))) return {};
  std::string span = slash == text.size() ? "s" : text.substr(slash + 1);
  if (span.find_first_of("0123456789") != 0) span.insert(0, "1");
  const auto ms = sum(span, kTimes);
  if (!ms) return {};
  std::string per = duration_literal(Millis{*ms});
  if (per.size() == 2 && per[0] == '1') per.erase(0, 1);
  return json_quote(text.substr(0, slash) + "/" + per);
}

std::string meant_size(const Node& node) {
  const auto bytes = sum(plain(node), kSizes);
  if (!bytes) return {};
  std::string out;
  if (*bytes % (1 << 20) == 0)
    out = std::to_string(*bytes >> 20) + "MiB";
  else if (*bytes % (1 << 10) == 0)
    out = std::to_string(*bytes >> 10) + "KiB";
  else
    out = std::to_string(*bytes) + "B";
  return json_quote(out);
}

std::string meant_integer(const Node& node) {
  const std::string text = plain(node);
  std::string_view rest = text;
  const auto number = take_number(rest);
  if (!number || !rest.empty() || std::fabs(*number) > 1e15) return {};
  if (std::nearbyint(*number) != *number) return {};
  return std::to_string(static_cast<std::int64_t>(*number));
}

std::string meant_number(const Node& node) {
  std::string text = plain(node);
  std::string_view rest = text;
  const bool share = !text.empty() && text.back() == '%';
  if (share) rest.remove_suffix(1);
  const auto number = take_number(rest);
  if (!number || !rest.empty()) return {};
  if (!share) return text.front() == '.' ? "0" + text : text;
  std::string out = std::to_string(*number / 100);
  out.erase(out.find_last_not_of('0') + 1);
  return out.back() == '.' ? out + "0" : out;
}

std::string meant_boolean(const Node& node) {
  const std::string text = plain(node);
  if (text == "true" || text == "yes" || text == "on" || text == "1") return "true";
  if (text == "false" || text == "no" || text == "off" || text == "0") return "false";
  return {};
}

}  // namespace prewarm::schedule
