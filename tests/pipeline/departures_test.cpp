// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/departures.hpp"

#include <catch2/catch_test_macros.hpp>
#include <set>

using namespace prewarm;
using namespace prewarm::pipeline;
using namespace std::chrono_literals;
using upstream::Holding;
using Ids = std::vector<std::uint64_t>;

namespace {

constexpr BootTime kNow{1000h};
constexpr BootTime kFar = kNow + 1h;

schedule::FetchSpec fetch_of(const std::string& origin, std::optional<schedule::Rate> rate = {}) {
  schedule::FetchSpec fetch;
  fetch.host = "api.example.net";
  fetch.origin = Secret(origin);
  fetch.rate = rate;
  return fetch;
}

upstream::HostAnswer answer(int status, BootTime sent_at) {
  upstream::HostAnswer answer;
  answer.status = status;
  answer.sent_at = sent_at;
  return answer;
}

// The host answers 429 to a request of `at`.
void refuse(Departures::Host& host, BootTime at, Millis retry_after) {
  auto refusal = answer(429, at);
  refusal.retry_after = retry_after;
  host.budget.answered(refusal, at);
}

Ids refused(const Departures::Due& due) {
  Ids ids;
  for (const auto& one : due.refused) ids.push_back(one.id);
  return ids;
}

}  // namespace

TEST_CASE("an origin is one host, with the rate that was named last") {
  Departures departures;
  auto& host = departures.host_of(fetch_of("https://a:443"), kNow);
  CHECK(&departures.host_of(fetch_of("https://a:443", schedule::Rate{1, 1s, 1}), kNow) == &host);
  CHECK(&departures.host_of(fetch_of("https://a:444"), kNow) != &host);
  CHECK_FALSE(host.budget.calm(kNow));
  departures.host_of(fetch_of("https://a:443"), kNow);
  CHECK(host.budget.calm(kNow));
}

TEST_CASE("what is due leaves at once, and what is due later then") {
  Departures departures;
  auto& host = departures.host_of(fetch_of("a"), kNow);
  departures.add(host, {1, kFar}, kNow + 20ms, kNow);
  departures.add(host, {2, kFar}, kNow, kNow);
  departures.add(host, {3, kFar}, kNow + 10ms, kNow);
  CHECK(departures.due(kNow).leave == Ids{2});
  CHECK(departures.due(kNow).wake == kNow + 10ms);
  CHECK(departures.due(kNow + 30ms).leave == Ids{3, 1});
  const auto& rest = departures.due(kNow + 30ms);
  CHECK(rest.leave.empty());
  CHECK(rest.wake == BootTime::max());
}

TEST_CASE("by a rate requests leave in the order in which they became due, each at its time") {
  Departures departures;
  auto& host = departures.host_of(fetch_of("a", schedule::Rate{10, 1s, 2}), kNow);
  for (std::uint64_t id = 1; id <= 4; ++id) departures.add(host, {id, kFar}, kNow, kNow);
  departures.add(host, {5, kFar}, kNow + 50ms, kNow);  // a retry
  CHECK(departures.due(kNow).leave == Ids{1, 2});
  CHECK(departures.due(kNow).wake == kNow + 50ms);
  CHECK(departures.due(kNow + 60ms).leave.empty());
  departures.add(host, {6, kFar}, kNow + 60ms, kNow + 60ms);
  CHECK(departures.due(kNow + 60ms).wake == kNow + 100ms);
  CHECK(departures.due(kNow + 100ms).leave == Ids{3});
  CHECK(departures.due(kNow + 400ms).leave == Ids{4, 5});  // no more is saved up than the burst
  CHECK(departures.due(kNow + 500ms).leave == Ids{6});
}

TEST_CASE("a host that is held holds back nobody else's requests, and they keep their order") {
  Departures departures;
  auto& held = departures.host_of(fetch_of("a"), kNow);
  auto& other = departures.host_of(fetch_of("b"), kNow);
  departures.add(held, {1, kFar}, kNow, kNow);
  CHECK(departures.due(kNow).leave == Ids{1});
  refuse(held, kNow, 3s);
  for (const std::uint64_t id : {2U, 3U}) departures.add(held, {id, kFar}, kNow, kNow);
  departures.add(other, {4, kFar}, kNow, kNow);
  departures.add(held, {5, kFar}, kNow, kNow);
  const auto& due = departures.due(kNow);
  CHECK(due.leave == Ids{4});
  CHECK(due.refused.empty());
  CHECK(due.wake == kNow + 3s);
  CHECK(departures.due(kNow + 2s).leave.empty());
  CHECK(departures.due(kNow + 3s).leave == Ids{2, 3, 5});
}

TEST_CASE("after a refusal as many are under way as there are slots, and each answer lets the next one go") {
  Departures departures;
  auto& host = departures.host_of(fetch_of("a"), kNow);
  BootTime now = kNow;
  for (std::uint64_t id = 1; id <= 3; ++id) {  // 4, 2, 1
    departures.add(host, {id, kFar}, now, now);
    REQUIRE(departures.due(now).leave == Ids{id});
    refuse(host, now, 1s);
    now += 1s;
  }
  for (const std::uint64_t id : {4U, 5U}) departures.add(host, {id, kFar}, now, now);
  CHECK(departures.due(now).leave == Ids{4});
  const auto& blocked = departures.due(now);
  CHECK(blocked.leave.empty());
  CHECK(blocked.wake == kFar);  // nothing to do until there is an answer, or a deadline
  host.budget.answered(answer(200, now), now);
  CHECK(departures.due(now).leave == Ids{5});
}

TEST_CASE("what would wait beyond its deadline is refused at once, also by its place in the queue") {
  Departures departures;
  auto& host = departures.host_of(fetch_of("a", schedule::Rate{1, 1s, 1}), kNow);
  departures.add(host, {1, kFar}, kNow, kNow);
  departures.add(host, {2, kFar}, kNow, kNow);
  departures.add(host, {3, kNow + 2s}, kNow, kNow);
  departures.add(host, {4, kNow + 2s + 1ms}, kNow, kNow);
  const auto& due = departures.due(kNow);
  CHECK(due.leave == Ids{1});
  REQUIRE(refused(due) == Ids{3});
  CHECK(due.refused[0].hold.why == Holding::rate);
  CHECK(due.refused[0].hold.until == kNow + 2s);
  CHECK(departures.due(kNow + 1s).leave == Ids{2});
  CHECK(departures.due(kNow + 2s).leave == Ids{4});
}

TEST_CASE("a hold that begins while requests wait fails those whose deadlines it passes, and no others") {
  Departures departures;
  auto& host = departures.host_of(fetch_of("a", schedule::Rate{10, 1s, 1}), kNow);
  departures.add(host, {1, kFar}, kNow, kNow);
  CHECK(departures.due(kNow).leave == Ids{1});
  for (const auto& [id, deadline] : std::vector<std::pair<std::uint64_t, BootTime>>{
           {2, kFar}, {3, kNow + 4s}, {4, kFar}, {5, kNow + 5s}, {6, kNow + 5s + 150ms}})
    departures.add(host, {id, deadline}, kNow, kNow);
  refuse(host, kNow, 5s);
  const auto& due = departures.due(kNow);
  CHECK(due.leave.empty());
  // 6 is third after the two that may wait: 200 ms behind the end of the hold.
  CHECK(refused(due) == Ids{3, 5, 6});
  for (const auto& one : due.refused)
    CHECK(one.hold.why == (one.id == 6 ? Holding::rate : Holding::too_many));
  CHECK(due.wake == kNow + 5s);
  CHECK(departures.due(kNow + 5s).leave == Ids{2});
  CHECK(departures.due(kNow + 5s + 100ms).leave == Ids{4});
}

TEST_CASE("who waits for a slot until the deadline is refused then") {
  Departures departures;
  auto& host = departures.host_of(fetch_of("a"), kNow);
  BootTime now = kNow;
  for (std::uint64_t id = 1; id <= 3; ++id) {
    departures.add(host, {id, kFar}, now, now);
    REQUIRE(departures.due(now).leave.size() == 1);
    refuse(host, now, 1s);
    now += 1s;
  }
  departures.add(host, {4, kFar}, now, now);
  departures.add(host, {5, now + 2s}, now, now);
  CHECK(departures.due(now).leave == Ids{4});
  CHECK(departures.due(now).wake == now + 2s);
  const auto& due = departures.due(now + 2s);
  REQUIRE(refused(due) == Ids{5});
  CHECK(due.refused[0].hold.why == Holding::too_many);
}

TEST_CASE("after a clear nothing waits and nothing is under way") {
  Departures departures;
  auto& host = departures.host_of(fetch_of("a"), kNow);
  refuse(host, kNow - 3s, 1s);
  refuse(host, kNow - 1s, 1s);
  refuse(host, kNow, 1s);
  const BootTime now = kNow + 1s;
  departures.add(host, {1, kFar}, now, now);
  CHECK(departures.due(now).leave == Ids{1});
  departures.add(host, {2, kFar}, now, now);
  departures.add(host, {3, kFar}, now + 1s, now);
  departures.clear();
  CHECK(departures.due(now + 2s).leave.empty());
  departures.add(host, {4, kFar}, now + 2s, now + 2s);
  CHECK(departures.due(now + 2s).leave == Ids{4});
}

TEST_CASE("an error says what holds the host back, for how long, and what to do") {
  const Departures::Host host{"api.example.net"};
  std::set<std::string> messages;
  for (const Holding why :
       {Holding::rate, Holding::few_left, Holding::none_left, Holding::unavailable, Holding::too_many}) {
    const Error error = no_place(host, {why, kNow + 61s + 5ms}, kNow);
    INFO(error.message);
    CHECK(error.kind == (why == Holding::too_many ? ErrorKind::rate_limited : ErrorKind::deadline));
    CHECK(
        error.message.starts_with("the budget of api.example.net has no place before the run's deadline: "));
    CHECK(error.message.find("1m 2s") != std::string::npos);
    CHECK_FALSE(error.remedy.empty());
    CHECK_FALSE(error.retryable);
    messages.insert(error.message);
  }
  CHECK(messages.size() == 4);  // the headers' two are told alike
}
