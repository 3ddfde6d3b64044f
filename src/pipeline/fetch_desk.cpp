// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/fetch_desk.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace prewarm::pipeline {

void FetchDesk::add(Flight flight) {
  const BootTime now = clock_.boot_now();
  auto exchange = std::make_unique<upstream::Exchange>(flight.schedule(), now, flight.run.deadline);
  active_.emplace(next_id_++, Active{std::move(flight), std::move(exchange), now, now});
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
    active.sent_at = now;
    fetcher_.submit(id, active.exchange->request(now));
  }
  return until;
}

// Scheme, host and the path as the file writes it: neither a query nor what a variable filled in.
void FetchDesk::log_attempt(const Active& active, const upstream::Step& step,
                            std::optional<ErrorKind> fault) {
  const run::FetchFacts& facts = active.exchange->facts();
  const schedule::Schedule& schedule = active.flight.schedule();
  const BootTime now = clock_.boot_now();
  const auto millis = [](BootClock::duration time) {
    return static_cast<std::int64_t>(std::chrono::duration_cast<Millis>(time).count());
  };
  if (const auto* error = std::get_if<Error>(&step)) fault = error->kind;
  const std::string number = std::to_string(facts.attempts);
  LogLine line{clock_.wall_now(), Level::debug, "fetch.attempt", schedule.name + " attempt " + number, {}};
  line.fields = {{"schedule", schedule.name},
                 {"run_id", active.flight.run.run_id},
                 {"attempt", static_cast<std::int64_t>(facts.attempts)},
                 {"url", schedule.fetch.display_url}};
  if (facts.http_status != 0) line.fields.push_back({"status", static_cast<std::int64_t>(facts.http_status)});
  if (fault) line.fields.push_back({"code", code_text(code_of(*fault))});
  line.fields.push_back({"duration_ms", millis(now - active.sent_at)});
  if (const auto* again = std::get_if<upstream::Again>(&step))
    line.fields.push_back({"retry_in_ms", millis(std::max(again->at - now, BootClock::duration::zero()))});
  log_.write(line);
}

std::optional<Flight> FetchDesk::settle(std::uint64_t id, Result<http::Response> result) {
  const auto found = active_.find(id);
  if (found == active_.end()) return std::nullopt;
  Active& active = found->second;
  const std::optional<ErrorKind> fault = result.ok() ? std::nullopt : std::optional(result.error().kind);
  auto step =
      active.exchange->answer(std::move(result), clock_.boot_now(), clock_.wall_now(), clock_.random());
  log_attempt(active, step, fault);
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
