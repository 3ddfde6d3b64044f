// SPDX-License-Identifier: Apache-2.0
// Timeouts and what they are told as, stalls, waking and cancelling (PROMISES 11.C10, C17).
#include <sys/socket.h>

#include <catch2/catch_test_macros.hpp>
#include <thread>

#include "http/client.hpp"
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
using testkit::Gate;
using testkit::Upstream;

namespace {

constexpr Millis kShort{150};

Request short_request(const std::string& url) {
  auto request = request_of(url);
  request.timeout = kShort;
  return request;
}

Error timed_out(const Answer& answer) {
  Upstream upstream;
  upstream.on("/x", answer);
  Client client;
  const BootTime before = client.clock().boot_now();
  auto error = error_of(client.send(short_request(upstream.url("/x"))));
  CHECK(client.clock().boot_now() - before > kShort - 10ms);
  CHECK(error.kind == ErrorKind::timeout);
  CHECK(error.retryable);
  return error;
}

}  // namespace

TEST_CASE("waits that may not last bring a transfer to its end all the same") {
  Upstream upstream;
  upstream.on("/x", Answer::json("[1]"));
  const auto clock = make_system_clock();
  const auto fetcher = make_curl_fetcher({}, *clock);
  fetcher->submit(1, request_of(upstream.url("/x")));
  const BootTime given_up = clock->boot_now() + 5s;
  std::vector<Transfer> ended;
  while (ended.empty() && clock->boot_now() < given_up) ended = fetcher->wait(clock->boot_now());
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].result.ok());
}

TEST_CASE("a timeout says how far it came") {
  const std::string behind = " after 150ms: " + std::string(kDisplay);
  const auto answer = Answer::json("[1,2,3]");
  CHECK(timed_out(Answer::raw("", Ending::stall)).message == "no answer" + behind);
  CHECK(timed_out(Answer::raw("HTTP/1.1 100 Continue\r\n\r\n", Ending::stall)).message ==
        "no answer" + behind);
  CHECK(timed_out(answer.cut_head(20, Ending::stall)).message == "no answer" + behind);
  CHECK(timed_out(answer.cut_body(2, Ending::stall)).message == "no end of the body" + behind);
  CHECK(timed_out(answer.frame(Framing::until_close).end_with(Ending::stall)).message ==
        "no end of the body" + behind);
  CHECK(timed_out(answer.trickle_head(20ms)).message == "no answer" + behind);
  CHECK(timed_out(answer.trickle_body(40ms)).message == "no end of the body" + behind);
}

TEST_CASE("a handshake that never ends is told as such") {
  Upstream plain;  // waits for a request line that TLS does not send
  Client client;
  const auto error = error_of(client.send(short_request("https" + plain.url().substr(4))));
  CHECK(error.message == "no end of the TLS handshake after 150ms: " + std::string(kDisplay));
}

TEST_CASE("an unwanted body that stalls does not hide its status") {
  Upstream upstream;
  upstream.on("/x", Answer::of(503, "busy").cut_body(2, Ending::stall));
  FetcherSettings impatient;
  impatient.stall_window = 30ms;
  for (const FetcherSettings& settings : {FetcherSettings(), impatient}) {
    Client client(settings);
    const auto result = client.send(short_request(upstream.url("/x")));
    INFO(error_of(result).message);
    REQUIRE(result.ok());
    CHECK(result->status == 503);
  }
}

TEST_CASE("a deadline that passed while the host slept is over at the first look") {
  Upstream upstream;
  upstream.on("/x", Answer::raw("", Ending::stall));
  Client client;
  auto request = request_of(upstream.url("/x"));
  request.timeout = 1h;
  client.fetcher().submit(1, std::move(request));
  REQUIRE(client.run_until([&] { return upstream.requests().size() == 1; }));
  client.clock().sleep(2h);
  const auto ended = client.fetcher().wait(client.clock().boot_now());
  REQUIRE(ended.size() == 1);
  CHECK(error_of(ended.front().result).message == "no answer after 1h: " + std::string(kDisplay));
}

TEST_CASE("a body that trickles is given up long before its timeout") {
  Upstream upstream;
  FetcherSettings settings;
  settings.stall_window = 100ms;
  Client client(settings);
  for (const auto& answer : {Answer::json("[1,2,3,4,5,6,7,8,9]").trickle_body(30ms),
                             Answer::json("[1,2,3]").cut_body(3, Ending::stall)}) {
    upstream.on("/x", answer);
    const auto error = error_of(client.get(upstream.url("/x")));
    CHECK(error.kind == ErrorKind::timeout);
    CHECK(error.message == "the body stalled for 100ms: " + std::string(kDisplay));
  }
}

TEST_CASE("an answer that takes its time before the first byte is no stall") {
  Upstream upstream;
  upstream.on("/x", Answer::json("[1]").delay(350ms));
  FetcherSettings settings;
  settings.stall_window = 100ms;
  Client client(settings);
  CHECK(client.get(upstream.url("/x")).ok());
}

TEST_CASE("a refused connection is retryable and says why") {
  std::uint16_t port = 0;
  {
    Upstream gone;
    port = gone.port();
  }
  Client client;
  const auto error = error_of(client.get("http://127.0.0.1:" + std::to_string(port) + "/"));
  CHECK(error.kind == ErrorKind::connect);
  CHECK(error.retryable);
  CHECK(error.message == "no connection to " + std::string(kDisplay) + ": Connection refused");
}

TEST_CASE("waiting ends at its time, also with nothing to do, and does not spin") {
  Client client;
  Upstream upstream;
  upstream.on("/x", Answer::raw("", Ending::stall));
  for (int round = 0; round < 2; ++round) {
    const BootTime until = client.clock().boot_now() + 100ms;
    const auto cpu = [] {
      timespec used{};
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
      return used.tv_sec * 1'000'000'000L + used.tv_nsec;
    };
    const long before = cpu();
    CHECK(client.fetcher().wait(until).empty());
    CHECK(cpu() - before < 20'000'000);
    CHECK(client.clock().boot_now() >= until);
    CHECK(client.clock().boot_now() < until + 2s);
    client.fetcher().submit(1, request_of(upstream.url("/x")));
  }
  CHECK(client.fetcher().wait(BootTime{}).empty());  // in the past: looks and returns
}

TEST_CASE("wake ends a wait from another thread, also one that begins later, once") {
  Client client;
  const BootTime far = client.clock().boot_now() + 1h;
  client.fetcher().wake();
  CHECK(client.fetcher().wait(far).empty());
  std::thread other([&] { client.fetcher().wake(); });
  CHECK(client.fetcher().wait(far).empty());
  other.join();
  const BootTime near = client.clock().boot_now() + 30ms;
  CHECK(client.fetcher().wait(near).empty());
  CHECK(client.clock().boot_now() >= near);
}

TEST_CASE("cancelled transfers end as shutdown at the next wait, running or queued, and free their places") {
  Upstream upstream;
  upstream.on("/stall", Answer::raw("", Ending::stall));
  upstream.on("/x", Answer::json("[1]"));
  FetcherSettings settings;
  settings.max_per_host = 1;
  Client client(settings);
  for (std::uint64_t id = 101; id <= 103; ++id)
    client.fetcher().submit(id, request_of(upstream.url("/stall")));
  REQUIRE(client.run_until([&] { return upstream.requests().size() == 1; }));
  client.fetcher().cancel_all();
  const auto ended = client.wait(3);
  REQUIRE(ended.size() == 3);
  for (const auto& transfer : ended) {
    CHECK(error_of(transfer.result).kind == ErrorKind::shutdown);
    CHECK_FALSE(error_of(transfer.result).retryable);
  }
  CHECK(upstream.wait_for_closed(1));
  CHECK(client.get(upstream.url("/x")).ok());
  CHECK(upstream.requests("/stall").size() == 1);
}

TEST_CASE("a fetcher can be dropped with transfers under way") {
  Upstream upstream;
  upstream.on("/stall", Answer::raw("", Ending::stall));
  {
    Client client;
    client.fetcher().submit(1, request_of(upstream.url("/stall")));
    REQUIRE(client.run_until([&] { return upstream.requests().size() == 1; }));
  }
  CHECK(upstream.wait_for_closed(1));
}
