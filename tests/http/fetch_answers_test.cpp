// SPDX-License-Identifier: Apache-2.0
// What honest and lying upstreams answer over plain HTTP (PROMISES 11.C).
#include <catch2/catch_test_macros.hpp>

#include "http/client.hpp"
#include "prewarm/base/json.hpp"
#include "support/gzip.hpp"
#include "support/upstream.hpp"

using namespace prewarm;
using namespace prewarm::http;
using namespace std::chrono_literals;
using http::test::Client;
using http::test::error_of;
using http::test::kDisplay;
using http::test::request_of;
using testkit::Answer;
using testkit::Ending;
using testkit::Framing;
using testkit::Upstream;

namespace {

// One answer, fetched once by a client of its own.
Result<Response> fetch(const Answer& answer, Bytes max_bytes = {1U << 20}) {
  Upstream upstream;
  upstream.on("/x", answer);
  Client client;
  auto request = request_of(upstream.url("/x?token=canary"));
  request.headers = {{"x-key", Secret("canary")}};
  request.max_bytes = max_bytes;
  request.timeout = 5s;
  return client.send(std::move(request));
}

const std::string kText = R"({"tracks":[1,2,3],"of":"somebody"})";

}  // namespace

TEST_CASE("a body arrives by length, in chunks, until the end, gzipped, and with room behind it") {
  struct Case {
    Answer answer;
    bool length_known, coded;
  };
  for (const Case& c :
       {Case{Answer::json(kText), true, false}, Case{Answer::json(kText).chunked(5), true, false},
        Case{Answer::json(kText).frame(Framing::until_close), false, false},
        Case{Answer::gzipped(kText), true, true}, Case{Answer::gzipped(kText).chunked(7), true, true},
        Case{Answer::gzipped(kText).frame(Framing::until_close), false, true}}) {
    const auto result = fetch(c.answer);
    REQUIRE(result.ok());
    CHECK(result->status == 200);
    CHECK(result->body == kText);
    CHECK(result->length_known == c.length_known);
    CHECK(result->coded == c.coded);
    CHECK(result->body.capacity() >= result->body.size() + kJsonPadding);
  }
}

TEST_CASE("headers that somebody reads are there, raw") {
  const auto result = fetch(Answer::of(429)
                                .header("Retry-After", "7")
                                .header("x-ratelimit-reset-in", "9")
                                .header("Date", "Fri, 01 May 2026 13:00:00 GMT")
                                .header("Location", "/y"));
  REQUIRE(result.ok());
  CHECK(result->status == 429);
  CHECK(result->headers[Field::retry_after] == "7");
  CHECK(result->headers[Field::ratelimit_reset_in] == "9");
  CHECK(result->headers[Field::date] == "Fri, 01 May 2026 13:00:00 GMT");
  CHECK(result->headers[Field::location] == "/y");
  CHECK(fetch(Answer::json("1").content_type("text/html; charset=x"))->headers[Field::content_type] ==
        "text/html; charset=x");
}

TEST_CASE("a request goes out as it was made, and asks for gzip alone") {
  Upstream upstream;
  Client client;
  auto get = request_of(upstream.url("/a%20b?q=1&r=%2F"));
  get.headers = {
      {"x-key", Secret("s3cret")}, {"Accept", Secret("application/json")}, {"x-empty", Secret("")}};
  CHECK(client.send(std::move(get)).ok());
  const auto seen = upstream.wait_for_request(1);
  CHECK(seen.method == "GET");
  CHECK(seen.target == "/a%20b?q=1&r=%2F");
  CHECK(seen.header("x-key") == "s3cret");
  CHECK(seen.header("accept") == "application/json");
  CHECK(seen.header("accept-encoding") == "gzip");
  CHECK(seen.header("x-empty") == "");
  CHECK_FALSE(seen.header("cookie"));
  CHECK_FALSE(seen.header("user-agent"));  // nothing that was not asked for

  auto post = request_of(upstream.url("/p"));
  post.post = true;
  post.body = Secret(std::string(60'000, 'x'));
  CHECK(client.send(std::move(post)).ok());
  const auto posted = upstream.wait_for_request(2);
  CHECK(posted.method == "POST");
  CHECK(posted.body == std::string(60'000, 'x'));
  CHECK_FALSE(posted.header("expect"));
  CHECK_FALSE(posted.header("content-type"));

  auto empty = request_of(upstream.url("/p"));
  empty.post = true;
  CHECK(client.send(std::move(empty)).ok());
  CHECK(upstream.wait_for_request(3).header("content-length") == "0");
}

TEST_CASE("statuses without a wanted body say all in themselves, whatever follows them") {
  const std::string large(2U << 20, 'x');
  for (const auto& answer :
       {Answer::of(503, "busy"), Answer::of(503, large), Answer::of(503, "busy").cut_body(2),
        Answer::of(503, "busy").claim_length(9), Answer::of(503, "x").header("Content-Length", "1"),
        Answer::labelled_gzip("no").status("HTTP/1.1 503 Busy"),
        Answer::endless_body("x").status("HTTP/1.1 503 Busy"),
        Answer::of(503, "busy").chunked(1).without_last_chunk().end_with(Ending::fin)}) {
    const auto result = fetch(answer);
    REQUIRE(result.ok());
    CHECK(result->status == 503);
    CHECK(result->body.empty());
  }
  for (const int status : {204, 206, 301, 304, 404}) {
    const auto result = fetch(Answer::of(status));
    REQUIRE(result.ok());
    CHECK(result->status == status);
  }
}

TEST_CASE("an empty 200 is an answer with an empty body") {
  for (const auto& answer : {Answer::json(""), Answer::json("").chunked(),
                             Answer::json("").frame(Framing::until_close), Answer::labelled_gzip("")}) {
    const auto result = fetch(answer);
    REQUIRE(result.ok());
    CHECK(result->body.empty());
  }
}

TEST_CASE("redirects are not followed, wherever they lead") {
  Upstream upstream;
  Client client;
  for (const std::string& target : {upstream.url("/never"), std::string("file:///etc/hostname"),
                                    std::string("http://169.254.169.254/")}) {
    upstream.on("/x", Answer::redirect(target));
    const auto result = client.get(upstream.url("/x"));
    REQUIRE(result.ok());
    CHECK(result->status == 302);
    CHECK(result->headers[Field::location] == target);
  }
  CHECK(upstream.requests("/never").empty());
}

TEST_CASE("answers that lie about their end or their form are broken") {
  struct Case {
    const char* name;
    Answer answer;
    bool retryable;  // cut off, rather than made wrongly
  };
  const auto two = Answer::json(kText);
  const std::string length = std::to_string(kText.size());
  const std::string nul("a\0b", 3);
  const std::string upgrade =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n[1]";
  for (const Case& c : {
           Case{"length larger than body", two.claim_length(kText.size() + 1).end_with(Ending::fin), true},
           Case{"the same, then a reset", two.claim_length(kText.size() + 1).end_with(Ending::reset), true},
           Case{"two lengths", two.header("Content-Length", "5"), false},
           Case{"two equal lengths", two.header("Content-Length", length), false},
           Case{"length and chunks", two.chunked().header("Content-Length", length), false},
           Case{"no last chunk", two.chunked(5).without_last_chunk().end_with(Ending::fin), true},
           Case{"huge chunk", two.chunked(5).chunk_size("ffffffffffffffff"), true},
           Case{"negative chunk", two.chunked(5).chunk_size("-5"), true},
           Case{"chunk size that is none", two.chunked(5).chunk_size("xyz"), true},
           Case{"gzip that is none", Answer::labelled_gzip(kText), true},
           Case{"unasked coding", two.header("Content-Encoding", "br"), false},
           Case{"twice gzip", Answer::gzipped(kText).header("Content-Encoding", "gzip"), false},
           Case{"gzip as a transfer coding",
                two.frame(Framing::until_close).header("Transfer-Encoding", "gzip"), false},
           Case{"HTTP/0.9", Answer::raw("[1,2,3]"), false},
           Case{"another protocol", Answer::raw("SSH-2.0-OpenSSH_9.2\r\n"), false},
           Case{"nothing at all", Answer::raw(""), true},
           Case{"nothing, then a reset", Answer::raw("", Ending::reset), true},
           Case{"unasked upgrade", Answer::raw(upgrade), false},
           Case{"NUL in a header", two.header("X-Nul", nul), false},
       }) {
    INFO(c.name);
    const auto error = error_of(fetch(c.answer));
    INFO(error.message);
    CHECK(error.kind == ErrorKind::broken);
    CHECK(error.retryable == c.retryable);
    CHECK(error.message.find(kDisplay) != std::string::npos);
    CHECK((error.message + error.remedy).find("canary") == std::string::npos);
  }
}

TEST_CASE("a length smaller than the body cuts it there") {
  const auto result = fetch(Answer::json(kText).claim_length(5));
  REQUIRE(result.ok());
  CHECK(result->body == kText.substr(0, 5));
}

TEST_CASE("heads without measure are broken") {
  for (const auto& answer :
       {Answer::endless_headers(), Answer::json(kText).many_headers(10'000),
        Answer::json(kText).many_headers(101), Answer::json(kText).header("X-Long", std::string(66'000, 'x')),
        Answer::json(kText).header("X-Long", std::string(200'000, 'x'))}) {
    const auto error = error_of(fetch(answer));
    CHECK(error.kind == ErrorKind::broken);
    CHECK_FALSE(error.retryable);
  }
  CHECK(fetch(Answer::json(kText).many_headers(60)).ok());
  CHECK(fetch(Answer::json(kText).header("X-Long", std::string(60'000, 'x'))).ok());
}

TEST_CASE("odd but sound heads pass") {
  CHECK(fetch(Answer::json(kText).bare_line_feeds())->body == kText);
  CHECK(fetch(Answer::json(kText).after_continue())->body == kText);
  CHECK(fetch(Answer::json(kText).header("X-Folded", "a\r\n b"))->body == kText);
  CHECK(fetch(Answer::json(kText).status("HTTP/1.0 200 fine"))->body == kText);
  CHECK(fetch(Answer::json(kText).status("HTTP/1.1 200"))->body == kText);
}

TEST_CASE("bodies beyond the limit are given up, declared, endless, chunked or packed") {
  const Bytes limit{100'000};
  const std::string exact(100'000, ' '), more(100'001, ' ');
  CHECK(fetch(Answer::json(exact), limit).ok());
  CHECK(fetch(Answer::json(exact).chunked(), limit).ok());
  CHECK(fetch(Answer::gzipped(exact), limit).ok());
  for (const auto& answer : {Answer::json(more), Answer::json(more).chunked(), Answer::gzipped(more),
                             Answer::json("x").claim_length(1ULL << 62), Answer::endless_body(),
                             Answer::endless_body("[0],", Framing::chunked),
                             Answer::labelled_gzip(testkit::gzip_bomb(100U << 20))}) {
    const auto error = error_of(fetch(answer, limit));
    CHECK(error.kind == ErrorKind::too_large);
    CHECK(error.message == "the body is larger than 100.0 kB: " + std::string(kDisplay));
    CHECK_FALSE(error.retryable);
  }
}

TEST_CASE("a connection is used again") {
  Upstream upstream;
  upstream.on("/x", Answer::json(kText));
  upstream.on("/503", Answer::of(503, "a page to read over"));
  Client client;
  for (int i = 0; i < 5; ++i) {
    CHECK(client.get(upstream.url("/x")).ok());
    CHECK(client.get(upstream.url("/503")).ok());
  }
  CHECK(upstream.accepted() == 1);
}

TEST_CASE("a kept connection that the server closed meanwhile is replaced without a failure") {
  Upstream upstream;
  upstream.on("/x", Answer::json(kText).end_with(Ending::fin));
  Client client;
  for (int i = 0; i < 3; ++i) CHECK(client.get(upstream.url("/x")).ok());
  CHECK(upstream.accepted() == 3);
}
