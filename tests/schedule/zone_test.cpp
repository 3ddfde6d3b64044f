// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/zone.hpp"

#include <cctz/time_zone.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <future>

#include "schedule/cron_of.hpp"
#include "schedule/zone_files.hpp"

using namespace prewarm;
using namespace prewarm::schedule;
using namespace std::chrono_literals;
using std::chrono::local_days;

namespace {

LocalTime local(int year, unsigned month, unsigned day, std::chrono::seconds time) {
  return local_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)) + time;
}

}  // namespace

TEST_CASE("only IANA names of the system are zones, and the nearest are named") {
  struct Row {
    const char* name;
    const char* remedy;  // is part of it
  };
  for (const Row& row : {Row{"", "Europe/Paris"},
                         Row{"Local", "name the zone"},
                         Row{"localtime", "name the zone"},
                         Row{"Mars/Phobos", "IANA name"},
                         Row{"europe/berlin", "\"Europe/Berlin\"?"},
                         Row{"Berlin", "\"Europe/Berlin\"?"},
                         Row{"new york", "\"America/New_York\"?"},
                         Row{"CET", "\"Europe/Berlin\", \"Europe/Paris\" or \"Europe/Madrid\"?"},
                         Row{"EST", "\"America/New_York\" or \"America/Panama\"?"},
                         Row{"Japan", "\"Asia/Tokyo\"?"},
                         Row{"GMT", "\"UTC\""},
                         Row{"utc", "\"UTC\"?"},
                         Row{"Zulu", "\"UTC\""},
                         Row{"UTC+2", "\"Etc/GMT-2\""},
                         Row{"-05:00", "\"Etc/GMT+5\""},
                         Row{"../../x", "IANA"},
                         Row{"/etc/passwd", "IANA"},
                         Row{"Europe/../UTC", "\"UTC\""},
                         Row{"right/Europe/Berlin", "Berlin"},
                         Row{"posix/Europe/Berlin", "Berlin"},
                         Row{"Fixed/UTC+01:00:00", "IANA"},
                         Row{"file:/etc/localtime", "IANA"},
                         Row{"Europe/", "IANA"},
                         Row{"America/Argentina", "\"America/Argentina/Buenos_Aires\""},
                         Row{"Europe/Berlin ", "\"Europe/Berlin\"?"},
                         Row{"Factory", "IANA"},
                         Row{"Europe/Pari", "\"Europe/Paris\"?"},
                         Row{"Amercia/New_York", "\"America/New_York\"?"}}) {
    INFO("[" << row.name << "]");
    const auto zone = Zone::load(row.name);
    REQUIRE_FALSE(zone.ok());
    INFO(zone.error().remedy);
    CHECK(zone.error().kind == ErrorKind::invalid);
    CHECK(zone.error().remedy.find(row.remedy) != std::string::npos);
  }
  CHECK_FALSE(Zone::load(std::string("Europe/Berlin\0x", 15)).ok());
  CHECK_FALSE(Zone::load(std::string(10000, 'A') + "/" + std::string(10000, 'B')).ok());
}

TEST_CASE("every listed zone loads, under its own name, and shares its table") {
  const auto names = zone_names();
  CHECK(names.size() > 300);
  CHECK(std::is_sorted(names.begin(), names.end()));
  for (const std::string& name : names) {
    const auto zone = Zone::load(name);
    INFO(name);
    REQUIRE(zone.ok());
    CHECK(zone->name() == name);
  }
  CHECK(zone_of("UTC") == Zone::utc());
  CHECK_FALSE(zone_of("Europe/Paris") == Zone::utc());
  CHECK(zone_data_release() != "unknown");
}

TEST_CASE("a clock is known before, in and after a gap") {
  const Zone berlin = zone_of("Europe/Berlin");
  const Slot change = slot_at("2027-03-28T01:00:00Z");
  CHECK(berlin.offset_at(change - 1s) == 1h);
  CHECK(berlin.offset_at(change) == 2h);
  CHECK(berlin.local_at(change) == local(2027, 3, 28, 3h));
  CHECK(berlin.latest_shown(change - 1s) == local(2027, 3, 28, 2h - 1s));
  CHECK(berlin.first_reached(local(2027, 3, 28, 1h + 59min)).at == change - 1min);
  CHECK(berlin.first_reached(local(2027, 3, 28, 1h + 59min)).gap == 0s);
  for (const auto time : {2h + 0min, 2h + 30min, 3h - 1min}) {
    CHECK(berlin.first_reached(local(2027, 3, 28, time)).at == change);
    CHECK(berlin.first_reached(local(2027, 3, 28, time)).gap == 1h);
  }
  CHECK(berlin.first_reached(local(2027, 3, 28, 3h)).at == change);
  CHECK(berlin.first_reached(local(2027, 3, 28, 3h)).gap == 0s);
  const auto next = berlin.next_change(change - 1s);
  REQUIRE(next);
  CHECK(next->at == change);
  CHECK(next->jump() == 1h);
  CHECK(next->from() == local(2027, 3, 28, 2h));
  CHECK(next->to() == local(2027, 3, 28, 3h));
  CHECK(berlin.latest_change(change)->at == change);
  CHECK(berlin.next_change(change)->at == slot_at("2027-10-31T01:00:00Z"));
}

TEST_CASE("a clock is known in both passes of a repeated hour") {
  const Zone berlin = zone_of("Europe/Berlin");
  const Slot change = slot_at("2027-10-31T01:00:00Z");
  CHECK(berlin.first_reached(local(2027, 10, 31, 2h + 30min)).at == change - 30min);
  CHECK(berlin.local_at(change + 30min) == local(2027, 10, 31, 2h + 30min));
  CHECK(berlin.latest_shown(change + 30min) == local(2027, 10, 31, 3h - 1s));
  CHECK(berlin.latest_shown(change + 2h) == local(2027, 10, 31, 4h));
  CHECK(berlin.first_reached(local(2027, 10, 31, 3h)).at == change + 1h);
  const auto stretch = berlin.stretch_at(change);
  CHECK(stretch.begin == change);
  CHECK(stretch.end == slot_at("2028-03-26T01:00:00Z"));
}

TEST_CASE("the last rule of a zone goes on to 2199") {
  const Zone york = zone_of("America/New_York");
  CHECK(york.offset_at(slot_at("2199-07-01T00:00:00Z")) == -4h);
  CHECK(york.offset_at(slot_at("2199-12-31T23:59:59Z")) == -5h);
  CHECK(york.offset_at(slot_at("2038-07-01T00:00:00Z")) == -4h);
  CHECK(zone_of("Asia/Tokyo").offset_at(slot_at("2199-07-01T00:00:00Z")) == 9h);
}

TEST_CASE("the table gives the same offsets as the zone database, near every change and between") {
  for (const std::string& name : zone_names()) {
    const Zone zone = zone_of(name);
    cctz::time_zone other;
    REQUIRE(cctz::load_time_zone(name, &other));
    const auto offset = [&](Slot at) {
      return other.lookup(cctz::time_point<cctz::seconds>(at.time_since_epoch())).offset;
    };
    int wrong = 0;
    Slot before = slot_at("1970-01-01T00:00:00Z");
    for (auto change = zone.next_change(before); change; change = zone.next_change(before)) {
      wrong += offset(change->at) != change->after.count();
      wrong += offset(change->at - 1s) != change->before.count();
      wrong += offset(before + (change->at - before) / 2) != change->before.count();
      before = change->at;
    }
    for (Slot at = slot_at("1970-01-01T00:00:00Z"); at < kEndOfSlots; at += std::chrono::days(97))
      wrong += offset(at) != zone.offset_at(at).count();
    INFO(name);
    CHECK(wrong == 0);
  }
}

namespace {

std::string berlin_bytes() {
  std::ifstream file("/usr/share/zoneinfo/Europe/Berlin", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a zone file that says it is longer than it is makes nobody take memory for it") {
  ZoneFolder folder;
  const std::string sound = zone_file({{1'777'640'400, 3600}});
  REQUIRE(Zone::load_from(folder.path(), folder.add(sound)).ok());
  const std::size_t second = sound.find("TZif", 4);
  REQUIRE(second != std::string::npos);
  for (const std::size_t head : {std::size_t{0}, second})
    for (std::size_t count = 20; count < 44; count += 4)
      for (const char high : {'\x01', '\x7f', '\xff'}) {
        std::string bytes = sound;
        bytes[head + count] = high;  // tens of millions of them, at least
        CAPTURE(head, count, high);
        CHECK_FALSE(Zone::load_from(folder.path(), folder.add(bytes)).ok());
      }
}

TEST_CASE("a zone file that is cut, garbled or without 64-bit data is refused") {
  ZoneFolder folder;
  const auto loads = [&](const std::string& bytes) {
    return Zone::load_from(folder.path(), folder.add(bytes)).ok();
  };
  const std::string whole = berlin_bytes();
  REQUIRE(loads(whole));
  int taken = 0;
  for (std::size_t length = 0; length < whole.size();
       length += length < 200 || length + 200 > whole.size() ? 1 : 13)
    taken += loads(whole.substr(0, length)) ? 1 : 0;
  CHECK(taken == 0);
  std::string version_1 = whole;
  version_1[4] = '\0';
  CHECK_FALSE(loads(version_1));
  CHECK_FALSE(loads(std::string(5000, 'x')));
  CHECK_FALSE(loads("TZif2" + std::string(5000, '\xff')));
}

TEST_CASE("a zone whose file is damaged is not told to be misspelt") {
  ZoneFolder folder;
  const auto damaged = Zone::load_from(folder.path(), "Europe/Berlin");
  REQUIRE_FALSE(damaged.ok());
  CHECK(damaged.error().remedy ==
        "install tzdata again: the file of this zone is missing, damaged or of version 1");
}

TEST_CASE("a pipe in place of a zone file is refused, and nobody waits for it") {
  ZoneFolder folder;
  const std::string pipe = folder.path() + "/Europe/Berlin";
  std::filesystem::create_directories(folder.path() + "/Europe");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const int writer = open(pipe.c_str(), O_RDWR | O_NONBLOCK);  // who reads it finds somebody, but no bytes
  REQUIRE(writer >= 0);
  auto loaded =
      std::async(std::launch::async, [&] { return Zone::load_from(folder.path(), "Europe/Berlin").ok(); });
  const bool in_time = loaded.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
  CHECK(in_time);
  close(writer);  // ends the wait
  CHECK_FALSE(loaded.get());
}
