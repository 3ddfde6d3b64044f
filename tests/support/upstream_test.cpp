// SPDX-License-Identifier: Apache-2.0
#include "support/upstream.hpp"

#include <catch2/catch_test_macros.hpp>

#include "support/kit_clients.hpp"
#include "support/temp_dir.hpp"

using namespace prewarm::testkit;
using namespace std::chrono_literals;

TEST_CASE("an upstream answers what was programmed, and 404 elsewhere") {
  Upstream up;
  const std::string listens = sample("listenbrainz-recent.json");
  up.on("/listens", Answer::json(listens));
  Curl curl;
  const CurlAnswer answer = curl.get(up.url("/listens?count=5"));
  CHECK(answer.code == CURLE_OK);
  CHECK(answer.status == 200);
  CHECK(answer.body == listens);
  CHECK(answer.head.find("Content-Type: application/json\r\n") != std::string::npos);
  CHECK(curl.get(up.url("/elsewhere")).status == 404);
  CHECK(up.accepted() == 1);  // kept alive
}

TEST_CASE("an upstream shows the requests it received") {
  Upstream up;
  up.on("/ping", Answer::of(200, "OK"));
  Curl curl;
  curl_slist* headers = curl_slist_append(nullptr, "X-Api-Key: secret");
  curl.set(CURLOPT_HTTPHEADER, headers);
  curl.set(CURLOPT_POSTFIELDS, "why it failed");
  const auto before = std::chrono::steady_clock::now();
  CHECK(curl.get(up.url("/ping/../ping?rid=1&x=2")).status == 200);
  curl_slist_free_all(headers);
  const UpstreamRequest request = up.wait_for_request(1);
  CHECK(request.method == "POST");
  CHECK(request.target == "/ping?rid=1&x=2");
  CHECK(request.path() == "/ping");
  CHECK(request.query() == "rid=1&x=2");
  CHECK(request.header("x-api-key") == "secret");
  CHECK_FALSE(request.header("x-other").has_value());
  CHECK(request.body == "why it failed");
  CHECK(request.connection == 1);
  CHECK(request.arrived >= before);
  CHECK(request.arrived <= std::chrono::steady_clock::now());
}

TEST_CASE("bodies sent in chunks or after 100 Continue are read whole") {
  Upstream up;
  up.on("/", Answer::of(200));
  const Descriptor socket = connect_loopback(up.port());
  send_all(socket,
           "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
           "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nefGET / HTTP/1.1\r\n\r\n");
  up.wait_for_request(3);
  CHECK(up.requests().at(0).body == "abcd");
  CHECK(up.requests().at(1).body == "ef");
  CHECK(up.requests().at(2).method == "GET");
}

TEST_CASE("several answers come in a row and the last one stays") {
  Upstream up;
  up.on("/x", {Answer::of(503).header("Retry-After", "2"), Answer::of(429), Answer::json("[]")});
  Curl curl;
  const CurlAnswer first = curl.get(up.url("/x"));
  CHECK(first.status == 503);
  CHECK(first.head.find("Retry-After: 2\r\n") != std::string::npos);
  CHECK(curl.get(up.url("/x")).status == 429);
  CHECK(curl.get(up.url("/x")).body == "[]");
  CHECK(curl.get(up.url("/x")).body == "[]");
  CHECK(up.requests("/x").size() == 4);
}

TEST_CASE("an answer can be worked out from its request, and a handler that throws answers 500") {
  Upstream up;
  up.otherwise([](const UpstreamRequest& request) { return Answer::json("\"" + request.target + "\""); });
  up.on("/bad", [](const UpstreamRequest&) -> Answer { throw std::runtime_error("a test's mistake"); });
  Curl curl;
  CHECK(curl.get(up.url("/a?b")).body == "\"/a?b\"");
  CHECK(curl.get(up.url("/bad")).body == "a test's mistake");
}

TEST_CASE("an answer behind a gate comes when the gate opens") {
  Upstream up;
  const auto gate = std::make_shared<Gate>();
  up.on("/x", Answer::json("1").wait_for(gate));
  const Descriptor socket = connect_loopback(up.port());
  send_all(socket, "GET /x HTTP/1.1\r\n\r\n");
  up.wait_for_request(1);
  CHECK(receive_all(socket, 20ms).bytes.empty());
  gate->open();
  CHECK(receive_exactly(socket, 15) == "HTTP/1.1 200 OK");
}

TEST_CASE("an answer can be delayed") {
  Upstream up;
  up.on("/x", Answer::json("1").delay(30ms));
  const auto before = std::chrono::steady_clock::now();
  CHECK(body_of(ask(up, "/x")) == "1");
  CHECK(std::chrono::steady_clock::now() - before >= 30ms);
}

TEST_CASE("statuses without a body have no length either") {
  Upstream up;
  Curl curl;
  for (const int status : {204, 304}) {
    up.on("/x", Answer::of(status, "ignored"));
    const CurlAnswer answer = curl.get(up.url("/x"));
    CHECK(answer.code == CURLE_OK);
    CHECK(answer.status == status);
    CHECK(answer.head.find("Content-Length") == std::string::npos);
  }
  up.on("/x", Answer::of(206, "part").header("Content-Range", "bytes 0-3/9"));
  CHECK(curl.get(up.url("/x")).status == 206);
  up.on("/x", Answer::redirect("http://169.254.169.254/latest", 301));
  CHECK(curl.get(up.url("/x")).head.find("Location: http://169.254.169.254/latest\r\n") != std::string::npos);
}

TEST_CASE("an upstream listens on IPv6 too") {
  Upstream up(UpstreamSettings{Family::v6});
  up.on("/x", Answer::json("6"));
  CHECK(up.url("/x").rfind("http://[::1]:", 0) == 0);
  CHECK(Curl().get(up.url("/x")).body == "6");
}

TEST_CASE("waiting for a request that does not come throws and says what was there") {
  const Upstream up;
  CHECK_THROWS_AS(up.wait_for_request(1, "/x", 1ms), std::runtime_error);
}

TEST_CASE("an upstream stops at once, whatever its connections wait for") {
  auto up = std::make_unique<Upstream>();
  up->on("/stall", Answer::json("[]").cut_body(1, Ending::stall));
  up->on("/gate", Answer::json("[]").wait_for(std::make_shared<Gate>()));
  up->on("/delay", Answer::json("[]").delay(1h));
  up->on("/trickle", Answer::json("[]").trickle_head(1h));
  up->on("/endless", Answer::endless_body());
  std::vector<Descriptor> sockets;
  for (const std::string path : {"/stall", "/gate", "/delay", "/trickle", "/endless"}) {
    sockets.push_back(connect_loopback(up->port()));
    send_all(sockets.back(), "GET " + path + " HTTP/1.1\r\n\r\n");
  }
  sockets.push_back(connect_loopback(up->port()));  // says nothing
  up->wait_for_request(5);
  const auto before = std::chrono::steady_clock::now();
  up.reset();
  CHECK(std::chrono::steady_clock::now() - before < 5s);
}
