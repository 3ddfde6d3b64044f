// SPDX-License-Identifier: Apache-2.0
// Conditional requests: what is asked, and what a 304 means (RFC 9110, 13.1 and 15.4.5).
#include <catch2/catch_test_macros.hpp>

#include "prewarm/upstream/exchange.hpp"
#include "prewarm/upstream/requests.hpp"
#include "upstream/sample_schedule.hpp"

using namespace prewarm;
using namespace prewarm::upstream;
using namespace std::chrono_literals;
using test::api_schedule;
using test::kNow;
using test::kWall;
using test::status_only;
using test::with_body;

namespace {

const run::Validators kState{"\"one\"", "Fri, 01 May 2026 13:00:00 GMT"};

// An exchange that has asked once for what is newer than a state.
struct Asked {
  schedule::Schedule schedule = api_schedule();
  Exchange exchange{schedule.fetch, build_request(schedule), kNow, kNow + 30s};
  http::Request first;

  explicit Asked(const run::Validators& since = kState) {
    exchange.ask_since(since);
    first = *exchange.request(kNow);
  }
  Step answer(http::Response response, std::string etag = "") {
    response.headers.set(http::Field::etag, etag);
    return exchange.answer(std::move(response), kNow + 1ms, kWall, 0);
  }
};

run::Validators validators_of(std::string etag, std::string last_modified) {
  Asked asked;
  http::Response response = with_body("[1]");
  response.headers.set(http::Field::etag, etag);
  response.headers.set(http::Field::last_modified, last_modified);
  const Step step = asked.exchange.answer(std::move(response), kNow + 1ms, kWall, 0);
  REQUIRE(std::holds_alternative<run::Body>(step));
  return std::get<run::Body>(step).validators;
}

}  // namespace

TEST_CASE("both validators are sent back as they came, in every attempt") {
  Asked asked;
  CHECK(asked.first.if_none_match == kState.etag);
  CHECK(asked.first.if_modified_since == kState.last_modified);
  REQUIRE(std::holds_alternative<Again>(asked.answer(status_only(503))));
  CHECK(asked.exchange.request(kNow + 1s)->if_none_match == kState.etag);
  CHECK(Asked({"", kState.last_modified}).first.if_none_match.empty());
  CHECK(Asked(run::Validators{}).first.if_modified_since.empty());
}

TEST_CASE("a 304 to a request that named a state says that nothing is newer") {
  CHECK(std::holds_alternative<NotModified>(Asked().answer(status_only(304))));
  CHECK(std::holds_alternative<NotModified>(Asked().answer(status_only(304), "\"one\"")));
  // For a GET tags are compared weakly.
  CHECK(std::holds_alternative<NotModified>(Asked().answer(status_only(304), "W/\"one\"")));
  CHECK(std::holds_alternative<NotModified>(Asked({"W/\"one\"", ""}).answer(status_only(304), "\"one\"")));
}

TEST_CASE("a 304 about another state is asked again at once, naming none; a second 304 is an error") {
  Asked asked;
  const Step step = asked.answer(status_only(304), "\"two\"");
  REQUIRE(std::holds_alternative<Again>(step));
  CHECK(std::get<Again>(step).at == kNow + 1ms);
  const auto request = asked.exchange.request(kNow + 1ms);
  CHECK(request->if_none_match.empty());
  CHECK(request->if_modified_since.empty());
  const Step second = asked.answer(status_only(304), "\"two\"");
  REQUIRE(std::holds_alternative<Error>(second));
  CHECK(std::get<Error>(second).kind == ErrorKind::status);
  CHECK(asked.exchange.facts().requests == 2);
}

TEST_CASE("a 304 that was not asked for is an error") {
  const Step step = Asked(run::Validators{}).answer(status_only(304));
  REQUIRE(std::holds_alternative<Error>(step));
  CHECK(std::get<Error>(step).kind == ErrorKind::status);
}

TEST_CASE("validators are kept as they came; what could not be sent back counts as not said") {
  CHECK(validators_of("W/\"a b\"", "yesterday") == run::Validators{"W/\"a b\"", "yesterday"});
  CHECK(validators_of("\"a\x01\"", "x") == run::Validators{"", "x"});
  CHECK(validators_of("\"\xc3\xa4\"", "x\r\ny: z") == run::Validators{});
  CHECK(validators_of(std::string(257, 'a'), std::string(256, 'b')) ==
        run::Validators{"", std::string(256, 'b')});
}

TEST_CASE("only a GET that sets no condition of its own may be conditional") {
  schedule::FetchSpec fetch = api_schedule().fetch;
  CHECK(may_be_conditional(fetch));
  fetch.conditional = false;
  CHECK_FALSE(may_be_conditional(fetch));
  fetch = api_schedule().fetch;
  fetch.method = schedule::Method::post;
  CHECK_FALSE(may_be_conditional(fetch));
  for (const char* name :
       {"If-None-Match", "if-modified-since", "IF-MATCH", "If-Unmodified-Since", "If-Range", "Range"}) {
    fetch = api_schedule().fetch;
    fetch.headers.push_back({name, {"x", Secret("x")}});
    CHECK_FALSE(may_be_conditional(fetch));
  }
  fetch = api_schedule().fetch;
  fetch.headers.push_back({"if-none-matched", {"x", Secret("x")}});
  CHECK(may_be_conditional(fetch));
}

TEST_CASE("the mark of a making changes with all that makes a value, and shows no secret") {
  const std::string mark = made_by(api_schedule());
  CHECK(mark.size() == 8);
  CHECK(made_by(api_schedule()) == mark);
  const auto other = [&](auto change) {
    schedule::Schedule schedule = api_schedule();
    change(schedule);
    CHECK(made_by(schedule) != mark);
  };
  other([](auto& schedule) { schedule.config_hash = "12345678"; });
  other([](auto& schedule) { schedule.fetch.url.value = Secret("https://api.example.net/y"); });
  other([](auto& schedule) { schedule.fetch.query.push_back({"a", {"${A}", Secret("b")}}); });
  other([](auto& schedule) { schedule.fetch.headers.push_back({"a", {"${A}", Secret("b")}}); });
  other([](auto& schedule) { schedule.fetch.body = schedule::FilledText{"${A}", Secret("b")}; });
  // One text is not two: where each ends is part of it.
  schedule::Schedule ab = api_schedule(), a_b = api_schedule();
  ab.fetch.headers = {{"ab", {"c", Secret("c")}}};
  a_b.fetch.headers = {{"a", {"bc", Secret("bc")}}};
  CHECK(made_by(ab) != made_by(a_b));
}
