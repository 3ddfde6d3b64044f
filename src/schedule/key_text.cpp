// SPDX-License-Identifier: Apache-2.0
#include "key_text.hpp"

#include <algorithm>
#include <array>

#include "prewarm/schedule/catalog.hpp"

namespace prewarm::schedule {
namespace {

bool is_hole(std::string_view text) {
  return text == "{name}" || text == "{env}" || text == "{version}" || text == "{id}" ||
         text.substr(0, 2) == "{/";
}

// Other words for what a hole can hold; nobody means a member of the record by them.
struct OtherWord {
  std::string_view word, hole;
};
constexpr auto kOtherWords = std::to_array<OtherWord>({
    {"environment", "env"},
    {"schedule", "name"},
    {"schedule-name", "name"},
    {"v", "version"},
    {"ver", "version"},
    {"vers", "version"},
    {"schema-version", "version"},
});

// "{environment}" and "{evn}" mean {env}; any other word is taken for a member of the record: "{/username}".
std::string mended_hole(std::string_view hole) {
  if (is_hole(hole)) return std::string(hole);
  const std::string_view word = hole.substr(1, hole.size() - 2);
  std::vector<std::string> known{"name", "env", "version", "id"};
  for (const OtherWord& other : kOtherWords) known.emplace_back(other.word);
  const auto near = nearest(word, known);
  // A slip in the first letter is rarer than a word of the record's own, such as {game}.
  if (near.empty() || (word[0] | 0x20) != near.front()[0]) return "{/" + std::string(hole.substr(1));
  const auto* other = std::find_if(kOtherWords.begin(), kOtherWords.end(),
                                   [&](const OtherWord& row) { return row.word == near.front(); });
  return "{" + (other == kOtherWords.end() ? near.front() : std::string(other->hole)) + "}";
}

bool is_version_part(std::string_view part) {
  if (!part.empty() && (part[0] == 'v' || part[0] == 'V')) part.remove_prefix(1);
  if (part == "{version}" || part == "version") return true;
  return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
}

// Unknown holes become what they probably mean ("{username}" as "{/username}"), holes side by side are
// parted, other characters become '-'.
std::string mended_part(std::string_view part) {
  std::string out;
  bool after_hole = false;
  for (std::size_t i = 0; i < part.size();) {
    if (part[i] != '{') {
      out += is_key_character(part[i]) ? part[i] : '-';
      after_hole = false;
      ++i;
      continue;
    }
    const std::size_t end = part.find('}', i);
    if (end == std::string_view::npos) break;
    const std::string hole(part.substr(i, end + 1 - i));
    if (hole.find('{', 1) != std::string::npos && !is_hole(hole)) {
      ++i;
      continue;
    }
    i = end + 1;
    if (hole == "{}") continue;
    out += (after_hole ? "-" : "") + mended_hole(hole);
    after_hole = true;
  }
  return out;
}

}  // namespace

std::vector<std::string> split_key_text(std::string_view text) {
  std::vector<std::string> parts(1);
  bool inside = false;
  for (const char c : text) {
    if (c == ':' && !inside) {
      parts.emplace_back();
      continue;
    }
    if (c == '{') inside = true;
    if (c == '}') inside = false;
    parts.back() += c;
  }
  return parts;
}

std::string mended_key_text(std::string_view text) {
  std::vector<std::string> parts;
  for (const std::string& part : split_key_text(text))
    if (std::string mended = mended_part(part); !mended.empty()) parts.push_back(std::move(mended));
  if (!parts.empty() && is_version_part(parts.back())) parts.pop_back();
  if (parts.empty() || parts[0] == "prewarm" || parts[0] == "{env}") parts.insert(parts.begin(), "{name}");
  const bool has_env = std::any_of(parts.begin(), parts.end(), [](const std::string& part) {
    return part.find("{env}") != std::string::npos;
  });
  if (!has_env) parts.insert(parts.begin() + 1, "{env}");
  std::string out;
  for (const std::string& part : parts) out += part + ":";
  return out + "v{version}";
}

}  // namespace prewarm::schedule
