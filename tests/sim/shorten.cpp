// SPDX-License-Identifier: Apache-2.0
// The least of a life that still shows what it shows.
#include <utility>

#include "sim/world.hpp"

namespace prewarm::sim {

std::string broken_promise(const Outcome& outcome) {
  return outcome.violations.empty()
             ? ""
             : outcome.violations.front().substr(0, outcome.violations.front().find(' '));
}

Life shortened(Life life) {
  life.telling = false;
  const Outcome whole = live(life);
  const std::string promise = broken_promise(whole);
  const auto still = [&promise](const Life& less) { return broken_promise(live(less)) == promise; };
  if (promise.empty()) return life;
  for (const std::string& fault : whole.faults) {
    Life less = life;
    less.without.insert(fault);
    if (still(less)) life = std::move(less);
  }
  for (bool shorter = true; std::exchange(shorter, false) && life.faults_for.count() > 1;) {
    Life less = life;
    less.faults_for /= 2;
    if (still(less)) life = std::move(less), shorter = true;
  }
  return life;
}

std::string command_of(const Life& life) {
  std::string command = "sim --seed " + std::to_string(life.seed);
  for (const std::string& fault : life.without) command += " --without " + fault;
  if (life.faults_for != Life().faults_for) command += " --hours " + std::to_string(life.faults_for.count());
  return command;
}

}  // namespace prewarm::sim
