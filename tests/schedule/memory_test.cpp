// SPDX-License-Identifier: Apache-2.0
// Bodies and the memory of the process that is to hold them (PROMISES 8, N7).
#include <catch2/catch_test_macros.hpp>

#include "schedule/load.hpp"

using namespace prewarm::schedule;

namespace {

std::string summary_of(const std::string& max_bytes, std::optional<std::uint64_t> memory_limit) {
  test::World world;
  world.memory_limit = memory_limit;
  return test::summary(test::load_text(R"({"schedule":"*/5 * * * *","fetch":{"url":"https://a.example/")" +
                                           max_bytes + R"(},"store":{"version":1}})",
                                       world));
}

constexpr std::uint64_t kMiB = 1ULL << 20;

}  // namespace

TEST_CASE("a body that does not fit into the memory of the process is refused, with what would fit") {
  CHECK(summary_of(R"(,"maxBytes":"64MiB")", std::nullopt).empty());
  CHECK(summary_of(R"(,"maxBytes":"64MiB")", 512 * kMiB).empty());
  CHECK(summary_of(R"(,"maxBytes":"8MiB")", 64 * kMiB) ==
        "1:74 PW106 /fetch/maxBytes | \"4MiB\", or a memory limit of at least 80MiB");
  CHECK(summary_of(R"(,"maxBytes":"8MiB")", 80 * kMiB).empty());
  CHECK_FALSE(summary_of(R"(,"maxBytes":"8MiB")", 79 * kMiB).empty());
}

TEST_CASE("where not even the default fits, the memory alone is to blame") {
  CHECK(summary_of("", 64 * kMiB).empty());
  CHECK(summary_of("", 48 * kMiB) == "1:35 PW106 /fetch/maxBytes | a memory limit of at least 50MiB");
}
