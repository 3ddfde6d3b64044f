// SPDX-License-Identifier: Apache-2.0
// What an answer's headers say of how often its host may be asked. Hints, from whoever answers: what does not
// parse says nothing, and what is absurd is cut to `kLongestWait`. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "prewarm/base/clock.hpp"
#include "prewarm/http/fetcher.hpp"

namespace prewarm::upstream {

/// No header of one answer holds a host longer.
inline constexpr Millis kLongestWait{15 * 60 * 1000};

/// Requests that are left until the count begins anew, and how long that is, 0 to kLongestWait.
struct Quota {
  std::int64_t left = 0;
  Millis resets_in{};
  friend bool operator==(const Quota&, const Quota&) = default;
};

/// Of the pairs (X-)RateLimit-Remaining with X-RateLimit-Reset-In or (X-)RateLimit-Reset, else of RateLimit
/// (draft-ietf-httpapi-ratelimit-headers: `"default";r=50;t=30`, of several policies the one that leaves the
/// fewest; and draft 7's `remaining=50, reset=30`). A reset may be seconds, an instant of Unix time or an
/// HTTP date; instants are taken by the answer's Date, else by `wall`. Nothing unless both are there.
std::optional<Quota> quota_of(const http::ResponseHeaders& headers, WallTime wall);
/// The reset alone, without the number that is left.
std::optional<Millis> reset_of(const http::ResponseHeaders& headers, WallTime wall);
/// Retry-After, by the answer's Date where it has one. Not cut.
std::optional<Millis> retry_after_of(const http::ResponseHeaders& headers, WallTime wall);

}  // namespace prewarm::upstream
