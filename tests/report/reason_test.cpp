// SPDX-License-Identifier: Apache-2.0
#include "prewarm/report/reason.hpp"

#include <catch2/catch_test_macros.hpp>

#include "report/sample.hpp"

using namespace prewarm;
using run::Outcome;

TEST_CASE("the fail text names outcome, reason, code, cause and what became of the old value") {
  CHECK(report::ping_text(sample::upstream_failed()) ==
        "upstream_failed http_5xx PW530: 503 on 3 attempts; old value kept");
}

TEST_CASE("the success text names outcome, version, items and size") {
  CHECK(report::ping_text(sample::verified()) == "verified v3, 14 items, 1332 B");
  run::RunReport report = sample::verified();
  report.outcome = Outcome::unchanged;
  report.items.reset();
  CHECK(report::ping_text(report) == "unchanged v3, 1332 B");
}

TEST_CASE("every kind of error that ends a run with a failure has a cure") {
  const auto schedule = sample::lastfm_recent();
  for (int i = 1; i <= static_cast<int>(ErrorKind::ledger_newer); ++i) {
    const auto kind = static_cast<ErrorKind>(i);
    if (kind == ErrorKind::later_write || kind == ErrorKind::missed || kind == ErrorKind::shutdown) continue;
    INFO(reason_of(kind));
    const std::string remedy = report::default_remedy(kind, *schedule);
    CHECK_FALSE(remedy.empty());
    CHECK(remedy.find("NAME ") == std::string::npos);
    CHECK(remedy.find("SECRET") == std::string::npos);
  }
}

TEST_CASE("a cure names no command that does not exist yet") {
  const auto schedule = sample::recent_listens();
  for (int i = 1; i <= static_cast<int>(ErrorKind::ledger_newer); ++i) {
    const std::string remedy = report::default_remedy(static_cast<ErrorKind>(i), *schedule);
    const std::size_t at = remedy.find("prewarm ");
    if (at != std::string::npos) CHECK(remedy.compare(at, 13, "prewarm once ") == 0);
  }
}

TEST_CASE("the error's own remedy goes before the default") {
  run::RunReport report = sample::upstream_failed();
  CHECK(report::remedy_text(report) == "prewarm diff lastfm-recent");
  report.error->remedy.clear();
  CHECK(report::remedy_text(report) == "see the upstream's status; the next run tries again");
}

TEST_CASE("after a dry run no cure is another dry run, and there is one all the same") {
  run::RunReport report = sample::upstream_failed();
  report.dry_run = true;
  for (int i = 1; i <= static_cast<int>(ErrorKind::ledger_newer); ++i) {
    const auto kind = static_cast<ErrorKind>(i);
    report.error = Error{kind, "what happened"};
    const std::string remedy = report::remedy_text(report);
    INFO(reason_of(kind) << ": " << remedy);
    CHECK(remedy.find("--dry-run") == std::string::npos);
    CHECK(remedy.empty() == report::default_remedy(kind, *report.schedule).empty());
    if (!remedy.empty()) CHECK(remedy.find_first_of(" ;") != 0);
  }
  report.error = Error{ErrorKind::auth, "401"};
  CHECK(report::remedy_text(report) == "check the value of LASTFM_API_KEY");
  report.error = Error{ErrorKind::guard, "minItems 1: 0 came"};
  CHECK(report::remedy_text(report) == "if the answer is right, change guard");
  report.error = Error{ErrorKind::parse, "not JSON"};
  CHECK(report::remedy_text(report) == "ask the upstream the same by hand, and look at the answer");
}

TEST_CASE("a refused login names the variable that holds the secret, never its value") {
  CHECK(report::default_remedy(ErrorKind::auth, *sample::recent_listens()) ==
        "check the value of LISTENBRAINZ_TOKEN; then prewarm once recent-listens --dry-run");
  CHECK(report::default_remedy(ErrorKind::auth, *sample::lastfm_recent()) ==
        "check the value of LASTFM_API_KEY; then prewarm once lastfm-recent --dry-run");
  auto both = sample::recent_listens();
  both->fetch.query = {{"user", {"${OTHER}", {}}}};
  CHECK(report::default_remedy(ErrorKind::auth, *both).find("OTHER") == std::string::npos);
  auto schedule = sample::lastfm_recent();
  schedule->fetch.query = {{"price", {"$$5 ${MY_NAME:-none} $${NOT}", {}}}, {"b", {"${B}", {}}}};
  CHECK(report::default_remedy(ErrorKind::auth, *schedule).find("the value of MY_NAME, B;") !=
        std::string::npos);
  schedule->fetch.query.clear();
  CHECK(report::default_remedy(ErrorKind::auth, *schedule).find("no secret is sent") != std::string::npos);
}

TEST_CASE("runs that end without an error have reason, code and message of the surface") {
  run::RunReport report = sample::upstream_failed();
  report.error.reset();
  struct Row {
    Outcome outcome;
    const char* reason;
    int code;
  };
  for (const Row& row : {Row{Outcome::overlapped, "overlap", 641}, Row{Outcome::cancelled, "shutdown", 643},
                         Row{Outcome::verified, "none", 0}}) {
    report.outcome = row.outcome;
    CHECK(report::reason_text(report) == row.reason);
    CHECK(report::report_code(report) == row.code);
    CHECK(report::message_text(report).empty() == (row.code == 0));
  }
}

TEST_CASE("missed slots say why") {
  run::RunReport report = sample::upstream_failed();
  report.error.reset();
  report.outcome = Outcome::missed;
  report.missed_count = 1;
  for (const auto& [reason, word, message] :
       {std::tuple{schedule::MissedReason::down, "down", "1 slot passed: no worker ran"},
        {schedule::MissedReason::paused, "paused",
         "1 slot passed: the worker was stopped or its machine slept"},
        {schedule::MissedReason::jump, "jump", "1 slot passed: the clock jumped over them"},
        {schedule::MissedReason::unknown, "unknown", "1 slot passed: the ledger of earlier slots is lost"}}) {
    report.missed_reason = reason;
    report.error.reset();
    CHECK(report::reason_text(report) == word);
    CHECK(report::message_text(report) == message);
    report.error = Error{ErrorKind::missed, "1 slot passed unattended", {}};
    CHECK(report::reason_text(report) == word);
  }
}

TEST_CASE("a failed run says since when readers find nothing") {
  run::RunReport report = sample::upstream_failed();
  report.old_age.reset();
  report.stale_in.reset();
  report.cold_in = Millis(0);
  report.found = envelope::Class::absent;
  CHECK(report::whole_message(report) == "503 on 3 attempts; nothing is stored");
  report.cold_since = sample::instant("2026-05-01T06:24:00.700Z");
  CHECK(report::whole_message(report) == "503 on 3 attempts; readers find nothing since 06:24:00Z");
  report.cold_since = sample::instant("2026-04-30T23:59:59Z");
  CHECK(report::whole_message(report) ==
        "503 on 3 attempts; readers find nothing since 2026-04-30T23:59:59Z");
}

TEST_CASE("a value that is about to go is not called kept without a word") {
  run::RunReport report = sample::upstream_failed();
  report.cold_in = Millis(400);
  CHECK(report::whole_message(report) == "503 on 3 attempts; old value kept, cold within 1s");
  CHECK(report::kept_text(report, report::Detail::ages) == "old value kept, 19m 57s old, cold within 1s");
  report.cold_in = Millis(1000);
  CHECK(report::whole_message(report) == "503 on 3 attempts; old value kept");
}
