// SPDX-License-Identifier: Apache-2.0
// sim [--seed N | --first N --seeds N] [--plant N] [--verbose] [--tell]
// Lives worlds. Exit status 0: all promises held; 1: the first seed that broke one, with the command that
// shows it again.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "prewarm/base/planted.hpp"
#include "sim/world.hpp"

namespace {

void print(const prewarm::sim::Outcome& outcome) {
  for (const auto& [name, count] : outcome.situations)
    std::printf("  %10llu %s\n", static_cast<unsigned long long>(count), name.c_str());
}

}  // namespace

int main(int count, char** words) {
  std::uint64_t first = 1, seeds = 100;
  bool verbose = false, telling = false;
  int fault = 0;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const bool valued = i + 1 < count;
    if (word == "--seed" && valued)
      first = std::strtoull(words[++i], nullptr, 10), seeds = 1;
    else if (word == "--first" && valued)
      first = std::strtoull(words[++i], nullptr, 10);
    else if (word == "--seeds" && valued)
      seeds = std::strtoull(words[++i], nullptr, 10);
    else if (word == "--verbose")
      verbose = true;
    else if (word == "--plant" && valued)
      fault = std::atoi(words[++i]);
    else if (word == "--tell")
      telling = true;
    else
      return std::fprintf(stderr,
                          "usage: sim [--seed N | --first N --seeds N] [--plant N] [--verbose] [--tell]\n"),
             2;
  }
#ifdef PREWARM_PLANTS
  prewarm::plant(static_cast<prewarm::Plant>(fault));
#else
  if (fault != 0)
    return std::fprintf(stderr, "sim: this build holds no planted faults; the preset dev does\n"), 2;
#endif
  const auto began = std::chrono::steady_clock::now();
  prewarm::sim::Outcome sum;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    auto outcome = prewarm::sim::live(seed, telling);
    if (seed % 50 == 0 && prewarm::sim::live(seed).trace != outcome.trace)
      outcome.violations.emplace_back("replay: two lives of this seed differ");
    for (const auto& [name, times] : outcome.situations) sum.situations[name] += times;
    sum.turns += outcome.turns;
    if (outcome.violations.empty()) continue;
    for (const std::string& violation : outcome.violations) std::printf("%s\n", violation.c_str());
    std::printf("sim --seed %llu\n", static_cast<unsigned long long>(seed));
    return 1;
  }
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (verbose) print(sum);
  std::printf("sim: %llu seeds of 24 h, %llu turns, %.1f s, %.1f seeds/s: no promise broken\n",
              static_cast<unsigned long long>(seeds), static_cast<unsigned long long>(sum.turns), took,
              static_cast<double>(seeds) / took);
  return 0;
}
