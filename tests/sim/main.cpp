// SPDX-License-Identifier: Apache-2.0
// sim [--seed N | --first N --seeds N [--jobs N]] [--plant N] [--verbose] [--tell]
// Lives worlds, with --jobs in so many processes. Exit status 0: all promises held; 1: one was broken, and
// the last line is the command that shows it again.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "prewarm/base/planted.hpp"
#include "sim/world.hpp"

namespace {

struct Arguments {
  std::uint64_t first = 1, seeds = 100, jobs = 1;
  int fault = 0;
  bool verbose = false, telling = false;
};

void print(const prewarm::sim::Outcome& outcome) {
  for (const auto& [name, count] : outcome.situations)
    std::printf("  %10llu %s\n", static_cast<unsigned long long>(count), name.c_str());
}

// Every `jobs`-th seed from the first on.
int live(const Arguments& arguments, std::uint64_t job) {
  const auto began = std::chrono::steady_clock::now();
  auto told = began;
  prewarm::sim::Outcome sum;
  std::uint64_t lived = 0;
  for (std::uint64_t seed = arguments.first + job; seed < arguments.first + arguments.seeds;
       seed += arguments.jobs) {
    auto outcome = prewarm::sim::live(seed, arguments.telling);
    if (seed % 50 == 0 && prewarm::sim::live(seed).trace != outcome.trace)
      outcome.violations.emplace_back("replay: two lives of this seed differ");
    for (const auto& [name, times] : outcome.situations) sum.situations[name] += times;
    sum.turns += outcome.turns;
    ++lived;
    if (!outcome.violations.empty()) {
      for (const std::string& violation : outcome.violations) std::printf("%s\n", violation.c_str());
      std::printf("%ssim --seed %llu\n", arguments.fault != 0 ? "planted: " : "",
                  static_cast<unsigned long long>(seed));
      return 1;
    }
    if (const auto now = std::chrono::steady_clock::now(); now - told > std::chrono::seconds(10)) {
      told = now;
      std::fprintf(stderr, "sim: %llu seeds\n", static_cast<unsigned long long>(lived));
    }
  }
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (arguments.verbose) print(sum);
  std::printf("sim: %llu seeds of 24 h, %llu turns, %.1f s, %.1f seeds/s: no promise broken\n",
              static_cast<unsigned long long>(lived), static_cast<unsigned long long>(sum.turns), took,
              static_cast<double>(lived) / took);
  return 0;
}

int in_processes(const Arguments& arguments) {
  if (arguments.jobs == 1) return live(arguments, 0);
  std::vector<pid_t> children;
  for (std::uint64_t job = 0; job < arguments.jobs; ++job) {
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child < 0) return 2;
    if (child == 0) std::exit(live(arguments, job));
    children.push_back(child);
  }
  int worst = 0;
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    worst = std::max(worst, WIFEXITED(status) ? WEXITSTATUS(status) : 1);
  }
  return worst;
}

}  // namespace

int main(int count, char** words) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const std::uint64_t value = i + 1 < count ? std::strtoull(words[i + 1], nullptr, 10) : 0;
    if (word == "--seed" && i + 1 < count)
      arguments.first = value, arguments.seeds = 1, ++i;
    else if (word == "--first" && i + 1 < count)
      arguments.first = value, ++i;
    else if (word == "--seeds" && i + 1 < count)
      arguments.seeds = value, ++i;
    else if (word == "--jobs" && value > 0)
      arguments.jobs = value, ++i;
    else if (word == "--plant" && i + 1 < count)
      arguments.fault = static_cast<int>(value), ++i;
    else if (word == "--verbose")
      arguments.verbose = true;
    else if (word == "--tell")
      arguments.telling = true;
    else
      return std::fprintf(
                 stderr,
                 "usage: sim [--seed N | --first N --seeds N [--jobs N]] [--plant N] [--verbose] [--tell]\n"),
             2;
  }
#ifdef PREWARM_PLANTS
  prewarm::plant(static_cast<prewarm::Plant>(arguments.fault));
#else
  if (arguments.fault != 0)
    return std::fprintf(stderr, "sim: this build holds no planted faults; one of preset dev does\n"), 2;
#endif
  return in_processes(arguments);
}
