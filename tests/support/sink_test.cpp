// SPDX-License-Identifier: Apache-2.0
#include "support/sink.hpp"

#include <catch2/catch_test_macros.hpp>

#include "support/kit_clients.hpp"

using namespace prewarm::testkit;
using namespace std::chrono_literals;

namespace {
CurlAnswer post(const std::string& url, const char* body = "") {
  Curl curl;
  curl.set(CURLOPT_POSTFIELDS, body);
  return curl.get(url);
}
}  // namespace

TEST_CASE("a sink takes pings of the four styles and knows their events") {
  Sink sink;
  const std::string url = sink.url();
  CHECK(post(url + "/start?rid=8a46").body == "OK");
  post(url + "?rid=8a46", "verified");
  post(url + "/fail?rid=8a46", "upstream_failed");
  CHECK(sink.events() == "start success fail");
  post(url + "?state=run&series=8a46");
  post(url + "?state=complete&series=8a46");
  post(url + "?state=fail&series=8a46&message=why");
  post(url, R"({"event":"start","schedule":"a"})");
  post(url, R"({"event":"success","schedule":"a"})");
  post(url, R"({"event":"fail","schedule":"a"})");
  CHECK(sink.events() == "start success fail start success fail start success fail");
  const Ping ping = sink.wait_for_ping(3);
  CHECK(ping.method == "POST");
  CHECK(ping.path == "/ping/recent-listens/fail");
  CHECK(ping.rid == "8a46");
  CHECK(ping.body == "upstream_failed");
  CHECK(sink.pings().at(4).rid == "8a46");
}

TEST_CASE("a sink can answer badly, or not at all, and still remembers") {
  Sink sink;
  sink.answer({Answer::of(500), Answer::of(429).header("Retry-After", "1"), Answer::raw("", Ending::stall)});
  CHECK(post(sink.url()).status == 500);
  CHECK(post(sink.url()).status == 429);
  const Received silent = ask(sink.upstream(), "/ping", 20ms);
  CHECK(silent.bytes.empty());
  CHECK(silent.end == EndOfBytes::deadline);
  CHECK(sink.pings().size() == 3);
  CHECK_THROWS_AS(sink.wait_for_ping(4, 1ms), std::runtime_error);
}
