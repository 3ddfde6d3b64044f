// SPDX-License-Identifier: Apache-2.0
#include "campaign/input_bytes.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "support/gzip.hpp"
#include "support/temp_dir.hpp"

namespace prewarm::campaign {
namespace {

using nlohmann::json;

std::string instant_in(std::chrono::seconds ahead) {
  const auto now = std::chrono::system_clock::now() + ahead;
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S.500Z", &parts);
  return {text.data(), length};
}

/// "now+61s" and "now-5s".
std::optional<std::string> moment(const std::string& name) {
  if (name.rfind("now", 0) != 0) return std::nullopt;
  long seconds = 0;
  if (name.size() > 3 && std::sscanf(name.c_str(), "now%lds", &seconds) != 1) return std::nullopt;
  return instant_in(std::chrono::seconds(seconds));
}

std::string of_hex(const std::string& text) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
    int byte = 0;
    const char* begin = text.data() + at;
    if (std::from_chars(begin, begin + 2, byte, 16).ptr != begin + 2)
      throw std::runtime_error("not hexadecimal: " + text);
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

std::string wide(const std::string& text) {
  std::string bytes = "\xff\xfe";
  for (const char c : text) bytes.append({c, '\0'});
  return bytes;
}

std::size_t number(const json& value, const Names& names) {
  return value.is_string() ? std::stoul(filled(value.get<std::string>(), names)) : value.get<std::size_t>();
}

std::string repeated(const std::string& unit, std::size_t times) {
  std::string bytes;
  bytes.reserve(unit.size() * times);
  for (std::size_t i = 0; i < times; ++i) bytes += unit;
  return bytes;
}

std::string of_object(const json& recipe, const Names& names) {
  const auto inner = [&](const char* member) { return cooked(recipe.at(member), names); };
  if (recipe.contains("repeat")) return repeated(inner("repeat"), number(recipe.at("times"), names));
  if (recipe.contains("hex")) return of_hex(inner("hex"));
  if (recipe.contains("sample")) return testkit::sample(inner("sample"));
  if (recipe.contains("cut")) return inner("cut").substr(0, number(recipe.at("at"), names));
  if (recipe.contains("gzip")) return testkit::gzip(inner("gzip"));
  if (recipe.contains("utf16")) return wide(inner("utf16"));
  if (recipe.contains("sized")) {
    const std::string body = inner("sized");
    return "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  throw std::runtime_error("no recipe: " + recipe.dump());
}

}  // namespace

std::string filled(const std::string& text, const Names& names) {
  std::string result;
  std::size_t at = 0;
  for (std::size_t open = 0; (open = text.find("{{", at)) != std::string::npos;) {
    const std::size_t close = text.find("}}", open);
    if (close == std::string::npos) break;
    const std::string name = text.substr(open + 2, close - open - 2);
    const auto known = names.find(name);
    const auto instant = moment(name);
    const bool means = known != names.end() || instant;
    result += text.substr(at, open - at);
    if (means) result += instant ? *instant : known->second;
    if (!means) result += "{{";
    at = means ? close + 2 : open + 2;
  }
  return result + text.substr(at);
}

std::string cooked(const json& recipe, const Names& names) {
  if (recipe.is_string()) return filled(recipe.get<std::string>(), names);
  if (recipe.is_object()) return of_object(recipe, names);
  if (!recipe.is_array()) throw std::runtime_error("no recipe: " + recipe.dump());
  std::string bytes;
  for (const json& part : recipe) bytes += cooked(part, names);
  return bytes;
}

std::string unescaped(const std::string& text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\n') continue;
    if (text[at] != '\\') {
      bytes += text[at];
      continue;
    }
    const char kind = at + 1 < text.size() ? text[++at] : '\\';
    if (kind == 'x') bytes += of_hex(text.substr(at + 1, 2)), at += 2;
    if (kind == 'r') bytes += '\r';
    if (kind == 'n') bytes += '\n';
    if (kind == '0') bytes += '\0';
    if (kind == '\\') bytes += '\\';
  }
  return bytes;
}

}  // namespace prewarm::campaign
