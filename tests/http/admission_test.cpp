// SPDX-License-Identifier: Apache-2.0
#include "http/admission.hpp"

#include <catch2/catch_test_macros.hpp>
#include <vector>

using namespace prewarm;
using namespace prewarm::http;

namespace {
std::vector<std::uint64_t> admitted(Admission& admission) {
  std::vector<std::uint64_t> serials;
  while (const auto serial = admission.next()) serials.push_back(*serial);
  return serials;
}
using Serials = std::vector<std::uint64_t>;
}  // namespace

TEST_CASE("a full host holds back its own transfers and nobody else's") {
  Admission admission({.total = 10, .per_host = 2, .budget = {1000}});
  for (std::uint64_t serial = 1; serial <= 4; ++serial) admission.add(serial, "a", {1});
  admission.add(5, "b", {1});
  CHECK(admitted(admission) == Serials{1, 2, 5});
  admission.ended(2);
  CHECK(admitted(admission) == Serials{3});
  admission.ended(1);
  admission.ended(3);
  CHECK(admitted(admission) == Serials{4});
}

TEST_CASE("no more than the total run at once, in the order of arrival") {
  Admission admission({.total = 2, .per_host = 8, .budget = {1000}});
  for (std::uint64_t serial = 1; serial <= 4; ++serial) admission.add(serial, std::to_string(serial), {1});
  CHECK(admitted(admission) == Serials{1, 2});
  admission.ended(1);
  CHECK(admitted(admission) == Serials{3});
}

TEST_CASE("the bodies at work never exceed the budget, but one too large for it runs alone") {
  Admission admission({.total = 10, .per_host = 10, .budget = {100}});
  admission.add(1, "a", {60});
  admission.add(2, "a", {50});
  admission.add(3, "a", {10});
  admission.add(4, "a", {200});
  CHECK(admitted(admission) == Serials{1});  // 2 does not fit, and 3 does not overtake it
  admission.ended(1);
  CHECK(admitted(admission) == Serials{2, 3});
  admission.ended(2);
  CHECK(admitted(admission).empty());
  admission.ended(3);
  CHECK(admitted(admission) == Serials{4});
}

TEST_CASE("what ends while it waits gives up its place") {
  Admission admission({.total = 1, .per_host = 1, .budget = {100}});
  for (std::uint64_t serial = 1; serial <= 4; ++serial) admission.add(serial, serial < 4 ? "a" : "b", {1});
  CHECK(admitted(admission) == Serials{1});
  admission.ended(2);  // behind its host
  admission.ended(4);  // its host had room, the total had none
  admission.ended(1);
  CHECK(admitted(admission) == Serials{3});
  admission.ended(3);
  admission.add(5, "a", {1});
  CHECK(admitted(admission) == Serials{5});
}
