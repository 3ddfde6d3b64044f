// SPDX-License-Identifier: Apache-2.0
#include "prewarm/base/memory_limit.hpp"

#include <charconv>
#include <fstream>
#include <sstream>
#include <string>

namespace prewarm {
namespace {

// Version 1 says "no limit" as the largest number of whole pages.
constexpr std::uint64_t kNoLimit = 1ULL << 56;

std::optional<std::uint64_t> limit_in(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string text;
  if (!(stream >> text)) return std::nullopt;
  std::uint64_t bytes = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, bytes);
  if (error != std::errc() || stop != end || bytes >= kNoLimit) return std::nullopt;  // "max" too
  return bytes;
}

void take_least(std::optional<std::uint64_t>& least, std::optional<std::uint64_t> other) {
  if (other && (!least || *other < *least)) least = other;
}

// Of a group and those around it. A container may see its own group as the root, whatever its path says.
std::optional<std::uint64_t> least_limit(const std::filesystem::path& root,
                                         const std::filesystem::path& group, const char* file) {
  std::optional<std::uint64_t> least = limit_in(root / file);
  std::filesystem::path here = root;
  for (const auto& part : group.relative_path()) take_least(least, limit_in((here /= part) / file));
  return least;
}

bool names(std::string_view controllers, std::string_view wanted) {
  std::istringstream list{std::string(controllers)};
  for (std::string name; std::getline(list, name, ',');)
    if (name == wanted) return true;
  return false;
}

}  // namespace

std::optional<std::uint64_t> memory_limit(const ControlGroups& groups) {
  std::optional<std::uint64_t> least;
  std::ifstream lines(groups.own);
  for (std::string line; std::getline(lines, line);) {  // "0::/pod/app" or "4:memory:/pod/app"
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (controllers.empty())
      take_least(least, least_limit(groups.root, group, "memory.max"));
    else if (names(controllers, "memory"))
      take_least(least, least_limit(groups.root / "memory", group, "memory.limit_in_bytes"));
  }
  return least;
}

}  // namespace prewarm
