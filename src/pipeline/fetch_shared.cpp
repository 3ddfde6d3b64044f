// SPDX-License-Identifier: Apache-2.0
// Runs that need what another one is being sent already: they wait for its answer.
#include <utility>

#include "pipeline/fetch_log.hpp"
#include "prewarm/base/hash.hpp"
#include "prewarm/base/json.hpp"
#include "prewarm/pipeline/fetch_desk.hpp"

namespace prewarm::pipeline {
namespace {

// An answer is as old as its request: it serves those who come this much later, no one after them.
constexpr std::chrono::seconds kJoins{1};

run::Body copy_of(const run::Body& body) {
  std::string bytes;
  bytes.reserve(body.bytes.size() + kJsonPadding);
  bytes = body.bytes;
  return {std::move(bytes), body.content_type, body.facts, body.validators, body.link};
}

}  // namespace

// Fan-outs that ask different URLs share nothing, and look for nothing to share: that would cost each id.
void FetchDesk::find_twins() {
  FanWork& last = fans_.back();
  const auto url = [](const FanWork& work) -> const std::string& {
    return work.flight.schedule().fetch.url.value.reveal();
  };
  for (FanWork& work : fans_) {
    if (&work == &last || url(work) != url(last)) continue;
    last.has_twin = true;
    if (std::exchange(work.has_twin, true)) continue;
    for (auto& [id, active] : active_)
      if (!active.flight && &*active.fan == &work && !was_sent(active))
        shared_[active.sameness = active.exchange->sameness()] = id;
  }
}

void FetchDesk::depart_or_join(Active& active, BootTime now) {
  if (active.flight || active.fan->has_twin) active.sameness = active.exchange->sameness();
  if (join(active, now)) return;
  if (!active.sameness.empty()) shared_[active.sameness] = active.id;
  departures_.add(*active.host, {active.id, active.run().deadline}, now, now);
}

// The upstream must be asked at or after the instant that the values will carry. A run of one value takes the
// other's if that is lower, but not one at which its own last value was written; a fan-out, which may have
// written with its own already, follows only what has left since it came here.
bool FetchDesk::may_follow(const Active& active, const Active& leader, BootTime now) const {
  if (now - leader.began > kJoins || leader.run().deadline > active.run().deadline) return false;
  if (!active.flight) return !was_sent(leader) || leader.sent_at >= active.fan->entered;
  const auto& last = active.flight->record.last_verified;
  return !last || std::min(active.flight->token, leader.of().token) > *last;
}

// True: it follows another exchange, whose answer will be its own.
bool FetchDesk::join(Active& active, BootTime now) {
  if (active.sameness.empty()) return false;
  const auto found = shared_.find(active.sameness);
  if (found == shared_.end()) return false;
  Active& leader = active_.find(found->second)->second;
  if (!may_follow(active, leader, now)) return false;
  if (active.flight) active.flight->token = std::min(active.flight->token, leader.of().token);
  if (seams_.log.takes(Level::debug))
    seams_.log.write(
        shared_line({active.run(), leader.run(), active.fetch().display_url}, seams_.clock.wall_now()));
  leader.followers.push_back(active.id);
  return true;
}

// What came for one is there for those who wait for it. An error is its own: they ask for themselves.
void FetchDesk::serve_followers(Active& leader, const upstream::Step& step, std::vector<Fetched>& done) {
  if (leader.sameness.empty()) return;
  if (const auto mine = shared_.find(leader.sameness); mine != shared_.end() && mine->second == leader.id)
    shared_.erase(mine);
  const BootTime now = seams_.clock.boot_now();
  for (const std::uint64_t id : leader.followers) {
    const auto at = active_.find(id);
    if (std::holds_alternative<Error>(step)) {
      depart_or_join(at->second, now);
      continue;
    }
    const auto ended = active_.extract(at);
    run::FetchFacts facts = leader.exchange->facts();
    facts.requests = 0;
    facts.took = std::chrono::duration_cast<Millis>(now - ended.mapped().began);
    const auto* body = std::get_if<run::Body>(&step);
    settle(ended.mapped(), body != nullptr ? upstream::Step(copy_of(*body)) : upstream::NotModified{}, facts,
           done);
  }
}

}  // namespace prewarm::pipeline
