// SPDX-License-Identifier: Apache-2.0
// The bytes as a file of zone data. What cctz takes of it becomes a table without holes whose offsets are
// cctz's, and slots come in order and in both directions the same. cctz keeps every zone it has ever read, so
// one process looks at a limited number of them.
#include <cctz/time_zone.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "fuzz/input.hpp"
#include "prewarm/schedule/cron.hpp"
#include "prewarm/schedule/zone.hpp"

using namespace prewarm;
using namespace prewarm::schedule;
using std::chrono::seconds;

namespace {

constexpr int kMostZones = 5'000;

// A folder for the files, gone with the process.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("fuzz-zone-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_ / "Zone");
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

std::string letters(int number) {
  std::string out;
  for (; out.size() < 4; number /= 26) out += static_cast<char>('a' + number % 26);
  return out;
}

seconds offset_by_cctz(const cctz::time_zone& zone, Slot at) {
  return seconds(
      zone.lookup(cctz::time_point<cctz::seconds>(cctz::seconds(at.time_since_epoch().count()))).offset);
}

void check_table(const Zone& zone, const cctz::time_zone& theirs) {
  Slot at = kFirstSlot;
  for (int i = 0; i < 40; ++i) {
    const Zone::Stretch stretch = zone.stretch_at(at);
    ENSURE(stretch.begin <= at && at < stretch.end && stretch.offset == zone.offset_at(at));
    ENSURE(zone.offset_at(at) == offset_by_cctz(theirs, at));
    const auto change = zone.next_change(at);
    if (!change) break;
    ENSURE(change->at > at && change->before != change->after && change->at == stretch.end);
    ENSURE(zone.offset_at(change->at) == change->after &&
           zone.offset_at(change->at - seconds(1)) == change->before);
    ENSURE(offset_by_cctz(theirs, change->at) == change->after);
    ENSURE(zone.latest_change(change->at)->at == change->at);
    at = change->at;
  }
}

void check_slots(const Zone& zone) {
  for (const char* text : {"30 2 * * *", "*/7 * * * *", "0 0 L * *"}) {
    const Cron cron = std::get<Cron>(Cron::parse(text));
    Slot at = kFirstSlot + std::chrono::days(12'000);
    for (int i = 0; i < 30; ++i) {
      const auto next = cron.next(at, zone);
      if (!next) break;
      ENSURE(*next > at && cron.latest(*next, zone) == next);
      const auto before = cron.latest(*next - seconds(1), zone);
      ENSURE(!before || *before <= at);
      at = *next;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  static int number = 0;
  // Of what is no zone file at all a look at its first bytes tells.
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (number >= kMostZones || size < 44 || !bytes.starts_with("TZif")) return 0;
  const std::string name = "Zone/" + letters(number++), path = folder.path() + "/" + name;
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  const auto zone = Zone::load_from(folder.path(), name);
  cctz::time_zone theirs;
  if (zone) {
    ENSURE(cctz::load_time_zone(path, &theirs));
    check_table(*zone, theirs);
    check_slots(*zone);
  } else {
    ENSURE(fuzz::is_printable(zone.error().message));
  }
  std::filesystem::remove(path);
  return 0;
}
