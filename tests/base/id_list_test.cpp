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

TEST_CASE("a million ids with as many repeats are taken in shortly and kept in some 22 MiB, and no more") {
  const auto before = mallinfo2();
  const std::clock_t start = std::clock();
  IdList ids;
  std::size_t repeated = 0;
  for (std::size_t i = 0; i < kMaxIds; ++i) {
    const std::string id = nth_id(i);
    ids.add(id);
    if (ids.add(id) == Added::repeated) ++repeated;
  }
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  const auto after = mallinfo2();
  REQUIRE(ids.size() == kMaxIds);
  CHECK(repeated == kMaxIds);
  CHECK(seconds < 30);  // far above what it takes with sanitizers; comparing with all others takes hours
  CHECK(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd < 32U << 20U);
  for (std::size_t i = 0; i < kMaxIds; i += 997) {
    CHECK(ids[i] == nth_id(i));
    CHECK(ids.find(nth_id(i)) == i);
  }
  CHECK(ids.add("one more") == Added::too_many);
  CHECK(ids.add(nth_id(7)) == Added::repeated);
  CHECK(ids.size() == kMaxIds);
  CHECK_FALSE(ids.find("one more").has_value());
}
