// SPDX-License-Identifier: Apache-2.0
// The query of `GET /v1/users` as the reference describes it: which parameters there are, what they may be,
// and the errors in Clerk's form. Unknown parameters are passed over; documented ones that this imitation
// does not understand are said to be so, lest a test believes what was never looked at. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "support/answer.hpp"

namespace prewarm::testkit {

inline constexpr std::size_t kClerkMostIds = 100;  // user_id in one request

struct ClerkQuery {
  std::vector<std::string> with, without;  // ids; `user_id` repeated, `-` in front for the latter
  std::size_t limit = 10, offset = 0;
  std::string starting_after{};
  bool oldest_first = false;  // order_by=+created_at
};

/// {"errors":[{…}],"clerk_trace_id":…}; `parameter` in `meta` unless it is empty.
Answer clerk_error(int status, const std::string& code, const std::string& message,
                   const std::string& parameter = {});

/// How many ids a query names, sound or not.
std::size_t clerk_ids_in(const std::string& query);
/// The query, or what the API answers instead.
std::variant<ClerkQuery, Answer> read_clerk_query(const std::string& query);

}  // namespace prewarm::testkit
