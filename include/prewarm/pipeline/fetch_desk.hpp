// SPDX-License-Identifier: Apache-2.0
// The fetch stage: many exchanges at once over one Fetcher. Takes flights, sends their requests, sends again
// what may be tried again, and gives back each flight with a body or an error. No thread of its own. Owned by
// the fetch thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "prewarm/base/log.hpp"
#include "prewarm/pipeline/flow.hpp"
#include "prewarm/upstream/exchange.hpp"

namespace prewarm::pipeline {

class FetchDesk {
 public:
  /// All three outlive the desk. Each attempt leaves a line `fetch.attempt` for those who debug.
  FetchDesk(http::Fetcher& fetcher, Clock& clock, Log& log) : fetcher_(fetcher), clock_(clock), log_(log) {}

  void add(Flight flight);
  /// Waits until an exchange ended, `until` is reached or the fetcher was woken; the flights that are done.
  std::vector<Flight> turn(BootTime until);
  /// Ends every exchange now; the flights come back with error `shutdown`.
  std::vector<Flight> abandon();
  bool idle() const noexcept { return active_.empty(); }

 private:
  struct Active {
    Flight flight;
    std::unique_ptr<upstream::Exchange> exchange;
    std::optional<BootTime> again_at;  // waiting for its next attempt
    BootTime sent_at{};
  };
  BootTime send_due(BootTime now, BootTime until);
  void log_attempt(const Active& active, const upstream::Step& step, std::optional<ErrorKind> fault);
  std::optional<Flight> settle(std::uint64_t id, Result<http::Response> result);

  http::Fetcher& fetcher_;
  Clock& clock_;
  Log& log_;
  std::map<std::uint64_t, Active> active_;
  std::uint64_t next_id_ = 1;
};

}  // namespace prewarm::pipeline
