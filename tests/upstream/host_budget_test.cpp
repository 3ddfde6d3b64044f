// SPDX-License-Identifier: Apache-2.0
#include "prewarm/upstream/host_budget.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <random>
#include <vector>

using namespace prewarm;
using namespace prewarm::upstream;
using namespace std::chrono_literals;
using schedule::Rate;

namespace {

using Nanos = std::chrono::nanoseconds;
using Times = std::vector<BootTime>;

constexpr BootTime kStart{1000h};

// Whether the requests, in order, keep the rate: no n of them in a row within less time than the rate takes
// for n - burst. Every window is looked at by itself.
bool keeps(const Rate& rate, const Times& sent) {
  const auto cost = Nanos(rate.per).count();
  for (std::size_t i = 0; i < sent.size(); ++i)
    for (std::size_t j = i; j < sent.size(); ++j) {
      const auto beyond = static_cast<std::int64_t>(j - i) + 1 - rate.burst;
      if (beyond > 0 && beyond * cost > (sent[j] - sent[i]).count() * rate.count) return false;
    }
  return true;
}

HostAnswer answer(int status, BootTime sent_at) {
  HostAnswer answer;
  answer.status = status;
  answer.sent_at = sent_at;
  return answer;
}

HostAnswer with_quota(Quota quota, std::size_t wanted, BootTime wanted_by = kStart + 1h) {
  HostAnswer good = answer(200, kStart);
  good.quota = quota;
  good.wanted = wanted;
  good.wanted_by = wanted_by;
  return good;
}

// One request goes and is answered with this status at `at`, `random` for the jitter.
std::optional<Hold> refuse(HostBudget& budget, BootTime at, int status,
                           std::optional<Millis> retry_after = {}, std::uint64_t random = 0) {
  budget.sent(at);
  HostAnswer refusal = answer(status, at);
  refusal.retry_after = retry_after;
  refusal.random = random;
  return budget.answered(refusal, at + 1ms);
}

std::size_t slots(HostBudget& budget, BootTime now) {
  std::size_t count = 0;
  for (; budget.has_slot() && count < 20; ++count) budget.sent(now);
  budget.forget_sent();
  return count;
}

void go_well(HostBudget& budget, BootTime at, int times) {
  for (int i = 0; i < times; ++i) {
    budget.sent(at);
    budget.answered(answer(200, at), at);
  }
}

}  // namespace

TEST_CASE("without rate, hold or quota a host may be asked at any time") {
  HostBudget budget;
  CHECK(budget.calm(kStart));
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(budget.may_send(kStart).until == kStart);
    REQUIRE(budget.has_slot());
    budget.sent(kStart);
    budget.answered(answer(200, kStart), kStart);
  }
  CHECK(budget.may_send(kStart, 1000).why == Holding::nothing);
}

TEST_CASE("no window has more requests than burst and rate give, and none waits a nanosecond too long") {
  std::mt19937_64 random(7);
  for (const Rate& rate :
       {Rate{10, 1s, 10}, Rate{7, 1s, 1}, Rate{7, 13s, 3}, Rate{600, 10min, 1}, Rate{999983, 1h, 5},
        Rate{1000000, 1s, 2}, Rate{3, 1h, 2}, Rate{1, 1s, 1}, Rate{1000000, 1h, 40}}) {
    INFO(rate.count << "/" << rate.per.count() << " ms, burst " << rate.burst);
    HostBudget budget;
    budget.set_rate(rate, kStart);
    const auto interval = Nanos(rate.per).count() / rate.count;
    Times sent;
    BootTime now = kStart;
    while (sent.size() < 60) {
      // Sometimes as early as may be, sometimes late, sometimes after a long rest.
      const Hold hold = budget.may_send(now);
      REQUIRE(hold.until >= now);
      CHECK(hold.why == (hold.until > now ? Holding::rate : Holding::nothing));
      if (hold.until > now) {
        Times early = sent;
        early.push_back(hold.until - 1ns);
        REQUIRE_FALSE(keeps(rate, early));
      }
      now = hold.until;
      budget.sent(now);
      sent.push_back(now);
      switch (random() % 8) {
        case 0:
          now += Nanos(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(2 * interval + 1)));
          break;
        case 1:
          now += Nanos(interval * rate.burst * 3);
          break;
        default:
          break;
      }
    }
    CHECK(keeps(rate, sent));
  }
}

TEST_CASE("a place in the queue is told as it then comes") {
  for (const Rate& rate : {Rate{10, 1s, 10}, Rate{7, 13s, 3}, Rate{1, 1s, 1}}) {
    for (const Nanos rest : {Nanos(0), Nanos(700ms), Nanos(1h)}) {
      HostBudget budget;
      budget.set_rate(rate, kStart);
      for (std::int64_t i = 0; i < rate.burst; ++i) budget.sent(kStart);
      BootTime now = kStart + rest;
      Times told;
      for (std::size_t ahead = 0; ahead < 25; ++ahead) told.push_back(budget.may_send(now, ahead).until);
      for (const BootTime expected : told) {
        now = budget.may_send(now).until;
        CHECK(now == expected);
        budget.sent(now);
      }
    }
  }
}

TEST_CASE("a rate does not drift in a million requests") {
  HostBudget budget;
  const Rate rate{7, 1s, 2};  // a burst of 1 has gaps of whole nanoseconds, each rounded up
  budget.set_rate(rate, kStart);
  BootTime now = kStart;
  for (int i = 0; i < 1'000'000; ++i) {
    now = budget.may_send(now).until;
    budget.sent(now);
  }
  // Two leave at once, and then one each seventh of a second.
  const auto exact = Nanos(999'998LL * 1'000'000'000 / 7);
  CHECK(now - kStart >= exact);
  CHECK(now - kStart <= exact + 1us);
}

TEST_CASE("the largest rates and the longest rests stay within their numbers") {
  for (const Rate& rate : {Rate{1'000'000, 1h, 1'000'000}, Rate{1'000'000, 1s, 1'000'000}, Rate{1, 1h, 1}}) {
    HostBudget budget;
    budget.set_rate(rate, BootTime{});
    for (const BootTime now : {BootTime(1h), BootTime(24h * 365 * 100), BootTime(24h * 365 * 150)}) {
      CHECK(budget.may_send(now).until == now);
      budget.sent(now);
      CHECK(budget.may_send(now, SIZE_MAX).until >= now);
      CHECK(budget.may_send(now, 2'000'000).until - now <= 100'001h);
    }
  }
}

TEST_CASE("a rate that is changed keeps what was saved up, as far as the new one goes") {
  HostBudget budget;
  budget.set_rate(Rate{10, 1s, 10}, kStart);
  for (int i = 0; i < 7; ++i) budget.sent(kStart);
  budget.set_rate(Rate{100, 1min, 2}, kStart);
  CHECK(budget.may_send(kStart, 1).until == kStart);
  CHECK(budget.may_send(kStart, 2).until == kStart + 600ms);
  budget.sent(kStart);
  budget.sent(kStart);
  budget.set_rate(Rate{10, 1s, 10}, kStart);
  CHECK(budget.may_send(kStart).until == kStart + 100ms);
  budget.set_rate(std::nullopt, kStart);
  CHECK(budget.calm(kStart));
}

TEST_CASE("a 429 holds the host for as long as it asks, at most 15 minutes, and is told once") {
  HostBudget budget;
  budget.sent(kStart);
  budget.sent(kStart);
  const auto hold = refuse(budget, kStart, 429, 7s);
  REQUIRE(hold);
  CHECK(hold->why == Holding::too_many);
  CHECK(hold->until == kStart + 7s + 1ms);
  CHECK_FALSE(budget.calm(kStart + 2ms));
  CHECK(budget.may_send(kStart + 2ms).until == hold->until);
  CHECK(budget.may_send(kStart + 2ms).why == Holding::too_many);
  CHECK(budget.may_send(hold->until).until == hold->until);
  // One that was under way with it makes it longer, never shorter, and a little is no news.
  HostAnswer other = answer(429, kStart);
  other.retry_after = 7s + 900ms;
  CHECK_FALSE(budget.answered(other, kStart + 5ms));
  CHECK(budget.may_send(kStart + 5ms).until == kStart + 7s + 905ms);
  other.retry_after = 3s;
  CHECK_FALSE(budget.answered(other, kStart + 10ms));
  CHECK(budget.may_send(kStart + 10ms).until == kStart + 7s + 905ms);
  other.retry_after = 20s;
  CHECK(budget.answered(other, kStart + 20ms)->until == kStart + 20ms + 20s);  // so much longer is one again
  CHECK(budget.may_send(kStart + 20ms).until == kStart + 20ms + 20s);

  HostBudget long_one;
  CHECK(refuse(long_one, kStart, 429, 24h * 3650)->until == kStart + 1ms + 15min);
}

TEST_CASE("a 503 holds the host if it says for how long, else it is a failure like others") {
  HostBudget budget;
  CHECK_FALSE(refuse(budget, kStart, 503));
  CHECK_FALSE(refuse(budget, kStart, 500, 5s));
  CHECK_FALSE(refuse(budget, kStart, 0));
  CHECK(budget.calm(kStart + 1ms));
  const auto hold = refuse(budget, kStart, 503, 5s);
  REQUIRE(hold);
  CHECK(hold->why == Holding::unavailable);
  CHECK(hold->until == kStart + 5s + 1ms);
}

TEST_CASE("a 429 that names no time is waited out longer each time, with jitter, until one does well") {
  HostBudget budget;
  BootTime now = kStart;
  std::uint64_t random = 12345;
  for (const Millis base : {1s, 2s, 4s, 8s, 16s, 32s, 32s, 32s}) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    const auto hold = refuse(budget, now, 429, {}, random);
    REQUIRE(hold);
    const auto wait = hold->until - (now + 1ms);
    CHECK(wait ==
          base + Millis(static_cast<Millis::rep>(random % static_cast<std::uint64_t>(base.count() / 2))));
    CHECK(wait >= base);
    CHECK(wait < base * 3 / 2);
    now = hold->until;
  }
  go_well(budget, now, 1);
  go_well(budget, now + 1ms, 1);
  CHECK(refuse(budget, now + 2ms, 429)->until == now + 3ms + 1s);
}

TEST_CASE("a 429 without Retry-After waits for the reset that it names beside it") {
  HostBudget budget;
  budget.sent(kStart);
  HostAnswer refusal = answer(429, kStart);
  refusal.reset = 9s;
  CHECK(budget.answered(refusal, kStart)->until == kStart + 9s);

  HostBudget with_both;
  with_both.sent(kStart);
  refusal.retry_after = 2s;
  CHECK(with_both.answered(refusal, kStart)->until == kStart + 2s);

  HostBudget at_once;
  at_once.sent(kStart);
  refusal = answer(429, kStart);
  refusal.reset = 0s;
  CHECK(at_once.answered(refusal, kStart)->until == kStart + 1s);
}

TEST_CASE("requests that are refused together are one refusal") {
  HostBudget budget;
  for (int i = 0; i < 8; ++i) budget.sent(kStart);
  std::optional<Hold> first;
  for (int i = 0; i < 8; ++i) {
    const auto told = budget.answered(answer(429, kStart), kStart + i * 1ms);
    if (i == 0) first = told;
    CHECK(told.has_value() == (i == 0));
  }
  REQUIRE(first);
  CHECK(first->until == kStart + 1s);
  CHECK(budget.may_send(kStart + 10ms).until == kStart + 1s);
  CHECK(slots(budget, kStart + 1s) == 4);
}

TEST_CASE("each refusal halves how many may be under way, and good answers give one after the other back") {
  HostBudget budget;
  BootTime now = kStart;
  for (const std::size_t left : {4U, 2U, 1U, 1U}) {
    refuse(budget, now, 429, 1s);
    now += 2s;
    CHECK(slots(budget, now) == left);
  }
  for (std::size_t expected = 2; expected < 8; ++expected) {
    go_well(budget, now, 9);
    CHECK(slots(budget, now) == expected - 1);
    go_well(budget, now, 1);
    CHECK(slots(budget, now) == expected);
  }
  go_well(budget, now, 100);
  CHECK(slots(budget, now) == 8);
}

TEST_CASE("a failure gives its place back and says nothing of the host") {
  HostBudget budget;
  BootTime now = kStart;
  for (int i = 0; i < 3; ++i) refuse(budget, now += 2s, 429, 1s);
  now += 2s;
  budget.sent(now);
  CHECK_FALSE(budget.has_slot());
  budget.answered(answer(0, now), now);
  CHECK(budget.has_slot());
  for (int i = 0; i < 100; ++i) {
    budget.sent(now);
    budget.answered(answer(i % 2 == 0 ? 0 : 500, now), now);
  }
  CHECK(slots(budget, now) == 1);
}

TEST_CASE("nothing left holds the host until the reset") {
  HostBudget budget;
  budget.sent(kStart);
  const auto hold = budget.answered(with_quota({0, 30s}, 0), kStart);
  REQUIRE(hold);
  CHECK(hold->why == Holding::none_left);
  CHECK(hold->until == kStart + 30s);
  CHECK(budget.may_send(kStart + 1s).until == kStart + 30s);
  CHECK(budget.answered(with_quota({0, 31s}, 0), kStart + 1s));  // longer by as much as is told
  CHECK(budget.may_send(kStart + 1s).until == kStart + 32s);
  CHECK(slots(budget, kStart) == 8);

  HostBudget within_the_second;
  CHECK(within_the_second.answered(with_quota({0, 0s}, 5), kStart)->until == kStart + 1s);
}

TEST_CASE("more left than is wanted changes nothing") {
  HostBudget budget;
  budget.sent(kStart);
  CHECK_FALSE(budget.answered(with_quota({50, 30s}, 50), kStart));
  CHECK(budget.calm(kStart));
  CHECK_FALSE(budget.answered(with_quota({1, 30s}, 0), kStart));
  CHECK(budget.calm(kStart));
  CHECK_FALSE(budget.answered(with_quota({1, 0s}, 9), kStart));  // it begins anew now
  CHECK(budget.calm(kStart));
}

TEST_CASE("less left than is wanted is spread evenly over the time until the reset") {
  HostBudget budget;
  budget.sent(kStart);
  const auto hold = budget.answered(with_quota({10, 30s}, 11), kStart);
  REQUIRE(hold);
  CHECK(hold->why == Holding::few_left);
  CHECK(hold->until == kStart + 30s);
  BootTime now = kStart;
  std::size_t wanted = 11;
  for (std::int64_t left = 10; left > 0; --left) {
    const Hold next = budget.may_send(now);
    CHECK(next.why == Holding::few_left);
    CHECK(next.until == now + 3s);
    now = next.until;
    budget.sent(now);
    const auto told = budget.answered(
        with_quota({left - 1, kStart + 30s - now > 0s ? std::chrono::ceil<Millis>(kStart + 30s - now) : 0ms},
                   --wanted),
        now);
    CHECK((!told || told->why == Holding::none_left));
  }
  CHECK(now == kStart + 30s);
}

TEST_CASE("of what is left those under way take their part, and when it is used up the reset is waited for") {
  HostBudget budget;
  for (int i = 0; i < 5; ++i) budget.sent(kStart);
  budget.answered(with_quota({6, 20s}, 100), kStart);  // 4 under way: 2 are left
  CHECK(budget.may_send(kStart).until == kStart + 10s);
  CHECK(budget.may_send(kStart, 1).until == kStart + 20s);
  CHECK(budget.may_send(kStart, 50).until == kStart + 20s);
  budget.sent(kStart + 10s);
  budget.sent(kStart + 10s);
  CHECK(budget.may_send(kStart + 11s).until == kStart + 20s);
  CHECK(budget.may_send(kStart + 20s).until == kStart + 20s);
  budget.sent(kStart + 20s);
  CHECK(budget.calm(kStart + 20s));
}

TEST_CASE("what is left is not saved for a time when nobody waits any more") {
  HostBudget budget;
  budget.sent(kStart);
  budget.answered(with_quota({10, 600s}, 100, kStart + 20s), kStart);
  CHECK(budget.may_send(kStart).until == kStart + 2s);
}

TEST_CASE("hostile quotas hold no longer than 15 minutes and break nothing") {
  for (const std::int64_t left : {std::int64_t{0}, std::int64_t{1}, std::int64_t{7}, INT64_MAX})
    for (const Millis resets : {Millis(0), Millis(1), Millis(900'000), Millis::max()})
      for (const std::size_t wanted : {std::size_t{0}, std::size_t{1}, std::size_t{8}, SIZE_MAX / 2}) {
        INFO(left << " left, " << resets.count() << " ms, " << wanted << " wanted");
        HostBudget budget;
        budget.sent(kStart);
        budget.sent(kStart);
        const auto told = budget.answered(with_quota({left, resets}, wanted), kStart);
        CHECK((!told || told->until <= kStart + 15min));
        for (const std::size_t ahead : {std::size_t{0}, std::size_t{5}, std::size_t{1'000'000}})
          CHECK(budget.may_send(kStart, ahead).until <= kStart + 15min);
        CHECK(budget.may_send(kStart + 15min).until == kStart + 15min);
      }
}
