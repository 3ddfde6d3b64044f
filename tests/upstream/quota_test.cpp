// SPDX-License-Identifier: Apache-2.0
#include "prewarm/upstream/quota.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

#include "prewarm/base/time_text.hpp"

using namespace prewarm;
using namespace prewarm::upstream;
using namespace std::chrono_literals;

namespace {

const WallTime kWall = parse_rfc3339("2026-05-01T13:00:00Z").value();

http::ResponseHeaders pair(const std::string& remaining, const std::string& reset) {
  http::ResponseHeaders headers;
  headers.set(http::Field::ratelimit_remaining, remaining);
  headers.set(http::Field::ratelimit_reset, reset);
  return headers;
}
http::ResponseHeaders one(const std::string& ratelimit) {
  http::ResponseHeaders headers;
  headers.set(http::Field::ratelimit, ratelimit);
  return headers;
}
std::string text(const std::optional<Quota>& quota) {
  return quota ? std::to_string(quota->left) + " for " + std::to_string(quota->resets_in.count()) : "nothing";
}
std::string of_pair(const std::string& remaining, const std::string& reset) {
  return text(quota_of(pair(remaining, reset), kWall));
}
std::string of_one(const std::string& ratelimit) { return text(quota_of(one(ratelimit), kWall)); }

}  // namespace

TEST_CASE("a reset is seconds, Unix time or a date") {
  CHECK(of_pair("5", "30") == "5 for 30000");
  CHECK(of_pair("0", "0") == "0 for 0");
  CHECK(of_pair("5", "1777640430") == "5 for 30000");
  CHECK(of_pair("5", "1777640430000") == "5 for 30000");
  CHECK(of_pair("5", "1777640430.25") == "5 for 31000");
  CHECK(of_pair("99.0", "29.5") == "99 for 30000");
  CHECK(of_pair("5", "Fri, 01 May 2026 13:00:30 GMT") == "5 for 30000");
  CHECK(of_pair("5", "1777640399") == "5 for 0");  // has been
  CHECK(of_pair("5", "1000000001") == "5 for 0");
}

TEST_CASE("Unix time is counted by the server's clock where it tells it") {
  auto headers = pair("5", "1777640430");
  headers.set(http::Field::date, "Fri, 01 May 2026 13:00:20 GMT");
  CHECK(text(quota_of(headers, kWall)) == "5 for 10000");
  headers.set(http::Field::ratelimit_reset, "Fri, 01 May 2026 13:00:30 GMT");
  CHECK(text(quota_of(headers, kWall)) == "5 for 10000");
  headers.set(http::Field::date, "nonsense");
  CHECK(text(quota_of(headers, kWall)) == "5 for 30000");
}

TEST_CASE("X-RateLimit-Reset-In is taken before a reset that needs a clock") {
  auto headers = pair("5", "1777640430");
  headers.set(http::Field::ratelimit_reset_in, "7");
  CHECK(text(quota_of(headers, kWall)) == "5 for 7000");
  headers.set(http::Field::ratelimit_reset_in, "soon");
  CHECK(text(quota_of(headers, kWall)) == "5 for 30000");
  headers.set(http::Field::ratelimit_reset, "");
  CHECK(text(quota_of(headers, kWall)) == "nothing");
}

TEST_CASE("the structured field, of several policies the one that leaves the fewest") {
  CHECK(of_one(R"("default";r=50;t=30)") == "50 for 30000");
  CHECK(of_one(R"( "default" ; r=50 ; t=30 )") == "50 for 30000");
  CHECK(of_one(R"("a";r=50;t=30, "b";r=5;t=3;pk=:c2Q=:)") == "5 for 3000");
  CHECK(of_one(R"("a";r=0;t=30,"b";r=0;t=60)") == "0 for 60000");
  CHECK(of_one(R"("a,b;r=1;t=1";r=5;t=30)") == "5 for 30000");
  CHECK(of_one("limit=100, remaining=50, reset=30") == "50 for 30000");
  CHECK(of_one(R"("default";r=50)") == "nothing");
  CHECK(of_one(R"("default";t=50)") == "nothing");
}

TEST_CASE("the pair counts before the structured field, and that before half a pair") {
  auto headers = pair("5", "30");
  headers.set(http::Field::ratelimit, R"("default";r=9;t=9)");
  CHECK(text(quota_of(headers, kWall)) == "5 for 30000");
  headers.set(http::Field::ratelimit_reset, "");
  CHECK(text(quota_of(headers, kWall)) == "5 for 9000");
  headers.set(http::Field::ratelimit_remaining, "many");
  CHECK(text(quota_of(headers, kWall)) == "9 for 9000");
}

TEST_CASE("no headers say nothing") {
  CHECK_FALSE(quota_of({}, kWall));
  CHECK_FALSE(reset_of({}, kWall));
  CHECK_FALSE(retry_after_of({}, kWall));
}

TEST_CASE("hostile numbers say nothing or are cut to 15 minutes") {
  const std::string many(70'000, '9');
  for (const std::string number : {"-1", "+1", "NaN", "nan", "inf", "0x10", "1e3", "1 2", ".", ".5", "5.x",
                                   "5.5.5", "5,5", "--", "\t", "\xff"}) {
    INFO(number);
    CHECK(of_pair(number, "30") == "nothing");
    CHECK(of_pair("5", number) == "nothing");
    CHECK(of_one("\"a\";r=" + number + ";t=30") == "nothing");
    if (number != "5,5") CHECK(of_one("\"a\";r=5;t=" + number) == "nothing");
  }
  CHECK(of_pair("5", many) == "5 for 900000");
  CHECK(of_pair("5", "1000000000") == "5 for 900000");
  CHECK(of_pair("5", "9223372036854775808") == "5 for 900000");
  CHECK(of_pair("5", "Fri, 01 May 9999 13:00:30 GMT") == "5 for 900000");
  CHECK(of_pair("5", "Fri, 01 May 1970 13:00:30 GMT") == "5 for 0");
  CHECK(quota_of(pair(many, "30"), kWall)->left > 1'000'000'000);
  CHECK(of_one("\"a\";r=5;t=" + many) == "5 for 900000");
  for (const std::string& field :
       {std::string(","), std::string(";"), std::string("\""), std::string("\"a"), std::string("=;=,="),
        std::string(70'000, ','), std::string(70'000, '"'), std::string(70'000, ';')}) {
    INFO(field.substr(0, 10));
    CHECK(of_one(field) == "nothing");
  }
}

TEST_CASE("Retry-After is counted by the server's clock where it tells it") {
  http::ResponseHeaders headers;
  headers.set(http::Field::retry_after, "Fri, 01 May 2026 13:00:30 GMT");
  CHECK(retry_after_of(headers, kWall) == 30s);
  headers.set(http::Field::date, "Fri, 01 May 2026 13:00:25 GMT");
  CHECK(retry_after_of(headers, kWall) == 5s);
  headers.set(http::Field::retry_after, "3600");
  CHECK(retry_after_of(headers, kWall) == 1h);
}
