// SPDX-License-Identifier: Apache-2.0
#include "prewarm/report/record.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "report/sample.hpp"

using namespace prewarm;
using namespace std::chrono_literals;
using nlohmann::json;
using run::Outcome;

namespace {

json record(const run::RunReport& report) { return json::parse(report::record_json(report)); }

Level level(Outcome outcome, ErrorKind kind, std::optional<Millis> stale_in) {
  run::RunReport report = sample::failed(outcome, {kind, "what happened"});
  report.stale_in = stale_in;
  return report::ended_line(report).level;
}

run::RunReport without_error(Outcome outcome) {
  run::RunReport report = sample::upstream_failed();
  report.error.reset();
  report.outcome = outcome;
  report.fetch = {};
  return report;
}

}  // namespace

TEST_CASE("a verified run is logged byte for byte as the surface shows") {
  CHECK(
      json_line(sample::settings(), report::ended_line(sample::verified())) ==
      R"({"time":"2026-05-01T13:00:19.618Z","level":"info","event":"run.ended","msg":"recent-listens verified","env":"production","worker":"prewarm-7c9f","schedule":"recent-listens","run_id":"41d09c3e-6b27-8a15-9f02-c8e1d7b6a354","rid":"8a46fec7-e050-8d1e-a5e6-a3d39b7a7023","slot":"2026-05-01T13:00:00Z","trigger":"cron","outcome":"verified","reason":"none","attempts":1,"lag_ms":4,"duration_ms":431,"fetch_ms":412,"shape_ms":1,"store_ms":17,"verify_ms":0,"http.response.status_code":200,"server.address":"api.listenbrainz.org","body_bytes":19853,"items":14,"bytes":1397,"keys_written":1,"key":"recent-listens:production:v3","version":3,"ttl_s":3600,"last_updated":"2026-05-01T13:00:19.187Z","found":"current","stale_in_s":629,"cold_in_s":3599,"next":"2026-05-01T13:05:00Z"})");
}

TEST_CASE("a failed run is logged byte for byte as the surface shows") {
  CHECK(
      json_line(sample::settings(), report::ended_line(sample::upstream_failed())) ==
      R"({"time":"2026-05-01T13:00:09.912Z","level":"warn","event":"run.ended","msg":"lastfm-recent upstream_failed: 503 on 3 attempts; old value kept","env":"production","worker":"prewarm-7c9f","schedule":"lastfm-recent","run_id":"b80f5a17-2c94-8e6d-a3b1-0d7f9c42e651","rid":"65097f0d-62e7-8105-a43a-af299a1d1d2b","slot":"2026-05-01T13:00:00Z","trigger":"cron","outcome":"upstream_failed","reason":"http_5xx","code":"PW530","message":"503 on 3 attempts","do":"prewarm diff lastfm-recent","attempts":3,"lag_ms":0,"duration_ms":2298,"fetch_ms":2297,"http.response.status_code":503,"server.address":"ws.audioscrobbler.com","stale_in_s":33,"cold_in_s":6003,"next":"2026-05-01T13:10:00Z"})");
}

TEST_CASE("the record of --json has the same members behind its type") {
  const std::string line = json_line(sample::settings(), report::ended_line(sample::verified()));
  const std::string members = line.substr(line.find("\"schedule\""));
  CHECK(report::record_json(sample::verified()) == R"({"type":"run",)" + members);
}

TEST_CASE("a failed run warns while the value is younger than its limit and is an error afterwards") {
  for (const auto outcome :
       {Outcome::partial, Outcome::rejected, Outcome::upstream_failed, Outcome::store_failed}) {
    CHECK(level(outcome, ErrorKind::guard, 1ms) == Level::warn);
    CHECK(level(outcome, ErrorKind::guard, 0ms) == Level::error);
    CHECK(level(outcome, ErrorKind::guard, -1s) == Level::error);
    CHECK(level(outcome, ErrorKind::guard, std::nullopt) == Level::error);
  }
}

TEST_CASE("other outcomes have a level of their own, whatever the age") {
  for (const std::optional<Millis> stale_in : {std::optional<Millis>(1h), std::optional<Millis>(-1h)}) {
    CHECK(level(Outcome::verify_failed, ErrorKind::differs, stale_in) == Level::error);
    CHECK(level(Outcome::superseded, ErrorKind::later_write, stale_in) == Level::info);
    CHECK(level(Outcome::superseded, ErrorKind::newer_version, stale_in) == Level::error);
    CHECK(level(Outcome::overlapped, ErrorKind::overlap, stale_in) == Level::warn);
    CHECK(level(Outcome::missed, ErrorKind::missed, stale_in) == Level::warn);
    CHECK(level(Outcome::cancelled, ErrorKind::shutdown, stale_in) == Level::warn);
  }
  CHECK(report::ended_line(without_error(Outcome::claimed_elsewhere)).level == Level::info);
}

TEST_CASE("a stale value has a negative number of seconds left") {
  run::RunReport report = sample::upstream_failed();
  report.stale_in = -1500ms;
  CHECK(record(report)["stale_in_s"] == -2);
}

TEST_CASE("a missed report says how many slots and why, and nothing of a fetch") {
  run::RunReport report = without_error(Outcome::missed);
  report.missed_reason = schedule::MissedReason::down;
  report.missed_count = 3;
  const json made = record(report);
  CHECK(made["outcome"] == "missed");
  CHECK(made["reason"] == "down");
  CHECK(made["code"] == "PW642");
  CHECK(made["message"] == "3 slots passed: no worker ran");
  CHECK(made["missed_count"] == 3);
  CHECK_FALSE(made.contains("attempts"));
  CHECK_FALSE(made.contains("server.address"));
  CHECK_FALSE(made.contains("key"));
}

TEST_CASE("a dry run that ends well never says verified") {
  run::RunReport report = sample::verified();
  report.dry_run = true;
  report.keys_written.reset();
  report.proofs.clear();
  const json made = record(report);
  CHECK(made["dry_run"] == true);
  CHECK_FALSE(made.contains("outcome"));
  CHECK_FALSE(made.contains("ttl_s"));
  CHECK(made["key"] == "recent-listens:production:v3");
  CHECK(report::record_json(report).find("verified") == std::string::npos);
  CHECK(report::ended_line(report).msg.find("verified") == std::string::npos);
}

TEST_CASE("a dry run that is refused says so") {
  run::RunReport report = sample::failed(Outcome::rejected, {ErrorKind::guard, "minItems 1: 0 came"});
  report.dry_run = true;
  CHECK(record(report)["outcome"] == "rejected");
  CHECK(record(report)["dry_run"] == true);
}

TEST_CASE("the key is named once the run came to the store") {
  for (const auto outcome : {Outcome::store_failed, Outcome::verify_failed, Outcome::superseded})
    CHECK(record(sample::failed(outcome, {ErrorKind::differs, "x"})).contains("key"));
  for (const auto outcome : {Outcome::rejected, Outcome::upstream_failed, Outcome::cancelled})
    CHECK_FALSE(record(sample::failed(outcome, {ErrorKind::guard, "x"})).contains("key"));
}

TEST_CASE("an error page has no body bytes, a body that did not parse has") {
  CHECK_FALSE(record(sample::upstream_failed()).contains("body_bytes"));
  run::RunReport report = sample::failed(Outcome::upstream_failed, {ErrorKind::parse, "not JSON"});
  report.fetch.http_status = 200;
  CHECK(record(report)["body_bytes"] == 312);
}

TEST_CASE("whatever an error says, record and line of once stay one line each") {
  const std::string nasty =
      "x\n\"}\r\x1b[2K\xc2\x85\xe2\x80\xa8\xff" + std::string(1, '\0') + std::string(5000, 'y');
  const run::RunReport report = sample::failed(Outcome::rejected, {ErrorKind::guard, nasty, nasty});
  CHECK(record(report)["message"].get<std::string>().size() < 2100);
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  for (const std::string& line : {report::record_json(report), report::once_line(report, 14)})
    CHECK(std::none_of(line.begin(), line.end(), is_control));
}

TEST_CASE("a failed run over an empty key records that nothing is there, and since when") {
  run::RunReport report = sample::upstream_failed();
  CHECK_FALSE(record(report).contains("found"));
  report.old_age.reset();
  report.stale_in.reset();
  report.cold_in = 0ms;
  report.found = envelope::Class::absent;
  report.cold_since = sample::instant("2026-05-01T06:24:00.700Z");
  const json made = record(report);
  CHECK(made["found"] == "absent");
  CHECK(made["cold_in_s"] == 0);
  CHECK(made["cold_since"] == "2026-05-01T06:24:00.700Z");
  CHECK_FALSE(made.contains("stale_in_s"));
  CHECK_FALSE(made.contains("key"));
  CHECK(report::ended_line(report).level == Level::error);
}
