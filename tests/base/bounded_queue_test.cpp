// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/bounded_queue.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <thread>
#include <vector>

using namespace prewarm;

TEST_CASE("values leave a queue in the order in which they came") {
  BoundedQueue<int> queue(3);
  for (int i = 0; i < 3; ++i) CHECK(queue.push(i));
  for (int i = 0; i < 3; ++i) CHECK(queue.pop() == i);
  CHECK_FALSE(queue.try_pop().has_value());
}

TEST_CASE("a full queue refuses who will not wait") {
  BoundedQueue<int> queue(1);
  CHECK(queue.try_push(1));
  CHECK_FALSE(queue.try_push(2));
  CHECK(queue.try_pop() == 1);
  CHECK(queue.try_push(3));
}

TEST_CASE("a closed queue takes nothing and gives what is inside") {
  BoundedQueue<int> queue(4);
  CHECK(queue.push(1));
  CHECK(queue.push(2));
  CHECK_FALSE(queue.drained());
  queue.close();
  CHECK_FALSE(queue.push(3));
  CHECK_FALSE(queue.try_push(3));
  CHECK_FALSE(queue.drained());
  CHECK(queue.pop() == 1);
  CHECK(queue.try_pop() == 2);
  CHECK_FALSE(queue.pop().has_value());
  CHECK(queue.drained());
}

TEST_CASE("values that can only be moved pass through") {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  CHECK(queue.push(std::make_unique<int>(7)));
  CHECK(**queue.pop() == 7);
}

TEST_CASE("a full queue holds its producer back, so it never holds more than its capacity") {
  constexpr int kValues = 5000;
  constexpr int kCapacity = 3;
  BoundedQueue<int> queue(kCapacity);
  std::atomic<int> pushed{0};
  std::thread producer([&] {
    for (int i = 0; i < kValues; ++i) {
      if (!queue.push(i)) return;
      ++pushed;
    }
    queue.close();  // one that lost values would be waited for
  });
  int most = 0;
  bool in_order = true;
  for (int taken = 0; taken < kValues; ++taken) {
    // `taken` values are out: at most the capacity can be inside.
    most = std::max(most, pushed.load() - taken);
    in_order = in_order && queue.pop() == taken;
  }
  producer.join();
  CHECK(in_order);
  CHECK(most <= kCapacity);
}

TEST_CASE("closing ends everybody who waits, on both sides") {
  BoundedQueue<int> empty(1);
  BoundedQueue<int> full(1);
  CHECK(full.push(0));
  std::atomic<int> ended{0};
  std::vector<std::thread> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.emplace_back([&] { ended += empty.pop().has_value() ? 0 : 1; });
    waiting.emplace_back([&] { ended += full.push(1) ? 0 : 1; });
  }
  empty.close();
  full.close();
  for (std::thread& thread : waiting) thread.join();
  CHECK(ended == 6);
}

TEST_CASE("of many producers and consumers each value arrives exactly once") {
  constexpr int kThreads = 4;
  constexpr int kEach = 2000;
  BoundedQueue<int> queue(8);
  std::vector<std::vector<int>> taken(kThreads);
  std::vector<std::thread> producers, consumers;
  for (int t = 0; t < kThreads; ++t) {
    producers.emplace_back([&queue, t] {
      for (int i = 0; i < kEach; ++i) static_cast<void>(queue.push(t * kEach + i));
    });
    consumers.emplace_back([&queue, &mine = taken[static_cast<std::size_t>(t)]] {
      while (const std::optional<int> value = queue.pop()) mine.push_back(*value);
    });
  }
  for (std::thread& thread : producers) thread.join();
  queue.close();
  for (std::thread& thread : consumers) thread.join();
  std::vector<int> all;
  for (const std::vector<int>& mine : taken) all.insert(all.end(), mine.begin(), mine.end());
  std::sort(all.begin(), all.end());
  REQUIRE(all.size() == kThreads * kEach);
  for (int i = 0; i < kThreads * kEach; ++i) REQUIRE(all[static_cast<std::size_t>(i)] == i);
}
