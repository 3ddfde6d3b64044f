// SPDX-License-Identifier: Apache-2.0
#include "store/fence.hpp"

#include <catch2/catch_test_macros.hpp>

#include "prewarm/base/time_text.hpp"
#include "prewarm/envelope/envelope.hpp"

using namespace prewarm;
using namespace prewarm::store;
using Answer = run::ReadBack::Answer;

namespace {
const WallTime kNow = *parse_instant("2026-05-01T13:03:48.000Z");
const Millis kD{40'000};
std::string head(std::int64_t version, Millis from_now) {
  return envelope::seal(version, kNow + from_now, "[]");
}
}  // namespace

TEST_CASE("a write exactly D + U old still passes, a millisecond more and it has expired") {
  CHECK(fence_decision("", {3, kNow - kD}, {kNow, kD}) == Answer::written);
  CHECK(fence_decision("", {3, kNow - kD - Millis(1)}, {kNow, kD}) == Answer::expired);
  CHECK(fence_decision(head(9, Millis(0)), {3, kNow - kD - Millis(1)}, {kNow, kD}) == Answer::expired);
}

TEST_CASE("a head exactly 60 s ahead is obeyed, a millisecond more and it has no token") {
  CHECK(fence_decision(head(3, Millis(60'000)), {3, kNow}, {kNow, kD}) == Answer::superseded);
  CHECK(fence_decision(head(3, Millis(60'001)), {3, kNow}, {kNow, kD}) == Answer::written);
  CHECK(fence_decision(head(4, Millis(60'000)), {3, kNow}, {kNow, kD}) == Answer::superseded);
  CHECK(fence_decision(head(4, Millis(60'001)), {3, kNow}, {kNow, kD}) == Answer::written);
}

TEST_CASE("versions are numbers and come before instants") {
  CHECK(fence_decision(head(10, Millis(-90'000)), {9, kNow}, {kNow, kD}) == Answer::superseded);
  CHECK(fence_decision(head(9, Millis(1000)), {10, kNow}, {kNow, kD}) == Answer::written);
  CHECK(fence_decision(head(3, Millis(0)), {3, kNow}, {kNow, kD}) == Answer::written);
  CHECK(fence_decision(head(3, Millis(1)), {3, kNow}, {kNow, kD}) == Answer::superseded);
}
