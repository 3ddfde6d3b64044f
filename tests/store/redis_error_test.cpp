// SPDX-License-Identifier: Apache-2.0
#include "store/redis_error.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace prewarm;
using namespace prewarm::store;

namespace {

std::string shown(const std::string& words, const std::string& password) {
  const Login login{"redis://h:6379/0", "worker", Secret(password)};
  return server_error(words, "AUTH", login).message;
}

}  // namespace

TEST_CASE("a password is taken out of the server's words wherever it stands there") {
  CHECK(shown("ERR no hush here, hushhush", "hush") ==
        "redis://h:6379/0 refused AUTH (ERR no *** here, ******)");
}

TEST_CASE("a password of asterisks is taken out once, not again of what stands in for it") {
  CHECK(shown("ERR two * and *", "*") == "redis://h:6379/0 refused AUTH (ERR two *** and ***)");
  CHECK(shown("ERR three ***", "***") == "redis://h:6379/0 refused AUTH (ERR three ***)");
}
