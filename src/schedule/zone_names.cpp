// SPDX-License-Identifier: Apache-2.0
#include "zone_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <span>
#include <vector>

#include "prewarm/base/ascii.hpp"
#include "prewarm/schedule/catalog.hpp"
#include "prewarm/schedule/zone.hpp"

namespace prewarm::schedule {
namespace {

constexpr std::size_t kMostSuggested = 3;
constexpr std::size_t kLongestName = 64;

std::ifstream open_list(std::string_view file) {
  return std::ifstream(std::string(kZoneFolder) + "/" + std::string(file));
}

// The words of a line, split at blanks and tabs.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  for (std::size_t i = 0; (i = line.find_first_not_of(" \t\r", i)) != line.npos;) {
    const auto end = std::min(line.find_first_of(" \t\r", i), line.size());
    words.push_back(line.substr(i, end - i));
    i = end;
  }
  return words;
}

struct ZoneList {
  std::vector<std::string> names;                            // that is_zone_name() takes, sorted
  std::vector<std::pair<std::string, std::string>> aliases;  // old name without "/" -> name
};

// tzdata.zi holds everything ("Z NAME …", "L NAME OLDNAME"); zone1970.tab, the fallback, only the main names.
ZoneList read_lists() {
  ZoneList list;
  std::string line;
  const auto add = [&](const std::string& name) {
    if (is_zone_name(name)) list.names.push_back(name);
  };
  for (auto file = open_list("tzdata.zi"); std::getline(file, line);) {
    if (line.empty() || (line[0] != 'Z' && line[0] != 'L')) continue;
    const auto words = words_of(line);
    if (words.size() < 3) continue;
    add(words[line[0] == 'Z' ? 1 : 2]);
    if (line[0] == 'L' && !is_zone_name(words[2])) list.aliases.emplace_back(words[2], words[1]);
  }
  if (list.names.empty())
    for (auto file = open_list("zone1970.tab"); std::getline(file, line);)
      if (const auto words = words_of(line); words.size() >= 3 && line[0] != '#') add(words[2]);
  std::sort(list.names.begin(), list.names.end());
  list.names.erase(std::unique(list.names.begin(), list.names.end()), list.names.end());
  return list;
}

// Read once, and only when a name is refused or somebody asks for all.
const ZoneList& lists() {
  static const ZoneList list = read_lists();
  return list;
}

// "New York", "new-york" and "New_York" are one city.
std::string folded_zone(std::string_view text) {
  std::string out;
  for (const char c : lower(text))
    if (c != ' ' && c != '_' && c != '-') out += c;
  return out;
}

struct Abbreviation {
  std::string_view name;
  std::array<std::string_view, kMostSuggested> zones;
};
// What the common ones usually stand for; several stand for more than one zone, which is why none is taken.
constexpr auto kAbbreviations = std::to_array<Abbreviation>({
    {"z", {"UTC"}},
    {"gmt", {"UTC", "Europe/London"}},
    {"wet", {"Europe/Lisbon"}},
    {"west", {"Europe/Lisbon"}},
    {"bst", {"Europe/London", "Asia/Dhaka"}},
    {"cet", {"Europe/Berlin", "Europe/Paris", "Europe/Madrid"}},
    {"cest", {"Europe/Berlin", "Europe/Paris", "Europe/Madrid"}},
    {"met", {"Europe/Berlin", "Europe/Paris", "Europe/Madrid"}},
    {"eet", {"Europe/Athens", "Europe/Helsinki", "Europe/Kyiv"}},
    {"eest", {"Europe/Athens", "Europe/Helsinki", "Europe/Kyiv"}},
    {"msk", {"Europe/Moscow"}},
    {"ist", {"Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"}},
    {"jst", {"Asia/Tokyo"}},
    {"kst", {"Asia/Seoul"}},
    {"cst", {"America/Chicago", "Asia/Shanghai", "America/Havana"}},
    {"cdt", {"America/Chicago"}},
    {"cst6cdt", {"America/Chicago"}},
    {"est", {"America/New_York", "America/Panama"}},
    {"edt", {"America/New_York"}},
    {"est5edt", {"America/New_York"}},
    {"mst", {"America/Denver", "America/Phoenix"}},
    {"mdt", {"America/Denver"}},
    {"mst7mdt", {"America/Denver"}},
    {"pst", {"America/Los_Angeles", "Asia/Manila"}},
    {"pdt", {"America/Los_Angeles"}},
    {"pst8pdt", {"America/Los_Angeles"}},
    {"hst", {"Pacific/Honolulu"}},
    {"aest", {"Australia/Sydney", "Australia/Brisbane"}},
    {"aedt", {"Australia/Sydney"}},
    {"acst", {"Australia/Adelaide", "Australia/Darwin"}},
    {"awst", {"Australia/Perth"}},
    {"nzst", {"Pacific/Auckland"}},
    {"nzdt", {"Pacific/Auckland"}},
});

void suggest(std::vector<std::string>& names, std::string_view name) {
  if (!name.empty() && names.size() < kMostSuggested &&
      std::find(names.begin(), names.end(), name) == names.end())
    names.emplace_back(name);
}

// "UTC+2", "+02:00", "GMT-5": the whole hours east of UTC.
std::optional<int> hours_of_offset(std::string_view name) {
  for (const std::string_view prefix : {"UTC", "utc", "GMT", "gmt"})
    if (name.substr(0, prefix.size()) == prefix) name.remove_prefix(prefix.size());
  if (name.size() < 2 || (name[0] != '+' && name[0] != '-')) return std::nullopt;
  int hours = 0;
  for (std::size_t i = 1; i < name.size() && i < 3 && name[i] >= '0' && name[i] <= '9'; ++i)
    hours = hours * 10 + (name[i] - '0');
  return name[0] == '-' ? -hours : hours;
}

std::vector<std::string> meant_by(std::string_view name, const ZoneList& list) {
  std::vector<std::string> names;
  if (lower(name) == "utc") return {"UTC"};
  for (const Abbreviation& known : kAbbreviations)
    if (known.name == lower(name))
      for (const std::string_view zone : known.zones) suggest(names, zone);
  for (const auto& [alias, zone] : list.aliases)
    if (lower(alias) == lower(name)) suggest(names, zone == "Etc/UTC" ? "UTC" : zone);
  // Another case, or the city alone.
  for (const std::string& zone : list.names)
    if (folded_zone(zone) == folded_zone(name)) suggest(names, zone);
  const std::string_view city = name.substr(name.rfind('/') + 1);
  for (const std::string& zone : list.names)
    if (folded_zone(zone.substr(zone.rfind('/') + 1)) == folded_zone(city)) suggest(names, zone);
  // "America/Argentina" is a folder.
  for (const std::string& zone : list.names)
    if (zone.size() > name.size() && zone[name.size()] == '/' && zone.substr(0, name.size()) == name)
      suggest(names, zone);
  if (names.empty()) return nearest(name, list.names);
  return names;
}

}  // namespace

bool is_zone_name(std::string_view name) {
  if (name == "UTC") return true;
  if (name.size() > kLongestName || name.find('/') == name.npos) return false;
  for (const std::string_view folder : {"posix/", "right/", "Fixed/"})
    if (name.substr(0, folder.size()) == folder) return false;
  bool part_begins = true;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool inner = (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '-';
    if (part_begins ? !letter : !(letter || inner || c == '/')) return false;
    part_begins = c == '/';
  }
  return !part_begins;
}

std::vector<std::string> zone_names() { return lists().names; }

std::string zone_remedy(std::string_view name) {
  constexpr std::string_view kExamples = "an IANA name such as \"Europe/Paris\", or \"UTC\"";
  if (name.empty() || name.size() > kLongestName) return std::string(kExamples);
  if (lower(name) == "local" || lower(name) == "localtime")
    return "name the zone, so that every worker has the same: " + std::string(kExamples);
  if (const auto hours = hours_of_offset(name)) {
    const std::string sign = *hours < 0 ? "+" : "-";  // POSIX counts west of Greenwich
    return "a place, which has daylight saving, such as \"Europe/Paris\", or the fixed \"Etc/GMT" +
           (*hours == 0 ? "" : sign + std::to_string(std::abs(*hours))) + "\"";
  }
  if (std::binary_search(lists().names.begin(), lists().names.end(), name))
    return "install tzdata again: the file of this zone is missing, damaged or of version 1";
  const auto names = meant_by(name, lists());
  if (names.empty()) return std::string(kExamples);
  std::string text = "did you mean ";
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "\"" : i + 1 == names.size() ? " or \"" : ", \"") + names[i] + "\"";
  return text + "?";
}

std::string zone_data_release() {
  constexpr std::string_view kMark = "# version ";
  std::string line;
  if (auto file = open_list("tzdata.zi"); std::getline(file, line) && line.substr(0, kMark.size()) == kMark)
    return words_of(line).back();
  if (auto file = open_list("+VERSION"); std::getline(file, line) && !words_of(line).empty())
    return words_of(line).front();
  return "unknown";
}

}  // namespace prewarm::schedule
