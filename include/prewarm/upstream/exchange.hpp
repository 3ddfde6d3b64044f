// SPDX-License-Identifier: Apache-2.0
// One run's talk with its upstream: which request to send, and what each answer means: done, again later, or
// failed. Statuses, charset, Retry-After, full-jitter back-off, the run's deadline (SURFACE 4 `fetch`, 7).
// Sends nothing itself. Pure; owned by the fetch thread.
#pragma once

#include <optional>
#include <variant>

#include "prewarm/http/fetcher.hpp"
#include "prewarm/run/run.hpp"

namespace prewarm::upstream {

/// Try again at this instant, with `Exchange::request`.
struct Again {
  BootTime at;
};
using Step = std::variant<run::Body, Again, Error>;

class Exchange {
 public:
  /// `schedule` outlives the exchange (the run holds it). No attempt lasts beyond `deadline`.
  Exchange(const schedule::Schedule& schedule, BootTime now, BootTime deadline);

  /// The next attempt's request; its timeout is what `fetch.timeout` and the deadline leave.
  http::Request request(BootTime now);
  /// What follows from the answer. `random` is 64 uniform bits for the jitter.
  Step answer(Result<http::Response> result, BootTime now, std::uint64_t random);
  const run::FetchFacts& facts() const noexcept { return facts_; }

 private:
  Step failed(Error error, std::optional<Millis> not_before, BootTime now, std::uint64_t random);

  const schedule::Schedule& schedule_;
  BootTime began_, deadline_;
  run::FetchFacts facts_;
};

/// URL with the query appended, headers with defaults, body; shared by fetches and `check --online`.
http::Request build_request(const schedule::Schedule& schedule);
/// Seconds or any of the three HTTP dates of RFC 9110; nothing when unparsable. Never negative, at most 10
/// years.
std::optional<Millis> parse_retry_after(std::string_view text, WallTime now);

}  // namespace prewarm::upstream
