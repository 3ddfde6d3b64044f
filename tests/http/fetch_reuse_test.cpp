// SPDX-License-Identifier: Apache-2.0
// One transfer after the other with the same handle and connection: nothing of one is left for the next.
#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <optional>

#include "http/client.hpp"
#include "http/fake_dns.hpp"
#include "prewarm/base/json.hpp"
#include "support/upstream.hpp"

using namespace prewarm;
using namespace prewarm::http;
using namespace std::chrono_literals;
using http::test::Client;
using http::test::error_of;
using http::test::request_of;
using testkit::Answer;
using testkit::Ending;
using testkit::Upstream;

namespace {

Request with_headers(const std::string& url, std::vector<std::pair<std::string, Secret>> headers) {
  auto request = request_of(url);
  request.headers = std::move(headers);
  return request;
}

// CPU that this thread has used.
std::chrono::microseconds used() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto of = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

}  // namespace

TEST_CASE("headers go with their own request, equal, changed, fewer or more than those before") {
  Upstream upstream;
  upstream.on("/x", Answer::json("[1]"));
  Client client;
  using Fields = std::vector<std::pair<std::string, Secret>>;
  const std::string long_value(3000, 'v');
  const std::vector<Fields> all = {
      {},
      {{"x-key", Secret("1")}},
      {{"x-key", Secret("1")}},
      {{"x-key", Secret("2")}},
      {{"x-key", Secret("")}},
      {{"x-key", Secret(long_value)}},
      {{"x-kez", Secret("2")}},
      {{"x-key", Secret("2")}, {"x-more", Secret("3")}},
      {{"x-more", Secret("3")}, {"x-key", Secret("2")}},
      {{"x-more", Secret("3")}},
      {},
  };
  std::size_t count = 0;
  for (const auto& fields : all) {
    CHECK(client.send(with_headers(upstream.url("/x"), fields)).ok());
    const auto seen = upstream.wait_for_request(++count);
    INFO(count);
    for (const char* name : {"x-key", "x-kez", "x-more"}) {
      const auto sent =
          std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.first == name; });
      CHECK(seen.header(name).has_value() == (sent != fields.end()));
      if (sent != fields.end()) CHECK(seen.header(name) == sent->second.reveal());
    }
    CHECK(seen.header("accept-encoding") == "gzip");
  }
  CHECK(upstream.accepted() == 1);
}

TEST_CASE("each request asks for its own target, with dots resolved and nothing else altered") {
  Upstream upstream;
  Client client;
  std::size_t count = 0;
  const std::vector<std::pair<std::string, std::string>> asked = {
      {"/x?ids=a,b%20c,%C3%A9&to=/.", "/x?ids=a,b%20c,%C3%A9&to=/."},
      {"/a/../b/./c?d=../e", "/b/c?d=../e"},
      {"", "/"},
      {"?q=1", "/?q=1"},
      {"/x;v=(1)*'!$|{}\"<>^`~[]", "/x;v=(1)*'!$|{}\"<>^`~[]"},
      {"/x/" + std::string(30'000, 'y'), "/x/" + std::string(30'000, 'y')},
      {"/.hidden", "/.hidden"},
      {"/x", "/x"},
  };
  for (const auto& [target, sent] : asked) {
    INFO(target.substr(0, 60));
    CHECK(client.get(upstream.url(target)).ok());
    CHECK(upstream.wait_for_request(++count).target == sent);
  }
  CHECK(upstream.accepted() == 1);
}

TEST_CASE("conditions go with their own request alone, beside headers that many share") {
  Upstream upstream;
  upstream.on("/x", Answer::json("[1]"));
  Client client;
  const RequestHeaders shared{{"x-key", Secret("1")}};
  struct Case {
    std::string etag, date;
  };
  const std::vector<Case> cases = {{"\"a\"", ""}, {"\"b\"", "Fri"}, {"", "Thu"}, {"", ""}, {"\"c\"", ""}};
  std::size_t count = 0;
  for (const Case& c : cases) {
    auto request = request_of(upstream.url("/x"));
    request.headers = shared;
    request.if_none_match = c.etag;
    request.if_modified_since = c.date;
    CHECK(client.send(std::move(request)).ok());
    const auto seen = upstream.wait_for_request(++count);
    INFO(count);
    CHECK(seen.header("if-none-match").value_or("") == c.etag);
    CHECK(seen.header("if-modified-since").value_or("") == c.date);
    CHECK(seen.header("x-key") == "1");
    CHECK(seen.header("accept-encoding") == "gzip");
  }
  CHECK(upstream.accepted() == 1);
}

TEST_CASE("a GET after a POST is a plain GET, and the other way round") {
  Upstream upstream;
  upstream.on("/x", Answer::json("[1]"));
  Client client;
  std::size_t count = 0;
  for (const bool post : {false, true, true, false, false, true, false}) {
    auto request = request_of(upstream.url("/x"));
    request.post = post;
    if (post) request.body = Secret("{\"number\":" + std::to_string(count) + "}");
    CHECK(client.send(std::move(request)).ok());
    const auto seen = upstream.wait_for_request(++count);
    CHECK(seen.method == (post ? "POST" : "GET"));
    CHECK(seen.body == (post ? "{\"number\":" + std::to_string(count - 1) + "}" : ""));
    CHECK(seen.header("content-length").has_value() == post);
    CHECK_FALSE(seen.header("content-type"));
    CHECK_FALSE(seen.header("expect"));
  }
  CHECK(upstream.accepted() == 1);
}

TEST_CASE("what came of one transfer does not show in the next") {
  Upstream upstream;
  upstream.on("/whole", Answer::json("[1,2,3]").header("Retry-After", "7").header("Location", "/y"));
  upstream.on("/packed", Answer::gzipped("[1,2]"));
  upstream.on("/open", Answer::json("[4]").frame(testkit::Framing::until_close));
  upstream.on("/503", Answer::of(503, "busy"));
  upstream.on("/lie", Answer::json("[1]").header("Content-Length", "3"));
  upstream.on("/huge", Answer::json(std::string(3U << 20, ' ')));
  Client client;
  for (int round = 0; round < 3; ++round) {
    CHECK(client.get(upstream.url("/whole"))->headers[Field::retry_after] == "7");
    CHECK(client.get(upstream.url("/packed"))->coded);
    const auto open = client.get(upstream.url("/open"));
    REQUIRE(open.ok());
    CHECK(open->body == "[4]");
    CHECK_FALSE(open->length_known);
    CHECK_FALSE(open->coded);
    CHECK(open->headers[Field::retry_after].empty());
    CHECK(client.get(upstream.url("/503"))->body.empty());
    CHECK(error_of(client.get(upstream.url("/lie"))).kind == ErrorKind::broken);
    CHECK(error_of(client.get(upstream.url("/huge"))).kind == ErrorKind::too_large);
    const auto whole = client.get(upstream.url("/whole"));
    REQUIRE(whole.ok());
    CHECK(whole->body == "[1,2,3]");
    CHECK(whole->length_known);
  }
}

TEST_CASE("a transfer has its own timeout, shorter or longer than the one before") {
  Upstream upstream;
  upstream.on("/stall", Answer::raw("", Ending::stall));
  upstream.on("/slow", Answer::json("[1]").delay(400ms));
  Client client;
  const auto within = [&](const std::string& path, Millis timeout) {
    auto request = request_of(upstream.url(path));
    request.timeout = timeout;
    return client.send(std::move(request));
  };
  CHECK(error_of(within("/stall", 100ms)).kind == ErrorKind::timeout);
  CHECK(within("/slow", 10s).ok());
  CHECK(error_of(within("/slow", 100ms)).kind == ErrorKind::timeout);
  CHECK(within("/slow", 10s).ok());
}

TEST_CASE("connections are used again also while those of several hosts are at work") {
  http::test::FakeDns dns;
  Upstream upstream;
  upstream.otherwise([](const auto&) { return Answer::json("[1]"); });
  FetcherSettings settings;
  settings.allow_net = {parse_address_range("127.0.0.1").value()};
  Client client(settings);
  constexpr std::size_t kHosts = 4, kEach = 100;
  for (std::size_t host = 0; host < kHosts; ++host)
    dns.answer("h" + std::to_string(host) + ".test", {"127.0.0.1"});
  for (std::size_t i = 0; i < kHosts * kEach; ++i)
    client.fetcher().submit(i, request_of(upstream.url_at("h" + std::to_string(i % kHosts) + ".test")));
  CHECK(client.wait(kHosts * kEach).size() == kHosts * kEach);
  CHECK(upstream.accepted() <= kHosts * settings.max_per_host);
}

TEST_CASE("a small body takes no more memory than its length and the room behind it") {
  Upstream upstream;
  upstream.on("/x", Answer::json(std::string(1000, ' ')));
  upstream.on("/empty", Answer::json(""));
  Client client;
  CHECK(client.get(upstream.url("/x"))->body.capacity() <= 1000 + kJsonPadding);
  CHECK(client.get(upstream.url("/empty"))->body.capacity() >= kJsonPadding);
}

TEST_CASE("a kept connection that the server closes costs no CPU") {
  std::optional<Upstream> upstream(std::in_place);
  upstream->on("/x", Answer::json("[1]"));
  Client client;
  CHECK(client.get(upstream->url("/x")).ok());
  upstream.reset();
  const auto before = used();
  CHECK(client.fetcher().wait(client.clock().boot_now() + 300ms).empty());
  CHECK(used() - before < 50ms);
}
