// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include "prewarm/report/record.hpp"
#include "report/sample.hpp"

using namespace prewarm;
using namespace std::chrono_literals;
using report::once_line;
using run::Outcome;

namespace {

constexpr std::size_t kWidth = 14;  // "recent-listens"

// The line behind name, outcome and time.
std::string told(Outcome outcome, Error error) {
  const std::string line = once_line(sample::failed(outcome, std::move(error)), kWidth);
  return line.substr(line.find(" s  ") + 4);
}

}  // namespace

TEST_CASE("once prints a verified run as the surface shows") {
  CHECK(once_line(sample::verified(), kWidth) ==
        "recent-listens  verified         0.43 s  200 in 412 ms, 19.9 kB > 14 items, 1332 B > "
        "recent-listens:production:v3 1397 B, TTL 1h > read back equal");
}

TEST_CASE("once prints a failed run as the surface shows") {
  run::RunReport report = sample::upstream_failed();
  report.old_age = 23min + 37s;
  report.cold_in = 1h + 36min + 23s;
  CHECK(once_line(report, kWidth) ==
        "lastfm-recent   upstream_failed  2.30 s  PW530 http_5xx: 503 on 3 attempts; old value kept, 23m 37s "
        "old, cold in 1h 36m");
}

TEST_CASE("once prints every other outcome in the same columns") {
  const Error guard{ErrorKind::guard, "minItems 1: 0 came, 14 are stored"};
  CHECK(told(Outcome::rejected, guard) ==
        "PW610 guard: minItems 1: 0 came, 14 are stored; old value kept, 19m 57s old, cold in 1h 40m");
  CHECK(told(Outcome::store_failed, {ErrorKind::no_answer, "no reply within 10s"}) ==
        "PW704 no_answer: no reply within 10s; the new value may be stored");
  CHECK(told(Outcome::verify_failed, {ErrorKind::differs, "read back other bytes"}) ==
        "PW730 differs: read back other bytes");
  CHECK(told(Outcome::superseded, {ErrorKind::later_write, "a value of 13:00:20.001Z is stored"}) ==
        "PW710 later_write: a value of 13:00:20.001Z is stored; that value stays");
  CHECK(told(Outcome::superseded, {ErrorKind::newer_version, "version 4 is stored"}) ==
        "PW711 newer_version: version 4 is stored; nothing was written");
  CHECK(told(Outcome::cancelled, {ErrorKind::shutdown, "stopped by SIGTERM"}) ==
        "PW643 shutdown: stopped by SIGTERM");
}

TEST_CASE("once says what became of the old value only as far as it is known") {
  run::RunReport report = sample::failed(Outcome::store_failed, {ErrorKind::unreachable, "refused"});
  report.old_age.reset();
  CHECK(once_line(report, kWidth).find("PW701 unreachable: refused; nothing was written") !=
        std::string::npos);
  report.error = Error{ErrorKind::no_answer, "no reply", {}};
  report.fetch = {};
  CHECK(once_line(report, kWidth).find("PW704 no_answer: no reply; nothing was written") !=
        std::string::npos);
  report.found = envelope::Class::absent;
  CHECK(once_line(report, kWidth).find("; nothing is stored") != std::string::npos);
  report.keys_written = 2;
  CHECK(once_line(report, kWidth).find("; 2 of its keys were written") != std::string::npos);
}

TEST_CASE("once prints a dry run without claiming a write") {
  run::RunReport report = sample::verified();
  report.dry_run = true;
  report.keys_written.reset();
  report.proofs.clear();
  CHECK(once_line(report, kWidth) ==
        "recent-listens  dry run          0.43 s  200 in 412 ms, 19.9 kB > 14 items, 1332 B > would write "
        "recent-listens:production:v3 1397 B, TTL 1h");
}

TEST_CASE("once counts one item, later attempts and aliases in words") {
  run::RunReport report = sample::verified();
  report.items = 1;
  report.fetch.attempts = 2;
  report.keys_written = 3;
  CHECK(once_line(report, kWidth)
            .find("200 in 412 ms on attempt 2, 19.9 kB > 1 item, 1332 B > "
                  "recent-listens:production:v3 and 2 aliases 1397 B") != std::string::npos);
  report.items.reset();
  CHECK(once_line(report, kWidth).find("19.9 kB > 1332 B > ") != std::string::npos);
}

TEST_CASE("once prints a schedule that was passed over") {
  CHECK(report::skipped_line("recent-listens", kWidth, "3m 28s old, younger than 10m") ==
        "recent-listens  skipped          3m 28s old, younger than 10m");
}

TEST_CASE("times are rounded to hundredths of a second") {
  run::RunReport report = sample::verified();
  for (const auto& [took, text] : {std::pair{0ms, " 0.00 s "},
                                   {4ms, " 0.00 s "},
                                   {5ms, " 0.01 s "},
                                   {995ms, " 1.00 s "},
                                   {1005ms, " 1.01 s "},
                                   {61234ms, " 61.23 s "}}) {
    report.duration = took;
    CHECK(once_line(report, kWidth).find(text) != std::string::npos);
  }
}
