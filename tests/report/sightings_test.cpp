// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "prewarm/report/record.hpp"
#include "report/sample.hpp"

using namespace prewarm;
using namespace std::chrono_literals;
using envelope::Class;
using envelope::Kind;
using nlohmann::json;

namespace {

const std::string kKey = "recent-listens:production:v3";

run::RunReport report_with(run::Sighting sighting) {
  run::RunReport report = sample::verified();
  report.run_id = "c2f7a6b9-4e10-8b53-8d2a-91e05f7c3d68";
  report.ended_wall = sample::instant("2026-05-01T12:55:13.981Z");
  report.since_write = 295731ms;
  sighting.key = kKey;
  report.sightings.push_back(std::move(sighting));
  return report;
}

LogLine line_of(run::Sighting sighting) {
  const auto lines = report::sighting_lines(report_with(std::move(sighting)));
  REQUIRE(lines.size() == 1);
  return lines[0];
}

json members(const LogLine& line) { return json::parse(json_line(sample::settings(), line)); }

run::Sighting sighting(Class cls, Kind kind, std::uint64_t bytes) {
  return {"", cls, kind, bytes, std::nullopt, std::nullopt};
}

}  // namespace

TEST_CASE("a legacy array is sighted byte for byte as the surface shows") {
  CHECK(
      json_line(sample::settings(), line_of(sighting(Class::legacy, Kind::array, 375))) ==
      R"({"time":"2026-05-01T12:55:13.981Z","level":"warn","event":"value.sighted","msg":"recent-listens:production:v3 held a JSON array without envelope: an old worker writes here","env":"production","worker":"prewarm-7c9f","schedule":"recent-listens","run_id":"c2f7a6b9-4e10-8b53-8d2a-91e05f7c3d68","key":"recent-listens:production:v3","class":"legacy","shape":"array","bytes":375,"since_write_ms":295731,"code":"PW720"})");
}

TEST_CASE("each class of sighting has its words, level and code") {
  struct Row {
    Class cls;
    Kind kind;
    const char* says;
    Level level;
    const char* code;
  };
  for (const Row& row : {
           Row{Class::legacy, Kind::object, "held a JSON object without envelope", Level::warn, "PW720"},
           Row{Class::legacy, Kind::other, "held a JSON value without envelope", Level::warn, "PW720"},
           Row{Class::older, Kind::object, "held an envelope of another version: an old", Level::warn,
               "PW721"},
           Row{Class::foreign, Kind::other, "held what is not JSON", Level::warn, "PW722"},
           Row{Class::wrong_type, Kind::other, "held a value that is not a string", Level::warn, "PW723"},
           Row{Class::newer, Kind::object, "this worker is the stale one", Level::error, "PW711"},
       }) {
    const LogLine line = line_of(sighting(row.cls, row.kind, 42));
    INFO(line.msg);
    CHECK(line.msg.rfind(kKey + " ", 0) == 0);
    CHECK(line.msg.find(row.says) != std::string::npos);
    CHECK(line.level == row.level);
    CHECK(members(line)["code"] == row.code);
    CHECK(members(line)["class"] == std::string(envelope::class_text(row.cls)));
  }
}

TEST_CASE("a sighted envelope of another version names the version") {
  run::Sighting older = sighting(Class::older, Kind::object, 900);
  older.version = 2;
  const LogLine line = line_of(older);
  CHECK(line.msg == kKey + " held an envelope of version 2: an old worker writes here");
  CHECK(members(line)["version"] == 2);
}

TEST_CASE("a head ahead of the store's clock is told by its distance") {
  run::Sighting ahead = sighting(Class::foreign, Kind::object, 900);
  ahead.ahead = 2h;
  ahead.version = 3;
  const LogLine line = line_of(ahead);
  CHECK(line.msg == kKey +
                        " held an envelope 2h ahead of the store's clock: a clock was wrong, or another "
                        "program writes here");
  CHECK(members(line)["ahead_ms"] == 7200000);
}

TEST_CASE("of a value that is not a string neither shape nor size is claimed") {
  const json made = members(line_of(sighting(Class::wrong_type, Kind::other, 0)));
  CHECK_FALSE(made.contains("shape"));
  CHECK_FALSE(made.contains("bytes"));
}

TEST_CASE("a sighting by a worker that has not written yet has no time since its write") {
  run::RunReport report = report_with(sighting(Class::legacy, Kind::array, 2));
  report.since_write.reset();
  CHECK_FALSE(members(report::sighting_lines(report)[0]).contains("since_write_ms"));
}

TEST_CASE("each sighting of a run has its line") {
  run::RunReport report = report_with(sighting(Class::legacy, Kind::array, 2));
  report.sightings.push_back(sighting(Class::foreign, Kind::other, 3));
  CHECK(report::sighting_lines(report).size() == 2);
  CHECK(report::sighting_lines(sample::verified()).empty());
}

TEST_CASE("a lost value is told with what is there instead") {
  run::RunReport report = sample::verified();
  CHECK_FALSE(report::lost_line(report).has_value());
  report.lost = run::Lost{kKey, sample::instant("2026-05-01T12:55:14.002Z"), Class::absent};
  CHECK(
      json_line(sample::settings(), *report::lost_line(report)) ==
      R"({"time":"2026-05-01T13:00:19.618Z","level":"warn","event":"value.lost","msg":"recent-listens:production:v3: what we verified is gone before its time","env":"production","worker":"prewarm-7c9f","schedule":"recent-listens","key":"recent-listens:production:v3","last_verified":"2026-05-01T12:55:14.002Z","found":"absent"})");
}

TEST_CASE("each class of what replaced a verified value tells its own story") {
  run::RunReport report = sample::verified();
  for (const auto& [found, story] : {std::pair{Class::absent, "is gone"},
                                     {Class::current, "was put back to an earlier one"},
                                     {Class::older, "was replaced by one of an older version"},
                                     {Class::newer, "was replaced by one of a newer version"},
                                     {Class::legacy, "was replaced by a value without envelope"},
                                     {Class::foreign, "was replaced by what is not JSON"},
                                     {Class::wrong_type, "was replaced by a value that is not a string"}}) {
    report.lost = run::Lost{kKey, sample::instant("2026-05-01T12:55:14.002Z"), found};
    CHECK(report::lost_line(report)->msg == kKey + ": what we verified " + story + " before its time");
  }
}
