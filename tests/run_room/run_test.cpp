// SPDX-License-Identifier: Apache-2.0
#include "prewarm/run/run.hpp"

#include <catch2/catch_test_macros.hpp>

#include "prewarm/base/time_text.hpp"

using namespace prewarm;

namespace {
Slot slot(std::string_view text) {
  return std::chrono::floor<std::chrono::seconds>(parse_rfc3339(text).value());
}
}  // namespace

TEST_CASE("the rid is the same for every worker and attempt at a slot") {
  CHECK(run::rid_of("production", "recent-listens", slot("2026-05-01T13:00:00Z")) ==
        "8a46fec7-e050-8d1e-a5e6-a3d39b7a7023");
  CHECK(run::rid_of("production", "lastfm-recent", slot("2026-05-01T13:00:00Z")) ==
        "65097f0d-62e7-8105-a43a-af299a1d1d2b");
}

TEST_CASE("the rid differs between environments, schedules and slots") {
  const std::string rid = run::rid_of("production", "news", slot("2026-05-01T13:00:00Z"));
  CHECK(rid != run::rid_of("staging", "news", slot("2026-05-01T13:00:00Z")));
  CHECK(rid != run::rid_of("production", "olds", slot("2026-05-01T13:00:00Z")));
  CHECK(rid != run::rid_of("production", "news", slot("2026-05-01T13:00:01Z")));
}
