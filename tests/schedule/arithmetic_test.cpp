// SPDX-License-Identifier: Apache-2.0
#include "schedule/arithmetic.hpp"

#include <catch2/catch_test_macros.hpp>

#include "load.hpp"

using namespace prewarm;
using namespace prewarm::schedule;
using namespace prewarm::schedule::test;
using namespace std::chrono_literals;

namespace {

std::string file_of(const std::string& expression, const std::string& top, const std::string& store = "") {
  std::string text = file_with(top, "", store);
  return text.replace(text.find("@hourly"), 7, expression);
}
// Findings without place and "error", one a line.
std::string said(const std::string& text, const World& world = {}) {
  std::string out;
  for (Finding finding : load_text(text, world).findings) {
    finding.place = {};
    out += finding_text(finding) + "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("least TTL, default TTL and default limit follow from the calendar") {
  struct Row {
    const char* expression;
    const char* top;
    Millis shortest, longest, least, ttl, limit;
  };
  const Row rows[] = {
      {"*/5 * * * *", R"("jitter": "20s")", 5min, 5min, 5min + 50s, 15min, 10min + 30s},
      {"*/10 * * * *", R"("jitter": "30s")", 10min, 10min, 11min, 30min, 20min + 30s},
      {"10 4 * * *", R"("timezone": "Europe/Paris", "timeout": "2m")", 23h, 25h, 25h + 2min, 75h, 50h + 2min},
      {"30 2 * * *", R"("timezone": "Europe/Berlin", "allow": ["PW214"])", 23h + 30min, 25h, 25h + 30s, 75h,
       50h + 30s},
      {"0 9 * * 1-5", "", 24h, 72h, 72h + 30s, 216h, 144h + 30s},
  };
  for (const Row& row : rows) {
    INFO(row.expression);
    const auto result = load_text(file_of(row.expression, row.top));
    INFO(texts(result));
    REQUIRE(result.catalog);
    const Schedule& schedule = *result.catalog->find("news");
    CHECK(Millis{schedule.gaps.shortest} == row.shortest);
    CHECK(Millis{schedule.gaps.longest} == row.longest);
    CHECK(least_ttl(schedule) == row.least);
    CHECK(schedule.store.ttl == row.ttl);
    CHECK(schedule.stale_after == row.limit);
  }
}

TEST_CASE("a TTL below the least is refused with the sum and the least that would do") {
  CHECK(said(file_of("*/5 * * * *", R"("jitter": "20s")", R"("ttl": "5m49s")")) ==
        "error PW221 /store/ttl 5m 49s is shorter than 5m 50s (longest gap 5m + timeout 30s + jitter 20s): "
        "the key would be "
        "cold between runs.  do: leave it out (15m), or at least \"5m50s\"\n");
  // The limit, 10m 30s by default, is told apart from the TTL.
  CHECK(said(file_of("*/5 * * * *", R"("staleAfter": "5m40s")", R"("ttl": "5m50s")")).empty());
  CHECK(said(file_of("0 9 * * 1-5", "", R"("ttl": "25h")"))
            .find("25h is shorter than 72h 0m 30s (longest gap 72h + timeout 30s)") != std::string::npos);
}

TEST_CASE("below gaps of some 25 s the order of writes asks for more than the gap") {
  const std::string text = said(file_of("@every 10s", R"("timeout": "5s")", R"("ttl": "16s")"));
  CHECK(text ==
        "error PW221 /store/ttl 16s is shorter than 19s 150ms (1.01 x timeout 5s + 14.1s): it could end "
        "while an older write "
        "may still come.  do: leave it out (30s), or at least \"19s150ms\"\n");
  const auto result = load_text(file_of("@every 5s", R"("timeout": "1s", "staleAfter": "15s110ms")"));
  INFO(texts(result));
  REQUIRE(result.catalog);
  CHECK(result.catalog->find("news")->store.ttl == 15110ms);
}

TEST_CASE("a leap day's TTL stays within ten years") {
  const auto result = load_text(file_of("0 0 29 2 *", ""));
  INFO(texts(result));
  REQUIRE(result.catalog);
  CHECK(result.catalog->find("news")->store.ttl <= 3650 * 24h);
}

TEST_CASE("numbers that do not agree name each other and the value that fits") {
  CHECK(said(file_of("*/5 * * * *", R"("jitter": "3m")")) ==
        "error PW218 /jitter 3m is longer than 2m 30s, half the shortest gap.  do: at most \"2m30s\"\n");
  CHECK(said(file_with(R"("timeout": "20s")", R"("timeout": "40s")")) ==
        "error PW220 /fetch/timeout 40s for one attempt is longer than the whole run's timeout 20s.  do: at "
        "most \"20s\"\n");
  CHECK(said(file_with("", "", R"("ttl": "500ms")")) ==
        "error PW222 /store/ttl 500ms is shorter than 1s, the least of this store.  do: leave it out, or at "
        "least \"1s\"\n");
  CHECK(said(file_with(R"("staleAfter": "1h")")) ==
        "warning PW224 /staleAfter 1h is below the least TTL 1h 0m 30s (longest gap 1h + timeout 30s): it "
        "would be called stale "
        "between good runs.  do: at least \"1h30s\"\n");
  CHECK(said(file_with(R"("staleAfter": "3h")")) ==
        "warning PW223 /staleAfter 3h is not below the TTL 3h: the key would be cold before anybody is told. "
        " do: at least "
        "\"1h30s\" and below \"3h\"\n");
  CHECK(
      said(file_with("", "", R"("ttl": "2h")")) ==
      "warning PW223 /store/ttl 2h is not above the limit of the age, /staleAfter 2h 0m 30s (2 x longest gap "
      "1h + timeout 30s): the key would be cold before anybody is told.  do: a \"ttl\" above 2h 0m 30s, or a "
      "\"staleAfter\" of at least \"1h30s\" and below \"2h\"\n");
  CHECK(said(file_of("* * * * *", R"("timeout": "1m", "staleAfter": "2m30s")")) ==
        "warning PW226 /timeout 1m is not below the shortest gap 1m: a slow run would take the next one's "
        "slot.  do: at most "
        "\"59s\"\n");
  CHECK(said(file_of("@every 20s", R"("timeout": "10s", "heartbeat": "https://hc.example.net/x")")) ==
        "warning PW233 /heartbeat gets 6 pings a minute (two a run, a run every 20s), more than 5.  do: a "
        "run every 24s or "
        "slower, or no heartbeat\n");
  CHECK(said(file_of("@every 24s", R"("timeout": "10s", "heartbeat": "https://hc.example.net/x")")).empty());
}

TEST_CASE("one attempt is given no longer than the run") {
  const auto result = load_text(file_with(R"("timeout": "5s")"));
  REQUIRE(result.catalog);
  CHECK(result.catalog->find("news")->fetch.timeout == 5s);
}

TEST_CASE("a staleIfError below the TTL is refused, and one as long is sound") {
  CHECK(said(file_of("*/5 * * * *", "", R"("ttl": "1h", "staleIfError": "59m")")) ==
        "error PW225 /store/staleIfError 59m is shorter than the TTL 1h: the value lives longer than that "
        "anyway.  "
        "do: leave it out, or at least \"1h\"\n");
  CHECK(said(file_of("*/5 * * * *", "", R"("ttl": "1h", "staleIfError": "1h")")).empty());
  CHECK(said(file_of("*/5 * * * *", "", R"("staleIfError": "14m")")).find("PW225") != std::string::npos);
}
