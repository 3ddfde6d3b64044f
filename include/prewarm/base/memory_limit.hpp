// SPDX-License-Identifier: Apache-2.0
// How much memory the process may have, and how much of that bodies may take, so that a worker in a small
// container refuses what does not fit instead of being killed for it (PROMISES 8, N7). The arithmetic is
// pure. Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace prewarm {

/// Where the kernel tells of control groups.
struct ControlGroups {
  std::filesystem::path own = "/proc/self/cgroup";
  std::filesystem::path root = "/sys/fs/cgroup";
};
/// The least memory limit, in bytes, of the groups that the process is in and of those around them (version 2
/// and version 1). Nothing: there is none, or nothing tells of one.
std::optional<std::uint64_t> memory_limit(const ControlGroups& groups = {});

/// Bytes that all bodies together may have under a memory limit; without one `most`, and never more.
std::uint64_t body_budget(std::optional<std::uint64_t> limit, std::uint64_t most) noexcept;
/// The least limit under which bodies may have so many bytes.
std::uint64_t limit_for(std::uint64_t bodies) noexcept;

}  // namespace prewarm
