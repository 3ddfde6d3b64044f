// SPDX-License-Identifier: Apache-2.0
// What is left of a secret where it was. Only of short ones can that be looked at: they lie in the object.
#include <catch2/catch_test_macros.hpp>

#include "prewarm/base/secret.hpp"

using namespace prewarm;

namespace {

const std::string kShort = "hunter2";
const std::string kLong = "a text that is too long to lie in the object itself";

// A string that is emptied loses its first byte anyway.
bool shows(const Secret& where) {
  const std::string_view bytes(reinterpret_cast<const char*>(&where), sizeof where);
  return bytes.find(std::string_view(kShort).substr(1)) != std::string_view::npos;
}

}  // namespace

TEST_CASE("a secret that is moved from leaves nothing behind") {
  Secret first{std::string(kShort)};
  REQUIRE(shows(first));
  Secret second(std::move(first));
  CHECK_FALSE(shows(first));  // NOLINT(bugprone-use-after-move): that is what this looks at
  CHECK(second.reveal() == kShort);
  Secret third;
  third = std::move(second);
  CHECK_FALSE(shows(second));  // NOLINT(bugprone-use-after-move)
  CHECK(third.reveal() == kShort);
}

TEST_CASE("a secret that is written over is gone") {
  for (const std::string& next : {std::string(), std::string("new"), kLong}) {
    Secret copied{std::string(kShort)}, moved{std::string(kShort)};
    const Secret source{std::string(next)};
    copied = source;
    moved = Secret(std::string(next));
    CHECK_FALSE(shows(copied));
    CHECK_FALSE(shows(moved));
    CHECK(copied.reveal() == next);
    CHECK(moved.reveal() == next);
  }
}

TEST_CASE("a long secret moves and is copied whole") {
  Secret first{std::string(kLong)};
  const Secret copy = first;
  const Secret second(std::move(first));
  CHECK(first.empty());  // NOLINT(bugprone-use-after-move)
  CHECK(copy.reveal() == kLong);
  CHECK(second.reveal() == kLong);
}
