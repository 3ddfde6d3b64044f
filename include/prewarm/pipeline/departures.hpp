// SPDX-License-Identifier: Apache-2.0
// Where requests wait until they may leave: one that is to be tried again for its instant, and then each for
// its host, in the order in which they became due, whichever schedule they are of. A host that holds them
// back holds back nobody else's. Sends nothing itself. Owned by the fetch thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "prewarm/schedule/definition.hpp"
#include "prewarm/upstream/host_budget.hpp"

namespace prewarm::pipeline {

class Departures {
 public:
  struct Ticket {
    std::uint64_t id = 0;
    BootTime deadline{};
  };
  /// Scheme, host and port. There is one for each that a schedule names, for the life of the process.
  struct Host {
    std::string name;  // as reports may show it
    upstream::HostBudget budget{};
    std::deque<Ticket> queue{};  // due
    // Bounds of the deadlines in it.
    BootTime soonest = BootTime::max(), latest = BootTime::min();
  };
  /// It would have to wait beyond its deadline.
  struct Refused {
    std::uint64_t id = 0;
    upstream::Hold hold{};
  };
  struct Due {
    std::vector<std::uint64_t> leave;
    std::vector<Refused> refused;
    BootTime wake{};  // when to ask again, if nothing happens before
  };

  /// Looked up once a run; with the rate that holds for it now.
  Host& host_of(const schedule::FetchSpec& fetch, BootTime now);
  /// Due at `at`.
  void add(Host& host, Ticket ticket, BootTime at, BootTime now);
  /// What leaves now, counted as sent, and what never will. Valid until the next call.
  const Due& due(BootTime now);
  /// Nothing waits any more, and nothing is under way.
  void clear();

 private:
  struct Later {
    Host* host = nullptr;
    Ticket ticket;
  };
  void push(Host& host, Ticket ticket, BootTime now);
  void serve(Host& host, BootTime now);
  void refuse_late(Host& host, BootTime now);

  std::map<std::string, Host, std::less<>> hosts_;  // by origin
  std::multimap<BootTime, Later> later_;
  std::vector<Host*> busy_;  // those with a queue
  std::vector<Refused> refused_;
  Due due_;
};

/// Why it has to fail: `rate_limited` after a 429, else `deadline`.
Error no_place(const Departures::Host& host, const upstream::Hold& hold, BootTime now);

}  // namespace prewarm::pipeline
