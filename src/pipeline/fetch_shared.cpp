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

// True: it follows another run, whose answer will be its own. Its token is then that run's, if that is lower:
// the upstream was asked then. It may not be one at which its own last value was written.
bool FetchDesk::join(Active& active, BootTime now) {
  const schedule::FetchSpec& fetch = active.id_fetch ? *active.id_fetch : active.run().schedule->fetch;
  active.sameness = active.exchange->sameness();
  if (active.sameness.empty()) return false;
  const auto found = shared_.find(active.sameness);
  if (found == shared_.end()) return false;
  Active& leader = active_.find(found->second)->second;
  Flight& flight = *active.flight;
  const WallTime token = std::min(flight.token, leader.flight->token);
  const auto& last = flight.record.last_verified;
  if (now - leader.began > kJoins || leader.run().deadline > flight.run.deadline || (last && token <= *last))
    return false;
  flight.token = token;
  if (seams_.log.takes(Level::debug))
    seams_.log.write(shared_line({flight.run, leader.run(), fetch.display_url}, seams_.clock.wall_now()));
  leader.followers.push_back({std::move(flight), now});
  return true;
}

// What came for one is there for those who wait for it. An error is its own: they ask for themselves.
void FetchDesk::serve_followers(Active& leader, const upstream::Step& step, std::vector<Fetched>& done) {
  if (const auto mine = shared_.find(leader.sameness); mine != shared_.end() && mine->second == leader.id)
    shared_.erase(mine);
  const BootTime now = seams_.clock.boot_now();
  for (Follower& follower : std::exchange(leader.followers, {})) {
    Flight& flight = follower.flight;
    if (std::holds_alternative<Error>(step)) {
      add(std::move(flight));
      continue;
    }
    run::FetchFacts facts = leader.exchange->facts();
    facts.requests = 0;
    facts.took = std::chrono::duration_cast<Millis>(now - follower.joined);
    add_facts(flight, facts);
    flight.not_modified = std::holds_alternative<upstream::NotModified>(step);
    if (const auto* body = std::get_if<run::Body>(&step)) flight.body = copy_of(*body);
    done.emplace_back(std::move(flight));
  }
}

}  // namespace prewarm::pipeline
