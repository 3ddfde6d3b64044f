// SPDX-License-Identifier: Apache-2.0
// A run is verified by counting proofs. They can be made by the verdict alone, so these are real ones.
#include "prewarm/run/report.hpp"

#include <catch2/catch_test_macros.hpp>

#include "prewarm/base/time_text.hpp"
#include "prewarm/verify/verify.hpp"

using namespace prewarm;
using run::RunReport;
using run::VerifiedWrites;

namespace {

run::VerifiedWrite proof_of(const std::string& key) {
  const WallTime instant = *parse_instant("2026-05-01T13:00:19.187Z");
  const std::string bytes = envelope::seal(3, instant, "[1]");
  const run::Entry entry{key, envelope::Sealed(bytes), 3, instant, Millis(60'000), false};
  run::Verdict verdict =
      verify::Judge::resolve(entry, {run::Found::Kind::text, bytes, bytes.size(), std::nullopt}, instant);
  REQUIRE(verdict.proof.has_value());
  return std::move(*verdict.proof);
}

VerifiedWrites proofs(int count) {
  VerifiedWrites out;
  for (int i = 0; i < count; ++i) out.add(proof_of("user:production:u" + std::to_string(i) + ":v3"));
  return out;
}

}  // namespace

TEST_CASE("a proof names its key") { CHECK(proof_of("news:production:v3").key() == "news:production:v3"); }

TEST_CASE("a run is verified if there is a proof for each key that it wrote, and one at least") {
  struct Row {
    std::optional<std::int64_t> written;
    int proofs;
    bool verified;
  };
  for (const Row& row :
       {Row{1, 1, true}, Row{3, 3, true}, Row{3, 2, false}, Row{2, 3, false}, Row{1, 0, false},
        Row{0, 0, false}, Row{0, 1, false}, Row{std::nullopt, 0, false}, Row{std::nullopt, 1, false}}) {
    INFO(row.written.value_or(-1) << " written, " << row.proofs << " proofs");
    RunReport report;
    report.keys_written = row.written;
    report.proofs = proofs(row.proofs);
    CHECK(report.all_verified() == row.verified);
  }
}

TEST_CASE("a proof counts once, wherever it is brought") {
  VerifiedWrites batch = proofs(2), sum = proofs(1);
  sum.add(std::move(batch));
  CHECK(sum.size() == 3);
  CHECK(batch.empty());  // NOLINT(bugprone-use-after-move): nothing of it is left to count again
  sum.add(std::move(batch));
  CHECK(sum.size() == 3);
  sum.clear();
  CHECK(sum.empty());
}

TEST_CASE("an upstream names the state of what it sent by a tag, a date or both") {
  CHECK_FALSE(run::Validators{}.any());
  CHECK(run::Validators{"\"a\"", ""}.any());
  CHECK(run::Validators{"", "Fri, 01 May 2026 13:00:00 GMT"}.any());
  CHECK(run::Validators{"\"a\"", ""} == run::Validators{"\"a\"", ""});
  CHECK_FALSE(run::Validators{"\"a\"", ""} == run::Validators{"W/\"a\"", ""});
  CHECK_FALSE(run::Validators{"\"a\"", ""} == run::Validators{"\"a\"", "Fri, 01 May 2026 13:00:00 GMT"});
}
