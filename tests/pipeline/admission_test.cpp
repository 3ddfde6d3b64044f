// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/admission.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

using namespace prewarm;
using namespace prewarm::pipeline;

namespace {

constexpr std::uint64_t kMiB = 1U << 20;

schedule::SchedulePtr make(const std::string& name, std::uint64_t mib) {
  auto schedule = std::make_shared<schedule::Schedule>();
  schedule->name = name;
  schedule->fetch.max_bytes.count = mib * kMiB;
  return schedule;
}

// Runs that wait, named by a letter and the MiB of their bodies.
struct Door {
  Admission admission{kBodyBudget};
  std::vector<schedule::SchedulePtr> under_way;

  void add(const std::string& name, std::uint64_t mib, int times = 1) {
    for (int i = 0; i < times; ++i) admission.add({.schedule = make(name, mib), .slot = {}, .planned = {}});
  }
  std::string take() {
    std::string names;
    for (const Order& order : admission.take_ready()) {
      names += order.schedule->name;
      under_way.push_back(order.schedule);
    }
    return names;
  }
  // The first of that name.
  void end(const std::string& name) {
    const auto found = std::find_if(under_way.begin(), under_way.end(),
                                    [&](const auto& schedule) { return schedule->name == name; });
    REQUIRE(found != under_way.end());
    admission.ended(**found);
    under_way.erase(found);
  }
};

}  // namespace

TEST_CASE("runs begin in the order in which they came") {
  Door door;
  door.add("a", 1);
  door.add("B", 20);
  door.add("c", 8);
  door.add("D", 9);
  CHECK(door.take() == "aBcD");
  CHECK(door.take().empty());
  CHECK_FALSE(door.admission.any_waits());
}

TEST_CASE("so many runs are under way at once and no more") {
  Door door;
  door.add("a", 0, kMaxUnderWay + 2);
  CHECK(door.take().size() == kMaxUnderWay);
  CHECK(door.take().empty());
  door.end("a");
  CHECK(door.take() == "a");
  CHECK(door.admission.any_waits());
}

TEST_CASE("bodies reserve the bytes that there are, to the last") {
  Door door;
  door.add("a", 8, 16);
  door.add("b", 1);
  CHECK(door.take() == std::string(16, 'a'));
  door.end("a");
  CHECK(door.take() == "b");
}

TEST_CASE("large bodies leave a share to the small, and these take no more while a large one waits") {
  Door door;
  door.add("L", 64, 2);
  door.add("s", 8, 6);
  CHECK(door.take() == "Lssss");  // 32 MiB are free
  door.end("s");
  CHECK(door.take() == "s");
  door.end("L");
  CHECK(door.take() == "Ls");
}

TEST_CASE("small bodies do not pass a large one that waits for them to end") {
  Door door;
  door.add("s", 8, 10);
  door.add("L", 64);
  door.add("t", 8, 6);
  CHECK(door.take() == std::string(10, 's'));  // 80 MiB
  door.end("s");
  CHECK(door.take().empty());
  door.end("s");
  CHECK(door.take() == "L");
  door.end("L");
  CHECK(door.take() == "tttttt");
}

TEST_CASE("the largest body has the worker's room to itself, but always gets in") {
  Door door;
  door.add("L", 200, 2);
  CHECK(door.take() == "L");
  door.add("s", 1);
  CHECK(door.take().empty());
  door.end("L");
  CHECK(door.take() == "L");
}

TEST_CASE("what waits leaves in order when a worker stops") {
  Door door;
  door.add("a", 0, kMaxUnderWay);
  door.add("b", 1);
  door.add("C", 20);
  door.add("d", 1);
  door.take();
  std::string names;
  for (const Order& order : door.admission.take_waiting()) names += order.schedule->name;
  CHECK(names == "bCd");
  CHECK_FALSE(door.admission.any_waits());
}

TEST_CASE("under a smaller budget a quarter of it is kept for small bodies") {
  Door door{Admission(40 * kMiB), {}};
  door.add("L", 20, 2);
  door.add("s", 8, 4);
  CHECK(door.take() == "Ls");
  door.end("s");
  CHECK(door.take() == "s");
  door.end("L");
  CHECK(door.take() == "Ls");
}
