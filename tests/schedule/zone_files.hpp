// SPDX-License-Identifier: Apache-2.0
// Zone files of a test's own: made-up changes in the format of RFC 8536, in a folder that is gone afterwards.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace prewarm::schedule {

class ZoneFolder {
 public:
  ZoneFolder()
      : path_(std::filesystem::temp_directory_path() / ("prewarm-zones-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_ / "Test");
  }
  ZoneFolder(const ZoneFolder&) = delete;
  ZoneFolder& operator=(const ZoneFolder&) = delete;
  ~ZoneFolder() { std::filesystem::remove_all(path_); }

  std::string path() const { return path_.string(); }
  /// The name of a new zone; each is another, since a zone is read once in a process.
  std::string add(const std::string& bytes) {
    static int count = 0;
    const std::string name = "Test/Z" + std::to_string(++count);
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return name;
  }

 private:
  std::filesystem::path path_;
};

struct MadeChange {
  std::int64_t at;  // Unix seconds, ascending
  int offset;       // seconds east of UTC from then on
};

/// UTC before the first change, the last offset for ever.
inline std::string zone_file(const std::vector<MadeChange>& changes) {
  const auto number = [](std::int64_t value, int bytes) {
    std::string out;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
      out += static_cast<char>(static_cast<std::uint64_t>(value) >> shift & 0xFF);
    return out;
  };
  const auto header = [&](std::int64_t times, std::int64_t types) {
    return "TZif2" + std::string(15, '\0') + number(0, 4) + number(0, 4) + number(0, 4) + number(times, 4) +
           number(types, 4) + number(4, 4);
  };
  const auto type = [&](int offset) { return number(offset, 4) + std::string(2, '\0'); };
  const std::string name("UTC\0", 4);
  const auto count = static_cast<std::int64_t>(changes.size());
  std::string out = header(0, 1) + type(0) + name + header(count, count + 1);
  for (const MadeChange& change : changes) out += number(change.at, 8);
  for (std::int64_t i = 1; i <= count; ++i) out += number(i, 1);
  out += type(0);
  for (const MadeChange& change : changes) out += type(change.offset);
  return out + name + "\n\n";
}

}  // namespace prewarm::schedule
