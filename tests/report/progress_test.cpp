// SPDX-License-Identifier: Apache-2.0
#include "prewarm/report/progress.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace prewarm;
using report::progress_text;
using namespace std::chrono_literals;

TEST_CASE("progress tells ids, rate, failures and what is left") {
  CHECK(progress_text({"users", "", 4200, 12, 10000, 5s}) ==
        "users  4200 of 10000 ids, 840 a second, 12 failed, 6s left");
  CHECK(progress_text({"users", "", 0, 0, 10000, 0s}) == "users  0 of 10000 ids");
  CHECK(progress_text({"users", "", 10, 0, 10, 1s}) == "users  10 of 10 ids, 10 a second, 0s left");
}
