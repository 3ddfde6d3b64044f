// SPDX-License-Identifier: Apache-2.0
#include "prewarm/upstream/exchange.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

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

// What an exchange of `schedule` ends with when every attempt gets `response`; waits pass at once.
struct Ended {
  Step step = Again{};
  run::FetchFacts facts;
  std::vector<Millis> waits;
};
Ended run_out(const schedule::Schedule& schedule, const Result<http::Response>& response,
              std::uint64_t random = 0, BootTime deadline = kNow + 30s) {
  Exchange exchange(schedule.fetch, build_request(schedule), kNow, deadline);
  Ended ended;
  BootTime now = kNow;
  while (true) {
    exchange.request(now);
    now += 10ms;
    ended.step = exchange.answer(response, now, kWall, random);
    ended.facts = exchange.facts();
    const auto* again = std::get_if<Again>(&ended.step);
    if (again == nullptr) return ended;
    ended.waits.push_back(std::chrono::duration_cast<Millis>(again->at - now));
    now = again->at;
  }
}

const Error& error_of(const Ended& ended) {
  REQUIRE(std::holds_alternative<Error>(ended.step));
  return std::get<Error>(ended.step);
}

Error timeout() { return {ErrorKind::timeout, "no answer after 10s: https://api.example.net/x", "", true}; }

}  // namespace

TEST_CASE("a good answer is a body with its type and facts") {
  const auto ended = run_out(api_schedule(), with_body("[1]"));
  const auto* body = std::get_if<run::Body>(&ended.step);
  REQUIRE(body != nullptr);
  CHECK(body->bytes == "[1]");
  CHECK(body->content_type == "application/json");
  CHECK(body->facts.attempts == 1);
  CHECK(body->facts.requests == 1);
  CHECK(body->facts.took == 10ms);
  CHECK(body->facts.http_status == 200);
  CHECK(body->facts.body_bytes == 3);
}

TEST_CASE("each status has its kind, message and number of attempts") {
  struct Case {
    int status;
    ErrorKind kind;
    int attempts;
    const char* message;
  };
  for (const Case& c : {
           Case{201, ErrorKind::status, 1, "201 from api.example.net"},
           Case{202, ErrorKind::status, 1, "202 from api.example.net"},
           Case{204, ErrorKind::no_body, 1, "204, which has no body"},
           Case{205, ErrorKind::no_body, 1, "205, which has no body"},
           Case{206, ErrorKind::status, 1, "206 from api.example.net"},
           Case{226, ErrorKind::status, 1, "226 from api.example.net"},
           Case{300, ErrorKind::http_3xx, 1, "300, a redirect that is not followed"},
           Case{304, ErrorKind::status, 1, "304 that was not asked for"},
           Case{308, ErrorKind::http_3xx, 1, "308, a redirect that is not followed"},
           Case{400, ErrorKind::http_4xx, 1, "400 from api.example.net"},
           Case{401, ErrorKind::auth, 1, "401 from api.example.net"},
           Case{403, ErrorKind::auth, 1, "403 from api.example.net"},
           Case{404, ErrorKind::http_4xx, 1, "404 from api.example.net"},
           Case{408, ErrorKind::http_4xx, 3, "408 on 3 attempts"},
           Case{410, ErrorKind::http_4xx, 1, "410 from api.example.net"},
           Case{425, ErrorKind::http_4xx, 3, "425 on 3 attempts"},
           Case{429, ErrorKind::rate_limited, 3, "429 on 3 attempts"},
           Case{500, ErrorKind::http_5xx, 3, "500 on 3 attempts"},
           Case{501, ErrorKind::http_5xx, 1, "501 from api.example.net"},
           Case{502, ErrorKind::http_5xx, 3, "502 on 3 attempts"},
           Case{503, ErrorKind::http_5xx, 3, "503 on 3 attempts"},
           Case{504, ErrorKind::http_5xx, 3, "504 on 3 attempts"},
           Case{505, ErrorKind::http_5xx, 1, "505 from api.example.net"},
           Case{519, ErrorKind::http_5xx, 1, "519 from api.example.net"},
           Case{520, ErrorKind::http_5xx, 3, "520 on 3 attempts"},
           Case{527, ErrorKind::http_5xx, 3, "527 on 3 attempts"},
           Case{528, ErrorKind::http_5xx, 1, "528 from api.example.net"},
           Case{600, ErrorKind::status, 1, "600 from api.example.net"},
           Case{999, ErrorKind::status, 1, "999 from api.example.net"},
       }) {
    INFO(c.status);
    const auto ended = run_out(api_schedule(), status_only(c.status));
    CHECK(error_of(ended).kind == c.kind);
    CHECK(error_of(ended).message == c.message);
    CHECK(ended.facts.attempts == c.attempts);
    CHECK(ended.facts.http_status == c.status);
  }
}

TEST_CASE("203 gives a body as 200 does") {
  auto response = with_body("[1]");
  response.status = 203;
  CHECK(std::holds_alternative<run::Body>(run_out(api_schedule(), response).step));
}

TEST_CASE("errors of the network are retried if they can pass, and end as what they were") {
  const auto lasting = run_out(api_schedule(), timeout());
  CHECK(error_of(lasting).kind == ErrorKind::timeout);
  CHECK(error_of(lasting).message == "no answer after 10s: https://api.example.net/x on 3 attempts");
  CHECK(lasting.facts.http_status == 0);

  const auto certificate =
      run_out(api_schedule(), Error{ErrorKind::tls, "the certificate has expired: x", "", false});
  CHECK(certificate.facts.attempts == 1);
  CHECK(error_of(certificate).message == "the certificate has expired: x");
}

TEST_CASE("the retries of the schedule are the most there are") {
  auto schedule = api_schedule();
  for (const int retries : {0, 1, 5}) {
    schedule.fetch.retries = retries;
    CHECK(run_out(schedule, status_only(503)).facts.attempts == retries + 1);
  }
}

TEST_CASE("different failures are not counted as the same") {
  const auto schedule = api_schedule();
  Exchange exchange(schedule.fetch, build_request(schedule), kNow, kNow + 30s);
  exchange.request(kNow);
  CHECK(std::holds_alternative<Again>(exchange.answer(timeout(), kNow, kWall, 0)));
  exchange.request(kNow);
  CHECK(std::holds_alternative<Again>(exchange.answer(status_only(503), kNow, kWall, 0)));
  exchange.request(kNow);
  const Step step = exchange.answer(status_only(503), kNow, kWall, 0);
  CHECK(std::get<Error>(step).message == "503 on the last of 3 attempts");
}

TEST_CASE("back-off is full jitter below half a second, doubled each time") {
  auto schedule = api_schedule();
  schedule.fetch.retries = 5;
  const auto least = run_out(schedule, status_only(503), 0, kNow + 90s);
  CHECK(least.waits == std::vector<Millis>(5, 0ms));
  const auto any = run_out(schedule, status_only(503), 1'000'000'007, kNow + 90s);
  Millis limit = 500ms;
  for (const Millis wait : any.waits) {
    CHECK(wait == Millis(1'000'000'007 % limit.count()));
    limit *= 2;
  }
}

TEST_CASE("a retry never comes before the upstream's own time") {
  auto response = status_only(429);
  response.headers.set(http::Field::ratelimit_reset_in, "9");
  CHECK(run_out(api_schedule(), response, 0, kNow + 60s).waits == std::vector<Millis>{9s, 9s});
  response.headers.set(http::Field::retry_after, "12");  // the later of the two
  CHECK(run_out(api_schedule(), response, 499, kNow + 60s).waits == std::vector<Millis>{12499ms, 12499ms});
  response.headers = {};
  response.headers.set(http::Field::retry_after, "Fri, 01 May 2026 13:00:07 GMT");
  CHECK(run_out(api_schedule(), response, 0, kNow + 60s).waits == std::vector<Millis>{7s, 7s});
  response.headers.set(http::Field::date,
                       "Fri, 01 May 2026 13:00:05 GMT");  // the server's clock is ahead of ours
  CHECK(run_out(api_schedule(), response, 0, kNow + 60s).waits == std::vector<Millis>{2s, 2s});
}

TEST_CASE("a time that makes no sense, or is over, delays nothing") {
  for (const char* text :
       {"", "soon", "-5", "1.5", "Fri, 01 May 2026 12:59:00 GMT", "Fri, 32 May 2026 13:00:07 GMT"}) {
    auto response = status_only(503);
    response.headers.set(http::Field::retry_after, text);
    response.headers.set(http::Field::ratelimit_reset_in, text);
    INFO(text);
    CHECK(run_out(api_schedule(), response).waits == std::vector<Millis>{0ms, 0ms});
  }
}

TEST_CASE("a wait past the deadline ends the fetch at once and says so") {
  for (const char* text : {"600", "99999999999999999999"}) {
    auto response = status_only(429);
    response.headers.set(http::Field::retry_after, text);
    const auto ended = run_out(api_schedule(), response);
    CHECK(error_of(ended).kind == ErrorKind::rate_limited);
    CHECK(ended.facts.attempts == 1);
    CHECK(error_of(ended).message.find("past the run's deadline") != std::string::npos);
  }
  auto asked = status_only(429);
  asked.headers.set(http::Field::retry_after, "600");
  CHECK(error_of(run_out(api_schedule(), asked)).message ==
        "429 from api.example.net; it asks to wait 10m, past the run's deadline");
}

TEST_CASE("no attempt begins that the deadline would cut to nothing") {
  const auto ended = run_out(api_schedule(), status_only(503), 0, kNow + 105ms);
  CHECK(ended.facts.attempts == 1);
  CHECK(error_of(ended).message == "503 from api.example.net; no time for another before the run's deadline");
}

TEST_CASE("an attempt lasts as long as fetch.timeout or the deadline leaves") {
  const auto schedule = api_schedule();  // 10s
  Exchange exchange(schedule.fetch, build_request(schedule), kNow, kNow + 30s);
  CHECK(exchange.request(kNow)->timeout == 10s);
  CHECK(exchange.request(kNow + 25s)->timeout == 5s);
  CHECK(exchange.request(kNow + 31s)->timeout == 1ms);
}

TEST_CASE("each attempt asks for the same, which the caller made") {
  const auto schedule = api_schedule();
  auto request = build_request(schedule);
  request.url = Secret("https://api.example.net/x?user_id=7");
  Exchange exchange(schedule.fetch, std::move(request), kNow, kNow + 30s);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto sent = exchange.request(kNow);
    CHECK(sent->url.reveal() == "https://api.example.net/x?user_id=7");
    CHECK(sent->headers.size() == 2);
    CHECK(std::holds_alternative<Again>(exchange.answer(status_only(503), kNow, kWall, 0)));
  }
}

TEST_CASE("a timeout at the deadline is the deadline's") {
  const auto schedule = api_schedule();
  Exchange exchange(schedule.fetch, build_request(schedule), kNow, kNow + 5s);
  exchange.request(kNow);
  const Step step = exchange.answer(timeout(), kNow + 5s, kWall, 0);
  CHECK(std::get<Error>(step).kind == ErrorKind::deadline);
  CHECK(exchange.facts().took == 5s);
}

TEST_CASE("an empty body is no body, and is not asked for again") {
  const auto ended = run_out(api_schedule(), with_body(""));
  CHECK(error_of(ended).kind == ErrorKind::no_body);
  CHECK(error_of(ended).message == "200 with an empty body");
  CHECK(ended.facts.attempts == 1);
}

TEST_CASE("a declared charset other than UTF-8 is refused, whatever the type") {
  for (const char* type : {"application/json", "text/html", "", "application/json; charset=utf-8",
                           "application/json;charset=\"UTF-8\"", "text/plain; a=b; Charset=utf8"}) {
    auto response = with_body("[1]");
    response.headers.set(http::Field::content_type, type);
    INFO(type);
    CHECK(std::holds_alternative<run::Body>(run_out(api_schedule(), response).step));
  }
  for (const char* type : {"application/json; charset=utf-16", "text/plain; charset=\"ISO-8859-1\"",
                           "application/json; profile=x ;charset=windows-1252"}) {
    auto response = with_body("[1]");
    response.headers.set(http::Field::content_type, type);
    INFO(type);
    const auto ended = run_out(api_schedule(), response);
    CHECK(error_of(ended).kind == ErrorKind::parse);
    CHECK(ended.facts.attempts == 1);
  }
}

TEST_CASE("a bare number needs a known end and no coding, other bodies do not") {
  struct Case {
    const char* body;
    bool length_known, coded, good;
  };
  for (const Case& c : {Case{"12", true, false, true}, Case{"12", false, false, false},
                        Case{" 12", false, false, false}, Case{"-1.5e3", true, true, false},
                        Case{"[12]", false, true, true}, Case{"{\"a\":1}", false, false, true},
                        Case{"\"text\"", false, true, true}, Case{"true", false, false, true}}) {
    auto response = with_body(c.body);
    response.length_known = c.length_known;
    response.coded = c.coded;
    INFO(c.body);
    const auto ended = run_out(api_schedule(), response);
    CHECK(std::holds_alternative<run::Body>(ended.step) == c.good);
    if (!c.good) CHECK(error_of(ended).kind == ErrorKind::broken);
  }
}

TEST_CASE("a refused login names the variables that may be wrong, headers and query before the URL") {
  auto schedule = api_schedule();
  CHECK(error_of(run_out(schedule, status_only(401))).remedy.find("fetch.headers") != std::string::npos);
  schedule.fetch.url.written = "https://api.example.net/${API_USER}/x";
  CHECK(error_of(run_out(schedule, status_only(401))).remedy == "check ${API_USER}");
  schedule.fetch.headers = {{"authorization", {"Token ${API_TOKEN:-}", Secret("Token x")}}};
  schedule.fetch.query = {{"key", {"$$${API_KEY}$${NOT}", Secret("y")}},
                          {"again", {"${API_KEY}", Secret("y")}}};
  CHECK(error_of(run_out(schedule, status_only(403))).remedy == "check ${API_TOKEN}, ${API_KEY}");
}

TEST_CASE("a redirect names the host it leads to and nothing more") {
  struct Case {
    const char* location;
    const char* message;
  };
  for (const Case& c : {
           Case{"https://other.example:8443/secret?token=1",
                "301 to other.example:8443, which is not followed"},
           Case{"//other.example", "301 to other.example, which is not followed"},
           Case{"http://user:word@169.254.169.254/latest", "301 to 169.254.169.254, which is not followed"},
           Case{"http://[fe80::1]/", "301 to [fe80::1], which is not followed"},
           Case{"/elsewhere", "301, a redirect that is not followed"},
           Case{"/go?to=https://other.example/", "301, a redirect that is not followed"},
           Case{"file:///etc/passwd", "301, a redirect that is not followed"},
           Case{"https://<script>/", "301, a redirect that is not followed"},
           Case{"", "301, a redirect that is not followed"},
       }) {
    auto response = status_only(301);
    response.headers.set(http::Field::location, c.location);
    CHECK(error_of(run_out(api_schedule(), response)).message == c.message);
  }
}
