// SPDX-License-Identifier: Apache-2.0
#include "prewarm/schedule/finding.hpp"

#include <catch2/catch_test_macros.hpp>

#include "prewarm/schedule/catalog.hpp"

using namespace prewarm::schedule;
using Names = std::vector<std::string>;

TEST_CASE("a finding is one line with place, code, pointer and cure") {
  Finding finding{104, Severity::error,  {"bad/users.jsonc", 3, 3},  "/timout",
                  "",  "is not a field", "did you mean \"timeout\"?"};
  CHECK(finding_text(finding) ==
        "bad/users.jsonc:3:3 error PW104 /timout is not a field.  do: did you mean \"timeout\"?");
  finding = {310, Severity::error, {}, "", "", "no environment is set", "prewarm run --env production"};
  CHECK(finding_text(finding) == "error PW310 no environment is set.  do: prewarm run --env production");
  finding = {0, Severity::ok, {"a.json", 0, 0}, "", "", "200 in 12 ms", ""};
  CHECK(finding_text(finding) == "a.json ok: 200 in 12 ms");
  finding = {0, Severity::ok, {}, "", "", "store ok: wrote", ""};
  CHECK(finding_text(finding) == "store ok: wrote");
  finding = {109, Severity::warning, {"a.json", 1, 1}, "", "", "said", ""};
  CHECK(finding_text(finding) == "a.json:1:1 warning PW109 said.");
}

TEST_CASE("a file's name cannot break the line of a finding") {
  const Finding finding{111, Severity::error, {"a\nb\x1b[31m.jsonc", 1, 1}, "", "", "no name", ""};
  CHECK(finding_text(finding) == "a\\nb\\u001b[31m.jsonc:1:1 error PW111 no name.");
}

TEST_CASE("the nearest names come first, and only near ones at all") {
  const Names known{"timeout", "timezone", "retries", "maxBytes", "url", "as", "staleAfter"};
  CHECK(nearest("timout", known) == Names{"timeout"});
  CHECK(nearest("tiemzone", known) == Names{"timezone"});
  CHECK(nearest("max_bytes", known) == Names{"maxBytes"});
  CHECK(nearest("StaleAfter", known) == Names{"staleAfter"});
  CHECK(nearest("ulr", known) == Names{"url"});
  CHECK(nearest("fanout", known).empty());
  CHECK(nearest("", known).empty());
  CHECK(nearest(std::string(100000, 'x'), known).empty());
  CHECK(nearest("ab", {"aa", "bb", "cb", "db"}).size() == 3);
}
