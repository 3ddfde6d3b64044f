// SPDX-License-Identifier: Apache-2.0
// Whatever an upstream does wrong: non-zero exit, a fail ping, and not a byte of the stored value changed.
#include <catch2/catch_test_macros.hpp>

#include "cli/world.hpp"
#include "support/certificates.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using testkit::Ending;
using Strings = std::vector<std::string>;

namespace {

struct BadAnswer {
  const char* name;
  Answer answer;
  int exit;
  const char* code;
};

std::vector<BadAnswer> bad_answers() {
  const std::string good = R"([{"a":1},{"a":2},{"a":3}])";
  const std::string zeros(64U << 20, ' ');
  return {
      {"204", Answer::of(204), 1, "PW522"},
      {"301", Answer::redirect("http://127.0.0.1:1/", 301), 1, "PW534"},
      {"304 unasked", Answer::of(304), 1, "PW535"},
      {"401", Answer::of(401, "no"), 4, "PW532"},
      {"404", Answer::of(404, "{}", "application/json"), 1, "PW531"},
      {"429", Answer::of(429, "slow down"), 1, "PW533"},
      {"500", Answer::of(500, "oops"), 1, "PW530"},
      {"empty body", Answer::json(""), 1, "PW522"},
      {"truncated body", Answer::json(good).cut_body(9), 1, "PW521"},
      {"body shorter than its length", Answer::json(good).claim_length(500).end_with(Ending::fin), 1,
       "PW521"},
      {"cut at the length", Answer::json(good).claim_length(9).end_with(Ending::fin), 1, "PW601"},
      {"cut chunk", Answer::json(good).chunked(5).without_last_chunk().end_with(Ending::fin), 1, "PW521"},
      {"chunk garbage", Answer::json(good).chunked(5).chunk_size("zz").end_with(Ending::fin), 1, "PW521"},
      {"html", Answer::of(200, "<html><body>login</body></html>", "text/html"), 1, "PW601"},
      {"gzip bomb", Answer::gzipped("[" + zeros + "]").content_type("application/json"), 1, "PW520"},
      {"endless body", Answer::endless_body(), 1, "PW520"},
      {"stall", Answer::json(good).cut_body(3, Ending::stall), 1, "PW644"},
      {"empty array", Answer::json("[]"), 7, "PW610"},
      {"null", Answer::json("null"), 7, "PW610"},
      {"empty object", Answer::json("{}"), 7, "PW610"},
      {"invalid utf-8", Answer::json("[\"\xff\xfe\"]"), 1, "PW601"},
      {"trailing garbage", Answer::json(good + "x"), 1, "PW601"},
      {"reset", Answer::json(good).cut_body(5, Ending::reset), 1, "PW521"},
  };
}

}  // namespace

TEST_CASE("a bad answer of any kind changes no byte, exits non-zero and alarms") {
  World world;
  const testkit::RedisServer redis;
  world.use(redis);
  world.simple("news", 1, R"(,"timeout":"3s")");
  world.upstream.on("/news", Answer::json(R"([{"a":0}])"));
  REQUIRE(world.prewarm({"once", "news"}).exit_code == 0);
  const auto before = redis.value("news:production:v1");
  REQUIRE(before.has_value());
  std::size_t pings = world.pings().size();
  for (const BadAnswer& bad : bad_answers()) {
    world.upstream.on("/news", bad.answer);
    const auto ttl_before = redis.ttl_ms("news:production:v1");
    const auto outcome = world.prewarm({"once", "news"});
    INFO(bad.name << ": " << outcome.out << outcome.err);
    CHECK(outcome.exit_code == bad.exit);
    CHECK(members(outcome.err, "run.ended", "code") == Strings{bad.code});
    CHECK(redis.value("news:production:v1") == before);
    const auto ttl_after = redis.ttl_ms("news:production:v1");
    CHECK(ttl_after <= ttl_before);
    CHECK(ttl_after > ttl_before - 30'000);
    const auto now = world.pings();
    CHECK(now.size() == pings + 2);
    CHECK(now.back() == "/news/fail");
    pings = now.size();
  }
}

TEST_CASE("a server whose certificate is wrong gets no request and changes nothing") {
  World world;
  testkit::CertificateAuthority authority;
  testkit::CertificateAuthority stranger;
  struct Case {
    const char* name;
    testkit::CertificateFiles files;
    bool good;
  };
  const std::vector<Case> cases{
      {"good", authority.good(), true},
      {"wrong name", authority.wrong_name(), false},
      {"expired", authority.expired(), false},
      {"other authority", stranger.good(), false},
      {"self-signed", authority.self_signed(testkit::CertificateAuthority::local()), false}};
  for (const Case& each : cases) {
    testkit::UpstreamSettings settings;
    settings.tls = testkit::TlsSettings{};
    settings.tls->files = each.files;
    testkit::Upstream secure(settings);
    secure.on("/news", Answer::json("[1]"));
    world.dir.write("schedules/ca.pem", testkit::read_file(authority.ca_file()));
    world.schedule("news", R"({"schedule":"*/5 * * * *","fetch":{"retries":0,"caFile":"ca.pem","url":")" +
                               secure.url_at("localhost", "/news") + R"("},"store":{"version":1}})");
    const auto outcome = world.prewarm({"once", "news"});
    INFO(each.name << ": " << outcome.out << outcome.err);
    CHECK(outcome.exit_code == (each.good ? 0 : 1));
    CHECK(secure.requests().empty() == !each.good);
    if (!each.good) CHECK(members(outcome.err, "run.ended", "code") == Strings{"PW503"});
  }
}
