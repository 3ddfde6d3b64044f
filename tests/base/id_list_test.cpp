// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/id_list.hpp"

#include <malloc.h>

#include <catch2/catch_test_macros.hpp>
#include <ctime>
#include <string>

using namespace prewarm;
using Added = IdList::Added;

namespace {

// "user_0000042", as a service may name its users.
std::string nth_id(std::size_t n) {
  std::string digits = std::to_string(n);
  return "user_" + std::string(7 - digits.size(), '0') + digits;
}

}  // namespace

TEST_CASE("ids keep their order, and a repeated one is dropped") {
  IdList ids;
  CHECK(ids.empty());
  for (const char* id : {"b", "a", "c\n\xc3\xa9"}) CHECK(ids.add(id) == Added::yes);
  CHECK(ids.add("a") == Added::repeated);
  REQUIRE(ids.size() == 3);
  CHECK(ids[0] == "b");
  CHECK(ids[1] == "a");
  CHECK(ids[2] == "c\n\xc3\xa9");
}

TEST_CASE("an id is found where it stands, and nothing else is found") {
  IdList ids;
  CHECK_FALSE(ids.find("a").has_value());
  CHECK_FALSE(ids.find("").has_value());
  for (const char* id : {"a", "ab", "abcdefgh", "abcdefghi"}) ids.add(id);
  CHECK(ids.find("a") == 0);
  CHECK(ids.find("ab") == 1);
  CHECK(ids.find("abcdefgh") == 2);
  CHECK(ids.find("abcdefghi") == 3);
  for (const std::string& id :
       {std::string("b"), std::string(), std::string("a\0", 2), std::string(1000, 'a')})
    CHECK_FALSE(ids.find(id).has_value());
}

TEST_CASE("an id has 1 to 200 bytes, whatever they are") {
  IdList ids;
  CHECK(ids.add("") == Added::bad_length);
  CHECK(ids.add(std::string(201, 'x')) == Added::bad_length);
  CHECK(ids.empty());
  CHECK(ids.add(std::string(200, 'x')) == Added::yes);
  CHECK(ids.add(std::string(1, '\0')) == Added::yes);
  CHECK(ids.add(std::string(2, '\0')) == Added::yes);
  CHECK(ids.find(std::string(2, '\0')) == 2);
}

TEST_CASE("ids that ascend for a while are each found and kept once, whatever comes behind them") {
  IdList ids;
  for (const char* id : {"7", "8", "9", "10", "11", "101"}) CHECK(ids.add(id) == Added::yes);
  CHECK(ids.add("101") == Added::repeated);
  CHECK(ids.add("7") == Added::repeated);
  CHECK(ids.find("10") == 3);
  CHECK_FALSE(ids.find("12").has_value());
  CHECK_FALSE(ids.find("6").has_value());
  CHECK_FALSE(ids.find("102").has_value());
  CHECK(ids.add("100") == Added::yes);  // does not ascend
  CHECK(ids.add("102") == Added::yes);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    CHECK(ids.find(ids[i]) == i);
    CHECK(ids.add(std::string(ids[i])) == Added::repeated);
  }
  CHECK_FALSE(ids.find("99").has_value());
  CHECK(ids.size() == 8);
}

namespace {

// A million ids, each offered twice, by `order`: what they cost to keep.
void take_a_million(std::size_t (*order)(std::size_t), std::size_t most_bytes) {
  const auto before = mallinfo2();
  const std::clock_t start = std::clock();
  IdList ids;
  std::size_t repeated = 0;
  for (std::size_t i = 0; i < kMaxIds; ++i) {
    const std::string id = nth_id(order(i));
    ids.add(id);
    if (ids.add(id) == Added::repeated) ++repeated;
  }
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  const auto after = mallinfo2();
  REQUIRE(ids.size() == kMaxIds);
  CHECK(repeated == kMaxIds);
  CHECK(seconds < 30);  // far above what it takes with sanitizers; comparing with all others takes hours
  CHECK(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd < most_bytes);
  for (std::size_t i = 0; i < kMaxIds; i += 997) {
    CHECK(ids[i] == nth_id(order(i)));
    CHECK(ids.find(nth_id(order(i))) == i);
  }
  CHECK(ids.add("one more") == Added::too_many);
  CHECK(ids.add(nth_id(7)) == Added::repeated);
  CHECK(ids.size() == kMaxIds);
  CHECK_FALSE(ids.find("one more").has_value());
}

}  // namespace

TEST_CASE("a million ids with as many repeats are taken in shortly and kept in 19 MiB if they ascend") {
  take_a_million([](std::size_t i) { return i; }, 24U << 20U);
}

TEST_CASE("in any other order they take 8 MiB more") {
  take_a_million([](std::size_t i) { return i * 611'953 % kMaxIds; }, 32U << 20U);
}
