// SPDX-License-Identifier: Apache-2.0
// The only place that uses cctz. A name is turned into a path of our own making, so neither TZDIR nor any of
// the special names that cctz knows ("Fixed/UTC+01:00:00", "file:…", "localtime") can come into play.
#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "prewarm/base/json_text.hpp"
#include "prewarm/schedule/zone.hpp"
#include "zone_names.hpp"
#include "zone_table.hpp"

namespace prewarm::schedule {
namespace {

using CctzTime = cctz::time_point<cctz::seconds>;

// One year before the first slot, so that what the clock showed before it is known; one after the last.
constexpr Slot kTableBegin = std::chrono::sys_days(std::chrono::year(1969) / 1 / 1);
constexpr Slot kTableEnd = std::chrono::sys_days(std::chrono::year(2201) / 1 / 1);

constexpr std::size_t kNameShown = 60;

CctzTime cctz_time(Slot at) { return CctzTime(cctz::seconds(at.time_since_epoch().count())); }

// The largest files of the database have some 4 kB.
constexpr std::size_t kMostFileBytes = 64U << 10;

// How long a head and its data are (RFC 8536, 3.1 and 3.2), with so many bytes for an instant; nothing unless
// they are there. cctz makes room for all that a head says before it reads on.
std::optional<std::size_t> block_bytes(std::string_view file, std::uint64_t of_instant) {
  constexpr std::size_t kHead = 44, kCounts = 20;
  if (file.size() < kHead || !file.starts_with("TZif")) return std::nullopt;
  const auto count = [&](std::size_t index) {
    std::uint64_t number = 0;
    for (const char c : file.substr(kCounts + 4 * index, 4))
      number = number << 8U | static_cast<unsigned char>(c);
    return number;
  };
  const std::uint64_t of_ut = count(0), of_standard = count(1), leaps = count(2), changes = count(3),
                      types = count(4), characters = count(5);
  const std::uint64_t bytes = kHead + changes * (of_instant + 1) + types * 6 + characters +
                              leaps * (of_instant + 4) + of_standard + of_ut;
  return bytes <= file.size() ? std::optional(static_cast<std::size_t>(bytes)) : std::nullopt;
}

// 64-bit data begins with version 2 of the format. Files of version 1 end in 2037 and say nothing of the
// rules after that.
bool has_64_bit_data(const std::string& path) {
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(path, unknown)) return false;  // nobody waits for a pipe
  const auto bytes = std::make_unique_for_overwrite<char[]>(kMostFileBytes);
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.get(), kMostFileBytes);
  const std::string_view rest(bytes.get(), static_cast<std::size_t>(file.gcount()));
  const auto first = block_bytes(rest, 4);
  return first && rest[4] >= '2' && block_bytes(rest.substr(*first), 8);
}

Error refused(std::string_view name) {
  std::string shown;
  print_escape_to(shown, cut_text(name, kNameShown));
  return Error{ErrorKind::invalid, "\"" + shown + "\" is not a time zone of this system", zone_remedy(name)};
}

}  // namespace

std::shared_ptr<const Zone::Table> Zone::read_table(const std::string& path, std::string_view name) {
  cctz::time_zone zone;
  if (!has_64_bit_data(path) || !cctz::load_time_zone(path, &zone)) return nullptr;
  auto table = std::make_shared<Table>();
  table->name = name;
  table->add(kTableBegin, std::chrono::seconds(zone.lookup(cctz_time(kTableBegin)).offset));
  Slot at = kTableBegin;
  cctz::time_zone::civil_transition change;
  while (zone.next_transition(cctz_time(at), &change)) {
    // `from` is what the old offset shows at the change, daylight flags and abbreviations may change as well.
    const Slot next{std::chrono::seconds(change.from - cctz::civil_second()) -
                    std::chrono::seconds(zone.lookup(cctz_time(at)).offset)};
    if (next <= at || next >= kTableEnd) break;
    at = next;
    table->add(at, std::chrono::seconds(zone.lookup(cctz_time(at)).offset));
  }
  table->rows.shrink_to_fit();
  return table;
}

Result<Zone> Zone::load(std::string_view name) { return load_from(std::string(kZoneFolder), name); }

Result<Zone> Zone::load_from(const std::string& folder, std::string_view name) {
  if (name == "UTC") return Zone();
  if (!is_zone_name(name)) return refused(name);
  const std::string path = folder + "/" + std::string(name);
  // 10,000 schedules share the table of a zone (about 10 kB); cctz keeps its own copy by name as well.
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const Table>, std::less<>> loaded;
  const std::lock_guard lock(mutex);
  if (const auto found = loaded.find(path); found != loaded.end()) return Zone(found->second);
  auto table = read_table(path, name);
  if (!table) return refused(name);
  return Zone(loaded.emplace(path, std::move(table)).first->second);
}

}  // namespace prewarm::schedule
