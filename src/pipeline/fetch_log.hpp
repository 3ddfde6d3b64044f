// SPDX-License-Identifier: Apache-2.0
// The log lines of the fetch stage. Of a URL they show scheme, host and the path as the file writes it:
// neither a query nor what a variable filled in. Pure.
#pragma once

#include <optional>

#include "prewarm/base/log.hpp"
#include "prewarm/pipeline/departures.hpp"
#include "prewarm/run/run.hpp"
#include "prewarm/upstream/exchange.hpp"

namespace prewarm::pipeline {

struct Attempt {
  const run::Run& run;
  const std::string& url;  // as shown
  const run::FetchFacts& facts;
  std::optional<ErrorKind> fault;
  BootClock::duration took{};
  std::optional<BootClock::duration> retry_in{};
};
/// `fetch.attempt`, for those who debug.
LogLine attempt_line(const Attempt& attempt, WallTime now);

struct Shared {
  const run::Run& run;
  const run::Run& with;    // whose request serves both
  const std::string& url;  // as shown
};
/// `fetch.shared`, for those who debug: no request of its own.
LogLine shared_line(const Shared& shared, WallTime now);

struct Held {
  const run::Run& run;  // an answer to it began the hold
  const std::string& host;
  upstream::Hold hold{};
  BootClock::duration wait{};
};
/// `fetch.held`: requests to a host are kept back, all of them or for a while.
LogLine held_line(const Held& held, WallTime now);

}  // namespace prewarm::pipeline
