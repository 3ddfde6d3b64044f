// SPDX-License-Identifier: Apache-2.0
// campaign NAME --size ci|nightly|release [--seed N] [--only CASE]
// Attacks the built program with real servers until something gives. Exit status 0: all promises held; 1:
// something was found, the last line shows it again; 2: it could not run.
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>

#include "campaign/campaigns.hpp"
#include "support/process.hpp"

namespace {

using prewarm::campaign::Campaign;

struct Row {
  const char* name;
  void (*run)(Campaign&);
};
constexpr Row kRows[] = {
    {"calendar", prewarm::campaign::run_calendar}, {"clock", prewarm::campaign::run_clock},
    {"failover", prewarm::campaign::run_failover}, {"inputs", prewarm::campaign::run_inputs},
    {"kill", prewarm::campaign::run_kill},         {"load", prewarm::campaign::run_load},
    {"model", prewarm::campaign::run_model},       {"network", prewarm::campaign::run_network},
    {"soak", prewarm::campaign::run_soak},         {"sqlite", prewarm::campaign::run_sqlite},
    {"torture", prewarm::campaign::run_torture}};

int refuse(const char* why) {
  std::fprintf(stderr, "campaign: %s\n", why);
  return 2;
}

int run(const prewarm::campaign::Options& options) {
  for (const Row& row : kRows) {
    if (options.campaign != row.name) continue;
    if (prewarm::testkit::find_program("redis-server").empty())
      return refuse("no redis-server.  do: apt-get install redis-server");
    Campaign campaign(options, std::filesystem::path(PREWARM_BINARY_DIR) / "campaign");
    row.run(campaign);
    return campaign.conclude();
  }
  return refuse("no campaign of that name; tests/campaign/README.md names them");
}

}  // namespace

int main(int count, char** words) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto options = prewarm::campaign::parse_options(count, words);
  if (!options) return refuse("usage: campaign NAME --size ci|nightly|release [--seed N] [--only CASE]");
  try {
    return run(*options);
  } catch (const std::exception& error) {
    return refuse(error.what());
  }
}
