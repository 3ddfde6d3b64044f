// SPDX-License-Identifier: Apache-2.0
#include "cli/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <string>

#include "cli/settings.hpp"
#include "prewarm/http/fetcher.hpp"

namespace prewarm::cli {
namespace {

// stdin to stderr, signals, the wakes of five threads, epoll and wakes of both fetchers, the store's
// connection or database with journal and lock, files of time zones and authorities, and what the starter
// left open.
constexpr std::size_t kFixed = 32;
// What a fan-out has besides: connections to its host, and as many that are about to be closed.
constexpr std::size_t kFanout = 16;
// The upstream's connection, that of a ping, and a pair for each name that is looked up.
constexpr std::size_t kPerRun = 4;

constexpr rlim_t kForPings = 16;

}  // namespace

std::size_t needed_descriptors(std::size_t runs) noexcept {
  return kFixed + kFanout + kPerRun * std::clamp<std::size_t>(runs, 1, http::FetcherSettings().max_total);
}

std::optional<schedule::Finding> claim_descriptors(std::size_t runs) {
  const rlim_t needed = needed_descriptors(runs);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) return std::nullopt;
  rlimit raised = limit;
  raised.rlim_cur = std::min(needed, limit.rlim_max);
  if (raised.rlim_cur > limit.rlim_cur && setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  if (limit.rlim_cur >= needed) return std::nullopt;
  return setting_fault(317,
                       std::to_string(limit.rlim_cur) + " descriptors are allowed and " +
                           std::to_string(needed) + " are needed",
                       "ulimit -n " + std::to_string(needed) +
                           ", LimitNOFILE= of the service, or --ulimit nofile= of the container");
}

bool can_connect() noexcept {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kForPings;
}

}  // namespace prewarm::cli
