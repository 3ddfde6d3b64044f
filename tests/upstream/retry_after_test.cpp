// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include "prewarm/upstream/exchange.hpp"
#include "upstream/http_date.hpp"

using namespace prewarm;
using namespace prewarm::upstream;
using namespace std::chrono_literals;

namespace {
const WallTime kNow{784'111'777'000ms - 20s};  // 20 s before the RFC's 1994-11-06T08:49:37Z
}

TEST_CASE("Retry-After is read as seconds and in the three date forms") {
  CHECK(parse_retry_after("0", kNow) == 0ms);
  CHECK(parse_retry_after("120", kNow) == 120s);
  CHECK(parse_retry_after("007", kNow) == 7s);
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", kNow) == 20s);
  CHECK(parse_retry_after("Sunday, 06-Nov-94 08:49:37 GMT", kNow) == 20s);
  CHECK(parse_retry_after("Sun Nov  6 08:49:37 1994", kNow) == 20s);
  CHECK(parse_retry_after("Wed Nov 16 08:49:37 1994", kNow) == 240h + 20s);
}

TEST_CASE("Retry-After in the past is now, and the far future is ten years") {
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:16 GMT", kNow) == 0ms);
  CHECK(parse_retry_after("Sun, 06 Nov 2094 08:49:16 GMT", kNow) == 3653 * 24h);
  CHECK(parse_retry_after("99999999999999999999999", kNow) == 3653 * 24h);
  CHECK(parse_retry_after("9223372036854775807", kNow) == 3653 * 24h);
}

TEST_CASE("a year of two digits is the latest that is at most 50 years ahead") {
  const auto year_of = [](const std::string& two_digits, int this_year) {
    const WallTime now = std::chrono::sys_days(std::chrono::year(this_year) / 6 / 1);
    const auto at = parse_http_date("Sunday, 06-Nov-" + two_digits + " 08:49:37 GMT", now);
    REQUIRE(at);
    const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(*at));
    return static_cast<int>(date.year());
  };
  CHECK(year_of("94", 1994) == 1994);
  CHECK(year_of("01", 1999) == 2001);
  CHECK(year_of("44", 1994) == 2044);
  CHECK(year_of("45", 1994) == 1945);
  CHECK(year_of("99", 2026) == 1999);
  CHECK(year_of("76", 2026) == 2076);
  CHECK(year_of("00", 2026) == 2000);
}

TEST_CASE("what is no date is nothing") {
  for (const char* text : {"",
                           " ",
                           "soon",
                           "-1",
                           "+1",
                           "1.5",
                           "1 ",
                           "0x10",
                           "Sun, 06 Nov 1994 08:49:37",
                           "Sun, 06 Nov 1994 08:49:37 UTC",
                           "Sun, 06 Nov 1994 08:49:37 GMT ",
                           "Sun, 6 Nov 1994 08:49:37 GMT",
                           "Sun, 31 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:00:00 GMT",
                           "Sun, 06 Nov 1994 08:60:37 GMT",
                           "Sun, 06 Nov 1994 08:49:61 GMT",
                           "Sun, 06 nov 1994 08:49:37 GMT",
                           "Xyz, 06 Nov 1994 08:49:37 GMT",
                           "Sunday, 06-Nov-1994 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 94",
                           "Sun Nov 06 8:49:37 1994",
                           "1994-11-06T08:49:37Z",
                           "Sun,",
                           "Sun"}) {
    INFO(text);
    CHECK_FALSE(parse_retry_after(text, kNow));
  }
}

TEST_CASE("an HTTP date cut at any byte is nothing") {
  for (const std::string_view text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
    for (std::size_t size = 0; size < text.size(); ++size)
      CHECK_FALSE(parse_http_date(text.substr(0, size), kNow));
}
