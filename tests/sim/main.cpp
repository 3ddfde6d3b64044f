// SPDX-License-Identifier: Apache-2.0
// sim [--seed N | --first N --seeds N [--jobs N]] [--require N] [--without FAULT]... [--hours N] [--plant N]
//     [--verbose] [--tell]
// Lives worlds, with --jobs in so many processes. --require: each rare situation must come up so often.
// Exit status 0: all promises held; 1: one was broken, and the last line is the command that shows it again,
// with what does not matter left out; or a situation did not come up often enough; 2: wrong usage.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "prewarm/base/planted.hpp"
#include "sim/situations.hpp"
#include "sim/world.hpp"

namespace {

using prewarm::sim::Life;
using prewarm::sim::Outcome;

struct Arguments {
  std::uint64_t first = 1, seeds = 100, jobs = 1, require = 0;
  int fault = 0;
  bool verbose = false;
  Life life;  // all but the seed
};

// What one process, or all of them, came to.
struct Sum {
  std::uint64_t lived = 0, turns = 0;
  std::map<std::string, std::uint64_t> situations;
  bool failed = false;
};

void add(Sum& sum, const Outcome& outcome) {
  ++sum.lived;
  sum.turns += outcome.turns;
  for (const auto& [name, times] : outcome.situations) sum.situations[name] += times;
}

void show(const Arguments& arguments, const Life& life, const Outcome& outcome) {
  for (const std::string& violation : outcome.violations) std::printf("%s\n", violation.c_str());
  const std::string plant = arguments.fault != 0 ? " --plant " + std::to_string(arguments.fault) : "";
  std::printf("%s%s\n", prewarm::sim::command_of(prewarm::sim::shortened(life)).c_str(), plant.c_str());
}

// Every `jobs`-th seed from the first on.
Sum live(const Arguments& arguments, std::uint64_t job) {
  auto told = std::chrono::steady_clock::now();
  Sum sum;
  for (std::uint64_t seed = arguments.first + job; seed < arguments.first + arguments.seeds;
       seed += arguments.jobs) {
    Life life = arguments.life;
    life.seed = seed;
    auto outcome = prewarm::sim::live(life);
    if (seed % 50 == 0 && prewarm::sim::live(life).trace != outcome.trace)
      outcome.violations.emplace_back("replay: two lives of this seed differ");
    add(sum, outcome);
    if (!outcome.violations.empty()) {
      show(arguments, life, outcome);
      sum.failed = true;
      return sum;
    }
    if (const auto now = std::chrono::steady_clock::now(); now - told > std::chrono::seconds(10)) {
      told = now;
      std::fprintf(stderr, "sim: %llu seeds\n", static_cast<unsigned long long>(sum.lived));
    }
  }
  return sum;
}

void write_sum(const Sum& sum, std::FILE* to) {
  std::fprintf(to, "%llu %llu\n", static_cast<unsigned long long>(sum.lived),
               static_cast<unsigned long long>(sum.turns));
  for (const auto& [name, times] : sum.situations)
    std::fprintf(to, "%s %llu\n", name.c_str(), static_cast<unsigned long long>(times));
  std::fflush(to);
}

void read_sum(std::FILE* from, Sum& sum) {
  std::rewind(from);
  unsigned long long lived = 0, turns = 0, times = 0;
  if (std::fscanf(from, "%llu %llu", &lived, &turns) == 2) sum.lived += lived, sum.turns += turns;
  char name[100];
  while (std::fscanf(from, "%99s %llu", name, &times) == 2) sum.situations[name] += times;
}

Sum in_processes(const Arguments& arguments) {
  if (arguments.jobs == 1) return live(arguments, 0);
  struct Child {
    pid_t pid;
    std::FILE* result;
  };
  std::vector<Child> children;
  for (std::uint64_t job = 0; job < arguments.jobs; ++job) {
    std::FILE* const result = std::tmpfile();
    std::fflush(nullptr);
    const pid_t pid = result == nullptr ? -1 : fork();
    if (pid == 0) {
      const Sum sum = live(arguments, job);
      write_sum(sum, result);
      std::exit(sum.failed ? 1 : 0);
    }
    children.push_back({pid, result});
  }
  Sum all;
  for (const Child& child : children) {
    int status = 0;
    const bool ended = child.pid > 0 && waitpid(child.pid, &status, 0) == child.pid;
    all.failed = all.failed || !ended || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    if (child.result == nullptr) continue;
    read_sum(child.result, all);
    std::fclose(child.result);
  }
  return all;
}

bool all_reached(const Sum& sum, std::uint64_t times) {
  bool all = true;
  for (const std::string_view name : prewarm::sim::situations()) {
    const auto found = sum.situations.find(std::string(name));
    const std::uint64_t reached = found == sum.situations.end() ? 0 : found->second;
    if (reached >= times) continue;
    all = false;
    std::printf("sim: %.*s came up %llu times, not %llu\n", static_cast<int>(name.size()), name.data(),
                static_cast<unsigned long long>(reached), static_cast<unsigned long long>(times));
  }
  return all;
}

std::optional<Arguments> parse(int count, char** words) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--verbose") {
      arguments.verbose = true;
      continue;
    }
    if (word == "--tell") {
      arguments.life.telling = true;
      continue;
    }
    if (++i == count) return std::nullopt;
    const std::uint64_t value = std::strtoull(words[i], nullptr, 10);
    if (word == "--seed")
      arguments.first = value, arguments.seeds = 1;
    else if (word == "--first")
      arguments.first = value;
    else if (word == "--seeds")
      arguments.seeds = value;
    else if (word == "--jobs" && value > 0)
      arguments.jobs = value;
    else if (word == "--require")
      arguments.require = value;
    else if (word == "--without")
      arguments.life.without.insert(words[i]);
    else if (word == "--hours")
      arguments.life.faults_for = std::chrono::hours(value);
    else if (word == "--plant")
      arguments.fault = static_cast<int>(value);
    else
      return std::nullopt;
  }
  return arguments;
}

int run(const Arguments& arguments) {
  const auto began = std::chrono::steady_clock::now();
  const Sum sum = in_processes(arguments);
  if (sum.failed) return 1;
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (arguments.verbose)
    for (const auto& [name, times] : sum.situations)
      std::printf("  %10llu %s\n", static_cast<unsigned long long>(times), name.c_str());
  if (!all_reached(sum, arguments.require)) return 1;
  std::printf(
      "sim: %llu seeds of 24 h, %llu turns, %zu situations, %.1f s, %.1f seeds/s: no promise broken\n",
      static_cast<unsigned long long>(sum.lived), static_cast<unsigned long long>(sum.turns),
      sum.situations.size(), took, static_cast<double>(sum.lived) / took);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  const auto arguments = parse(count, words);
  if (!arguments)
    return std::fprintf(stderr,
                        "usage: sim [--seed N | --first N --seeds N [--jobs N]] [--require N] "
                        "[--without FAULT]... [--hours N] [--plant N] [--verbose] [--tell]\n"),
           2;
#ifdef PREWARM_PLANTS
  prewarm::plant(static_cast<prewarm::Plant>(arguments->fault));
#else
  if (arguments->fault != 0)
    return std::fprintf(stderr, "sim: this build holds no planted faults; one of preset dev does\n"), 2;
#endif
  return run(*arguments);
}
