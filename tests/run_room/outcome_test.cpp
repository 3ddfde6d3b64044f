// SPDX-License-Identifier: Apache-2.0
#include "prewarm/run/outcome.hpp"

#include <catch2/catch_test_macros.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace prewarm;
using run::Outcome;
using run::PingKind;

namespace {

struct Row {
  Outcome outcome;
  const char* word;
  ErrorKind reason;
  int exit;
  PingKind ping;
  bool counts;
};

constexpr auto kOk = PingKind::success;
constexpr auto kFail = PingKind::fail;
constexpr auto kNone = PingKind::none;

// SURFACE 7, row by row; `invalid` stands for no error.
const std::vector<Row> kTable{
    {Outcome::verified, "verified", ErrorKind::invalid, 0, kOk, false},
    {Outcome::unchanged, "unchanged", ErrorKind::invalid, 0, kOk, false},
    {Outcome::partial, "partial", ErrorKind::ids_missing, 3, kFail, true},
    {Outcome::partial, "partial", ErrorKind::guard, 3, kFail, true},
    {Outcome::rejected, "rejected", ErrorKind::shape, 7, kFail, true},
    {Outcome::rejected, "rejected", ErrorKind::key, 7, kFail, true},
    {Outcome::rejected, "rejected", ErrorKind::key_twice, 7, kFail, true},
    {Outcome::rejected, "rejected", ErrorKind::record_id, 7, kFail, true},
    {Outcome::rejected, "rejected", ErrorKind::guard, 7, kFail, true},
    {Outcome::upstream_failed, "upstream_failed", ErrorKind::dns, 1, kFail, true},
    {Outcome::upstream_failed, "upstream_failed", ErrorKind::connect, 1, kFail, true},
    {Outcome::upstream_failed, "upstream_failed", ErrorKind::tls, 1, kFail, true},
    {Outcome::upstream_failed, "upstream_failed", ErrorKind::timeout, 1, kFail, true},
    {Outcome::upstream_failed, "upstream_failed", ErrorKind::address, 1, kFail, true},
    {Outcome::upstream_failed, "upstream_failed", ErrorKind::too_large, 1, kFail, true},
    {Outcome::upstream_failed, "upstream_failed", ErrorKind::broken, 1, kFail, true},
    {Outcome::upstream_failed, "upstream_failed", ErrorKind::no_body, 1, kFail, true},
    {Outcome::upstream_failed, "upstream_failed", ErrorKind::body, 1, kFail, true},
    {Outcome::upstream_failed, "upstream_failed", ErrorKind::http_5xx, 1, kFail, true},
    {Outcome::upstream_failed, "upstream_failed", ErrorKind::http_4xx, 1, kFail, true},
    {Outcome::upstream_failed, "upstream_failed", ErrorKind::rate_limited, 1, kFail, true},
    {Outcome::upstream_failed, "upstream_failed", ErrorKind::http_3xx, 1, kFail, true},
    {Outcome::upstream_failed, "upstream_failed", ErrorKind::status, 1, kFail, true},
    {Outcome::upstream_failed, "upstream_failed", ErrorKind::parse, 1, kFail, true},
    {Outcome::upstream_failed, "upstream_failed", ErrorKind::id_source, 1, kFail, true},
    {Outcome::upstream_failed, "upstream_failed", ErrorKind::no_ids_back, 1, kFail, true},
    {Outcome::upstream_failed, "upstream_failed", ErrorKind::deadline, 1, kFail, true},
    {Outcome::upstream_failed, "upstream_failed", ErrorKind::auth, 4, kFail, true},
    {Outcome::store_failed, "store_failed", ErrorKind::unreachable, 5, kFail, true},
    {Outcome::store_failed, "store_failed", ErrorKind::refused, 5, kFail, true},
    {Outcome::store_failed, "store_failed", ErrorKind::no_answer, 5, kFail, true},
    {Outcome::store_failed, "store_failed", ErrorKind::not_primary, 5, kFail, true},
    {Outcome::store_failed, "store_failed", ErrorKind::protocol, 5, kFail, true},
    {Outcome::store_failed, "store_failed", ErrorKind::store_deadline, 5, kFail, true},
    {Outcome::store_failed, "store_failed", ErrorKind::store_auth, 4, kFail, true},
    {Outcome::verify_failed, "verify_failed", ErrorKind::differs, 6, kFail, true},
    {Outcome::verify_failed, "verify_failed", ErrorKind::vanished, 6, kFail, true},
    {Outcome::superseded, "superseded", ErrorKind::later_write, 0, kNone, false},
    {Outcome::superseded, "superseded", ErrorKind::newer_version, 12, kFail, true},
    {Outcome::superseded, "superseded", ErrorKind::ledger_newer, 12, kFail, true},
    {Outcome::claimed_elsewhere, "claimed_elsewhere", ErrorKind::invalid, 9, kNone, false},
    {Outcome::overlapped, "overlapped", ErrorKind::overlap, 9, kNone, false},
    {Outcome::missed, "missed", ErrorKind::missed, 0, kNone, false},
    {Outcome::cancelled, "cancelled", ErrorKind::shutdown, 143, kFail, false},
};

}  // namespace

TEST_CASE("each outcome and reason has the exit code, ping and count of the surface") {
  for (const Row& row : kTable) {
    INFO(row.word << " " << reason_of(row.reason));
    CHECK(run::outcome_text(row.outcome) == row.word);
    CHECK(run::exit_code_of(row.outcome, row.reason) == row.exit);
    CHECK(run::ping_of(row.outcome, row.reason) == row.ping);
    CHECK(run::counts_as_failure(row.outcome, row.reason) == row.counts);
  }
}

TEST_CASE("every kind of error ends a run with the outcome of its row") {
  for (const Row& row : kTable) {
    if (row.reason == ErrorKind::invalid || row.outcome == Outcome::partial) continue;
    INFO(row.word << " " << reason_of(row.reason));
    CHECK(run::outcome_of(row.reason) == row.outcome);
  }
}

TEST_CASE("ids that did not come make a run partial, an error that ends no run counts as a broken answer") {
  CHECK(run::outcome_of(ErrorKind::ids_missing) == Outcome::partial);
  CHECK(run::outcome_of(ErrorKind::invalid) == Outcome::upstream_failed);
}

TEST_CASE("the table names every outcome and every kind of error") {
  std::set<Outcome> outcomes;
  std::set<ErrorKind> kinds;
  for (const Row& row : kTable) {
    outcomes.insert(row.outcome);
    kinds.insert(row.reason);
  }
  CHECK(outcomes.size() == static_cast<std::size_t>(Outcome::cancelled) + 1);
  CHECK(kinds.size() == static_cast<std::size_t>(ErrorKind::ledger_newer) + 1);
}

TEST_CASE("several runs end with one exit code") {
  const std::vector<std::pair<std::vector<int>, int>> table{
      {{}, 0},        {{0}, 0},     {{0, 0}, 0},     {{7}, 7},          {{7, 7}, 7},
      {{4, 4, 4}, 4}, {{7, 5}, 1},  {{0, 1}, 3},     {{1, 0}, 3},       {{3}, 3},
      {{3, 3}, 3},    {{3, 1}, 1},  {{0, 7, 5}, 3},  {{3, 0}, 3},       {{12}, 12},
      {{12, 0}, 3},   {{143}, 143}, {{0, 143}, 143}, {{130, 130}, 130}, {{1, 130}, 130},
  };
  for (const auto& [codes, expected] : table) {
    std::string text;
    for (const int code : codes) text += std::to_string(code) + " ";
    INFO(text);
    CHECK(run::combined_exit(codes) == expected);
  }
}
