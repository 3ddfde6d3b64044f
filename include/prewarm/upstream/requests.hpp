// SPDX-License-Identifier: Apache-2.0
// The requests of a schedule: URL with the query appended, headers with defaults, body. One without fan-out;
// with it one for each batch of ids, and one more where the ids come from a URL. Sends nothing. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "prewarm/base/id_list.hpp"
#include "prewarm/http/fetcher.hpp"
#include "prewarm/run/run.hpp"
#include "prewarm/schedule/definition.hpp"

namespace prewarm::upstream {

/// Without fan-out; shared by runs and `check --online`.
http::Request build_request(const schedule::Schedule& schedule);
/// 8 hex digits over all that makes a value of an answer: the definition, what its variables held, this
/// version of the program. What the upstream called a state then means the same value only while they are the
/// same. Too short to tell a secret by.
std::string made_by(const schedule::Schedule& schedule);
/// Whether its requests may be conditional: a GET that does not set such headers itself, and the schedule
/// does not forbid it.
bool may_be_conditional(const schedule::FetchSpec& fetch);

/// Ids [first, first + count) of a run's list.
struct IdRange {
  std::size_t first = 0, count = 0;
};
/// How many requests ask for so many ids.
std::size_t request_count(const schedule::FanoutSpec& fanout, std::size_t ids) noexcept;
/// Which ids the `number`-th of them asks for, counted from 0. ENSURE: number < request_count.
IdRange ids_of(const schedule::FanoutSpec& fanout, std::size_t ids, std::size_t number) noexcept;

/// Makes the requests of a fan-out: what is the same in all of them is made once.
class FanoutRequests {
 public:
  /// `schedule` has a fan-out and, with batch 1, `{id}` in its URL as filled. ENSURE.
  explicit FanoutRequests(const schedule::Schedule& schedule);
  /// `{id}` in the URL filled, or the parameter with the ids appended to the query. Ids are encoded but for
  /// the unreserved characters of RFC 3986, alike in path and query. ENSURE: the range is in the list and is
  /// one id where the batch is 1.
  http::Request of(const IdList& ids, IdRange range) const;

 private:
  http::Request common_;   // all but the URL
  bool one_each_;          // batch 1
  Secret before_, after_;  // of the URL around {id}; or up to the first id, and nothing
  std::string between_;    // two ids of a batch
};

/// How the ids are fetched: by the rules of `fetch` (timeout, retries, sizes, CA), but with a URL and headers
/// of their own; a GET without query, body or `expect`. Made once a run, for its request and its exchange.
schedule::FetchSpec id_fetch(const schedule::Schedule& schedule, const schedule::UrlIds& source);
/// The request for the ids themselves.
http::Request build_request(const schedule::Schedule& schedule, const schedule::UrlIds& source);

}  // namespace prewarm::upstream
