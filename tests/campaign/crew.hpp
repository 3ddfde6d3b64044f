// SPDX-License-Identifier: Apache-2.0
// Works off many cases of a campaign, some at a time. A case is begun and ended by one thread, as servers and
// processes of the kit want it. One owner.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "campaign/campaign.hpp"

namespace prewarm::campaign {

class Crew {
 public:
  Crew(Campaign& campaign, std::size_t hands) : campaign_(campaign), hands_(hands) {}

  void add(std::string name, std::function<Findings()> body) {
    cases_.emplace_back(std::move(name), std::move(body));
  }
  /// All that were added; then their number is told.
  void run() {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < hands_; ++i)
      threads.emplace_back([this] {
        for (std::size_t at = next_++; at < cases_.size(); at = next_++)
          campaign_.run(cases_[at].first, cases_[at].second);
      });
    for (std::thread& thread : threads) thread.join();
  }

 private:
  Campaign& campaign_;
  std::size_t hands_;
  std::vector<std::pair<std::string, std::function<Findings()>>> cases_;
  std::atomic<std::size_t> next_{0};
};

}  // namespace prewarm::campaign
