// SPDX-License-Identifier: Apache-2.0
#include "prewarm/report/heartbeat.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch_test_macros.hpp>
#include <csignal>

#include "report/sample.hpp"

using namespace prewarm;
using namespace std::chrono_literals;
using run::Outcome;
using run::PingKind;

namespace {

run::Run run_of(schedule::SchedulePtr schedule) {
  run::Run run;
  run.schedule = std::move(schedule);
  run.slot = sample::slot("2026-05-01T13:00:00Z");
  run.run_id = "41d09c3e-6b27-8a15-9f02-c8e1d7b6a354";
  run.rid = "8a46fec7-e050-8d1e-a5e6-a3d39b7a7023";
  run.started = sample::boot(1000s);
  return run;
}

// Whether making the end ping of `report` stops the process, tried in a child.
bool aborts(const run::RunReport& report) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // the test framework would report it
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    static_cast<void>(report::end_ping(report));
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

}  // namespace

TEST_CASE("a verified run with all proofs pings success") {
  const auto ping = report::end_ping(sample::verified());
  REQUIRE(ping.has_value());
  CHECK(ping->kind == PingKind::success);
  CHECK(ping->schedule == "recent-listens");
  CHECK(ping->rid == "8a46fec7-e050-8d1e-a5e6-a3d39b7a7023");
  CHECK(report::ping_body(*ping) == "verified v3, 14 items, 1332 B");
  CHECK_FALSE(aborts(sample::verified()));
}

TEST_CASE("a report that lacks a proof never becomes a success ping") {
  run::RunReport lacking = sample::verified();
  SECTION("none at all") { lacking.proofs.clear(); }
  SECTION("one key of two") { lacking.keys_written = 2; }
  SECTION("no key written") {
    lacking.keys_written = 0;
    lacking.proofs.clear();
  }
  SECTION("the number of keys is unknown") { lacking.keys_written.reset(); }
  SECTION("more proofs than keys") { lacking.proofs.add(sample::proof("other:production:v3")); }
  SECTION("unchanged needs them too") {
    lacking.outcome = Outcome::unchanged;
    lacking.proofs.clear();
  }
  CHECK(aborts(lacking));
}

TEST_CASE("a failed run pings fail with the reason") {
  const auto ping = report::end_ping(sample::upstream_failed());
  REQUIRE(ping.has_value());
  CHECK(ping->kind == PingKind::fail);
  CHECK(report::ping_body(*ping) == "upstream_failed http_5xx PW530: 503 on 3 attempts; old value kept");
  CHECK(ping->owner.empty());
}

TEST_CASE("owner and runbook of the schedule go with a failure and with nothing else") {
  auto schedule = sample::recent_listens();
  schedule->owner = "web";
  schedule->runbook = "https://wiki.example.net/prewarm";
  run::RunReport failed = sample::upstream_failed();
  failed.schedule = schedule;
  CHECK(report::end_ping(failed)->owner == "web");
  CHECK(report::end_ping(failed)->runbook == "https://wiki.example.net/prewarm");
  run::RunReport verified = sample::verified();
  verified.schedule = schedule;
  CHECK(report::end_ping(verified)->owner.empty());
  CHECK(report::start_ping(run_of(schedule))->owner.empty());
}

TEST_CASE("a superseded run pings nothing, unless a newer version made this worker the stale one") {
  const auto ping_after = [](ErrorKind kind) {
    return report::end_ping(sample::failed(Outcome::superseded, {kind, "x"}));
  };
  CHECK_FALSE(ping_after(ErrorKind::later_write).has_value());
  REQUIRE(ping_after(ErrorKind::newer_version).has_value());
  CHECK(ping_after(ErrorKind::newer_version)->kind == PingKind::fail);
}

TEST_CASE("a cancelled run pings fail only if a start was sent") {
  run::RunReport report = sample::failed(Outcome::cancelled, {ErrorKind::shutdown, "stopped"});
  CHECK_FALSE(report::end_ping(report).has_value());
  report.start_ping_sent = true;
  REQUIRE(report::end_ping(report).has_value());
  CHECK(report::end_ping(report)->kind == PingKind::fail);
}

TEST_CASE("runs that did not run ping nothing") {
  run::RunReport report = sample::upstream_failed();
  report.error.reset();
  for (const auto outcome : {Outcome::claimed_elsewhere, Outcome::overlapped, Outcome::missed}) {
    report.outcome = outcome;
    CHECK_FALSE(report::end_ping(report).has_value());
  }
}

TEST_CASE("no ping leaves with --no-heartbeat, in a dry run, or without a heartbeat URL") {
  auto silent = sample::recent_listens();
  silent->heartbeat.url = Secret();
  run::Run run = run_of(silent);
  CHECK_FALSE(report::start_ping(run).has_value());
  run = run_of(sample::recent_listens());
  CHECK(report::start_ping(run).has_value());
  run.heartbeat = false;
  CHECK_FALSE(report::start_ping(run).has_value());
  run.heartbeat = true;
  run.dry_run = true;
  CHECK_FALSE(report::start_ping(run).has_value());

  run::RunReport report = sample::verified();
  report.heartbeat = false;
  CHECK_FALSE(report::end_ping(report).has_value());
  report.heartbeat = true;
  report.dry_run = true;
  CHECK_FALSE(report::end_ping(report).has_value());
  report.dry_run = false;
  report.schedule = silent;
  CHECK_FALSE(report::end_ping(report).has_value());
}

TEST_CASE("a ping may leave until 30 s after the run's deadline, no later") {
  const BootTime last = sample::boot(1000s + 30s + 30s);
  CHECK(report::start_ping(run_of(sample::recent_listens()))->not_after == last);
  CHECK(report::end_ping(sample::verified())->not_after == last);
}

TEST_CASE("a style without a start sends none") {
  auto schedule = sample::recent_listens();
  schedule->heartbeat.style = schedule::HeartbeatStyle::betterstack;
  CHECK_FALSE(report::start_ping(run_of(schedule)).has_value());
}

TEST_CASE("a worker that cannot start tells each heartbeat the first error") {
  report::NotStarted what;
  what.schedule = "recent-listens";
  what.heartbeat = sample::recent_listens()->heartbeat;
  what.env = "production";
  what.code = 301;
  what.message = "LISTENBRAINZ_TOKEN is not set";
  what.now = sample::slot("2026-05-01T13:00:00Z");
  const auto ping = report::preflight_ping(what);
  REQUIRE(ping.has_value());
  CHECK(ping->kind == PingKind::fail);
  CHECK(ping->rid == "8a46fec7-e050-8d1e-a5e6-a3d39b7a7023");
  CHECK(report::ping_body(*ping) == "PW301: LISTENBRAINZ_TOKEN is not set");
  what.heartbeat.url = Secret();
  CHECK_FALSE(report::preflight_ping(what).has_value());
}
