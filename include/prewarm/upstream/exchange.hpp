// SPDX-License-Identifier: Apache-2.0
// One request's talk with its upstream: what to send, and what each answer means: done, again later, or
// failed. Statuses, charset, Retry-After, full-jitter back-off, the run's deadline (SURFACE 4 `fetch`, 7).
// Sends nothing itself. Pure; owned by the fetch thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "prewarm/http/fetcher.hpp"
#include "prewarm/run/run.hpp"

namespace prewarm::upstream {

/// Try again at this instant, with `Exchange::request`.
struct Again {
  BootTime at;
};
/// 304: the state that the request named is still the upstream's.
struct NotModified {};
using Step = std::variant<run::Body, NotModified, Again, Error>;

class Exchange {
 public:
  /// `fetch` outlives the exchange (the run holds its schedule); it says how often and how long. No attempt
  /// lasts beyond `deadline`.
  Exchange(const schedule::FetchSpec& fetch, http::Request request, BootTime now, BootTime deadline);
  /// The request asks for what is newer than this state. A 304 that names another state is not believed: the
  /// next attempt, at once, asks for whatever is there.
  void ask_since(run::Validators validators);

  /// The next attempt's request; its timeout is what `fetch.timeout` and the deadline leave. It stays as it
  /// is until the attempt after it.
  std::shared_ptr<const http::Request> request(BootTime now);
  /// What follows from the answer. `wall` is for a Retry-After date without a Date beside it; `random` is 64
  /// uniform bits for the jitter. An Error ends the fetch; its message counts the attempts.
  Step answer(Result<http::Response> result, BootTime now, WallTime wall, std::uint64_t random);
  /// The same text for exchanges of which one's answer would be the other's: what they send, and how long
  /// they would wait, are the same. Empty: such an answer is its own (POST).
  std::string sameness() const;
  /// Kept up to date with every request and answer, so true also after a failure.
  const run::FetchFacts& facts() const noexcept { return facts_; }

 private:
  Step failed(Error error, std::optional<Millis> patience, BootTime now, std::uint64_t random);
  std::string counted(const std::string& message) const;

  const schedule::FetchSpec& fetch_;
  std::shared_ptr<http::Request> request_;
  Millis timeout_;  // of an attempt for which there is time
  BootTime began_, deadline_;
  run::FetchFacts facts_;
  std::string last_message_;
  bool all_alike_ = true;   // every attempt failed in the same way
  bool cut_short_ = false;  // the deadline left the attempt less than `fetch.timeout`
};

/// Seconds or any of the three HTTP dates of RFC 9110; nothing when unparsable. Never negative, at most 10
/// years.
std::optional<Millis> parse_retry_after(std::string_view text, WallTime now);

}  // namespace prewarm::upstream
