// SPDX-License-Identifier: Apache-2.0
// What a worker makes of the memory limit of its container (PROMISES 8, N7).
#include <catch2/catch_test_macros.hpp>

#include "prewarm/base/memory_limit.hpp"
#include "support/temp_dir.hpp"

using namespace prewarm;

namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;

// The kernel's files about control groups, as a machine shows them.
struct Kernel {
  testkit::TempDir dir;
  Kernel& is_in(const std::string& lines) {
    dir.write("self", lines);
    return *this;
  }
  Kernel& says(const std::string& file, const std::string& text) {
    dir.write("root/" + file, text);
    return *this;
  }
  std::optional<std::uint64_t> limit() const { return memory_limit({dir / "self", dir / "root"}); }
};

}  // namespace

TEST_CASE("the memory limit is the least of the process's control group and those around it") {
  CHECK(Kernel().is_in("0::/\n").says("memory.max", "67108864\n").limit() == 64 * kMiB);
  CHECK(Kernel()
            .is_in("0::/pod/app\n")
            .says("pod/memory.max", "134217728\n")
            .says("pod/app/memory.max", "max\n")
            .limit() == 128 * kMiB);
  CHECK(Kernel()
            .is_in("0::/pod/app\n")
            .says("pod/memory.max", "134217728\n")
            .says("pod/app/memory.max", "67108864\n")
            .limit() == 64 * kMiB);
  CHECK(Kernel()
            .is_in("9:cpu,cpuacct:/pod\n4:memory:/pod\n0::/\n")
            .says("memory/pod/memory.limit_in_bytes", "268435456\n")
            .limit() == 256 * kMiB);
  // The path is the host's, the files are the container's.
  CHECK(Kernel()
            .is_in("4:memory:/docker/0a1b2c\n")
            .says("memory/memory.limit_in_bytes", "268435456\n")
            .limit() == 256 * kMiB);
}

TEST_CASE("without a limit that can be read there is none") {
  CHECK_FALSE(Kernel().limit().has_value());
  CHECK_FALSE(Kernel().is_in("0::/\n").limit().has_value());
  CHECK_FALSE(Kernel().is_in("0::/\n").says("memory.max", "max\n").limit().has_value());
  CHECK_FALSE(Kernel().is_in("0::/\n").says("memory.max", "64M\n").limit().has_value());
  CHECK_FALSE(Kernel().is_in("nonsense\n:\n").says("memory.max", "1\n").limit().has_value());
  CHECK_FALSE(Kernel()
                  .is_in("4:memory:/\n")
                  .says("memory/memory.limit_in_bytes", "9223372036854771712\n")
                  .limit()
                  .has_value());
}

TEST_CASE("bodies may have what the limit leaves, and the smallest limit that would do is known") {
  constexpr std::uint64_t kMost = 128 * kMiB;
  CHECK(body_budget(std::nullopt, kMost) == kMost);
  CHECK(body_budget(4096 * kMiB, kMost) == kMost);
  CHECK(body_budget(64 * kMiB, kMost) / kMiB == 4);
  CHECK(body_budget(32 * kMiB, kMost) == 0);
  for (const std::uint64_t bodies : {kMiB, 5 * kMiB + 1, kMost}) {
    const std::uint64_t limit = limit_for(bodies);
    CHECK(body_budget(limit, kMost) >= bodies);
    CHECK(body_budget(limit - kMiB, kMost) < bodies);
  }
}
