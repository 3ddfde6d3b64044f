// SPDX-License-Identifier: Apache-2.0
// A host has one budget, whoever asks it: what the schedules say of one origin is brought together here, once
// and for the whole catalog, so that it does not matter which of them runs first, or at all.
#include <algorithm>
#include <map>

#include "draft.hpp"

namespace prewarm::schedule {
namespace {

// Fewer a second. No overflow: a million times an hour in milliseconds.
bool is_lower(const Rate& a, const Rate& b) { return a.count * b.per.count() < b.count * a.per.count(); }

void narrow(Rate& into, const Rate& by) {
  const std::int64_t burst = std::min(into.burst, by.burst);
  if (is_lower(by, into)) into = by;
  into.burst = burst;
}

}  // namespace

void share_rates(const std::vector<std::unique_ptr<Draft>>& drafts) {
  std::map<std::string_view, Rate> strictest;
  for (const auto& draft : drafts) {
    const FetchSpec& fetch = draft->schedule.fetch;
    if (!fetch.rate || fetch.origin.empty()) continue;
    const auto [at, first] = strictest.emplace(fetch.origin.reveal(), *fetch.rate);
    if (!first) narrow(at->second, *fetch.rate);
  }
  const auto take = [&strictest](const Secret& origin, std::optional<Rate>& rate) {
    if (const auto found = strictest.find(origin.reveal()); found != strictest.end()) rate = found->second;
  };
  for (const auto& draft : drafts) {
    take(draft->schedule.fetch.origin, draft->schedule.fetch.rate);
    auto& fanout = draft->schedule.fanout;
    if (auto* ids = fanout ? std::get_if<UrlIds>(&fanout->ids) : nullptr) take(ids->origin, ids->rate);
  }
}

}  // namespace prewarm::schedule
