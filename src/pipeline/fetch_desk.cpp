// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/fetch_desk.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace prewarm::pipeline {

void FetchDesk::add(Flight flight) {
  const BootTime now = clock_.boot_now();
  auto exchange = std::make_unique<upstream::Exchange>(flight.schedule(), now, flight.run.deadline);
  active_.emplace(next_id_++, Active{std::move(flight), std::move(exchange), now});
}

// Sends what may go now; the earliest instant at which more may.
BootTime FetchDesk::send_due(BootTime now, BootTime until) {
  for (auto& [id, active] : active_) {
    if (!active.again_at) continue;
    if (*active.again_at > now) {
      until = std::min(until, *active.again_at);
      continue;
    }
    active.again_at.reset();
    fetcher_.submit(id, active.exchange->request(now));
  }
  return until;
}

std::optional<Flight> FetchDesk::settle(std::uint64_t id, Result<http::Response> result) {
  const auto found = active_.find(id);
  if (found == active_.end()) return std::nullopt;
  Active& active = found->second;
  auto step =
      active.exchange->answer(std::move(result), clock_.boot_now(), clock_.wall_now(), clock_.random());
  if (const auto* again = std::get_if<upstream::Again>(&step)) {
    active.again_at = again->at;
    return std::nullopt;
  }
  active.flight.facts = active.exchange->facts();
  if (auto* body = std::get_if<run::Body>(&step))
    active.flight.body = std::move(*body);
  else
    active.flight.error = std::move(*std::get_if<Error>(&step));
  Flight flight = std::move(active.flight);
  active_.erase(found);
  return flight;
}

std::vector<Flight> FetchDesk::turn(BootTime until) {
  std::vector<Flight> done;
  const BootTime wake = send_due(clock_.boot_now(), until);
  for (http::Transfer& transfer : fetcher_.wait(wake))
    if (auto flight = settle(transfer.id, std::move(transfer.result))) done.push_back(std::move(*flight));
  return done;
}

std::vector<Flight> FetchDesk::abandon() {
  fetcher_.cancel_all();
  std::vector<Flight> ended;
  for (auto& [id, active] : active_) {
    active.flight.facts = active.exchange->facts();
    active.flight.error = Error{ErrorKind::shutdown, "stopped while fetching", {}};
    ended.push_back(std::move(active.flight));
  }
  active_.clear();
  return ended;
}

}  // namespace prewarm::pipeline
