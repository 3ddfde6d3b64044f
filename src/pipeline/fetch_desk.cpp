// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/fetch_desk.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "pipeline/fetch_log.hpp"

namespace prewarm::pipeline {
void FetchDesk::begin(Active active, BootTime now) {
  active.id = next_id_++;
  active.began = now;
  depart_or_join(active_.emplace_hint(active_.end(), active.id, std::move(active))->second, now);
}

void FetchDesk::add(Flight flight) {
  const BootTime now = seams_.clock.boot_now();
  if (flight.fan) {
    const std::size_t total = upstream::request_count(*flight.schedule().fanout, flight.fan->ids->size());
    fans_.emplace_back(std::move(flight), total);
    fans_.back().began = now - fans_.back().flight.facts.took;
    fans_.back().entered = now;
    fans_.back().host = &departures_.host_of(fans_.back().flight.schedule().fetch, now);
    find_twins();
    return;
  }
  const schedule::Schedule& schedule = flight.schedule();
  std::unique_ptr<const schedule::FetchSpec> id_fetch;
  http::Request request;
  if (flight.wants_ids()) {
    const auto& source = *std::get_if<schedule::UrlIds>(&schedule.fanout->ids);
    id_fetch = std::make_unique<const schedule::FetchSpec>(upstream::id_fetch(schedule, source));
    request = upstream::build_request(schedule, source);
    request.url = flight.listing->walk.url();
  } else {
    request = upstream::build_request(schedule);
  }
  Active active;
  const schedule::FetchSpec& fetch = id_fetch ? *id_fetch : schedule.fetch;
  active.exchange = std::make_unique<upstream::Exchange>(fetch, std::move(request), now, flight.run.deadline);
  active.host = &departures_.host_of(fetch, now);
  if (!flight.wants_ids()) active.exchange->ask_since(flight.since);
  active.id_fetch = std::move(id_fetch);
  active.flight = std::make_unique<Flight>(std::move(flight));
  begin(std::move(active), now);
}

// Sends what may go now; the earliest instant at which more may.
BootTime FetchDesk::send_due(BootTime now, BootTime until, std::vector<Fetched>& done) {
  for (auto at = fans_.begin(); at != fans_.end(); ++at) {
    feed(*at, at, now);
    if (at->next < at->total) until = std::min(until, at->flight.run.deadline);
    if (at->leave_at) until = std::min(until, *at->leave_at);
  }
  const Departures::Due& due = departures_.due(now);
  for (const std::uint64_t id : due.leave) {
    Active& active = active_.find(id)->second;
    active.sent_at = now;
    seams_.fetcher.submit(id, active.exchange->request(now));
  }
  for (const Departures::Refused& refused : due.refused) {
    const auto at = active_.find(refused.id);
    Error error = no_place(*at->second.host, refused.hold, now);
    if (!at->second.flight && !at->second.fan->given_up) at->second.fan->given_up = error;
    end(at, std::move(error), done);
  }
  return std::min(until, due.wake);
}

void FetchDesk::log_attempt(const Active& active, const upstream::Step& step,
                            std::optional<ErrorKind> fault) {
  if (!seams_.log.takes(Level::debug)) return;
  const BootTime now = seams_.clock.boot_now();
  if (const auto* error = std::get_if<Error>(&step)) fault = error->kind;
  Attempt attempt{active.run(), active.fetch().display_url, active.exchange->facts(), fault,
                  now - active.sent_at};
  if (const auto* again = std::get_if<upstream::Again>(&step)) attempt.retry_in = again->at - now;
  seams_.log.write(attempt_line(attempt, seams_.clock.wall_now()));
}

// The system's own costs a call each; this is asked for with every answer, and nearly always for nothing.
std::uint64_t FetchDesk::random() {
  if (random_ == 0) random_ = seams_.clock.random() | 1U;
  constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15;
  std::uint64_t mixed = random_ += kStep;  // splitmix64
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31U);
}

// What the answer says of its host, to whose budget it gives its place back.
void FetchDesk::tell_host(const Active& active, const Result<http::Response>& result, Now now) {
  upstream::HostAnswer answer;
  answer.sent_at = active.sent_at;
  if (result.ok()) {
    answer.status = result->status;
    answer.quota = upstream::quota_of(result->headers, now.wall);
    if (answer.status == 429 || answer.status == 503) {
      answer.retry_after = upstream::retry_after_of(result->headers, now.wall);
      answer.reset = upstream::reset_of(result->headers, now.wall);
      answer.random = random();
    }
  }
  Departures::Host& host = *active.host;
  if (answer.quota) {
    answer.wanted = host.queue.size();
    answer.wanted_by = host.latest;
    for (const FanWork& work : fans_) {
      if (work.host != &host || work.given_up || work.next >= work.total) continue;
      answer.wanted += work.total - work.next;
      answer.wanted_by = std::max(answer.wanted_by, work.flight.run.deadline);
    }
  }
  if (const auto hold = host.budget.answered(answer, now.boot))
    seams_.log.write(held_line({active.run(), host.name, *hold, hold->until - now.boot}, now.wall));
}

void FetchDesk::settle(std::uint64_t id, Result<http::Response> result, std::vector<Fetched>& done) {
  const auto found = active_.find(id);
  if (found == active_.end()) return;
  Active& active = found->second;
  const Now now{seams_.clock.boot_now(), seams_.clock.wall_now()};
  tell_host(active, result, now);
  const std::optional<ErrorKind> fault = result.ok() ? std::nullopt : std::optional(result.error().kind);
  auto step = active.exchange->answer(std::move(result), now.boot, now.wall, random());
  log_attempt(active, step, fault);
  if (const auto* again = std::get_if<upstream::Again>(&step))
    departures_.add(*active.host, {id, active.run().deadline}, again->at, now.boot);
  else
    end(found, std::move(step), done);
}

void FetchDesk::end(Actives::iterator at, upstream::Step step, std::vector<Fetched>& done) {
  const auto ended = active_.extract(at);
  Active& active = ended.mapped();
  serve_followers(active, step, done);
  settle(active, std::move(step), active.exchange->facts(), done);
}

void FetchDesk::settle(Active& active, upstream::Step&& step, run::FetchFacts facts,
                       std::vector<Fetched>& done) {
  if (active.flight)
    settle_flight(active, std::move(step), facts, done);
  else
    settle_fan(active, std::move(step), facts, done);
}

// One more exchange of a flight: another page of ids, or all of what was not changed after all.
void FetchDesk::add_facts(Flight& flight, run::FetchFacts facts) {
  facts.attempts += flight.facts.attempts;
  facts.requests += flight.facts.requests;
  facts.took += flight.facts.took;
  facts.body_bytes += flight.facts.body_bytes;
  flight.facts = facts;
}

void FetchDesk::settle_flight(Active& active, upstream::Step&& step, run::FetchFacts facts,
                              std::vector<Fetched>& done) {
  Flight& flight = *active.flight;
  add_facts(flight, facts);
  flight.not_modified = std::holds_alternative<upstream::NotModified>(step);
  if (flight.not_modified) return done.emplace_back(std::move(flight)), void();
  if (auto* body = std::get_if<run::Body>(&step)) {
    flight.body = std::move(*body);
  } else {
    flight.error = std::move(*std::get_if<Error>(&step));
    if (flight.schedule().fanout && run::outcome_of(flight.error->kind) == run::Outcome::upstream_failed) {
      flight.error->message = flight.listing->walk.name() + ": " + flight.error->message;
      if (flight.error->kind != ErrorKind::auth) flight.error->kind = ErrorKind::id_source;
    }
  }
  done.emplace_back(std::move(flight));
}

std::vector<Fetched> FetchDesk::turn(BootTime until) {
  std::vector<Fetched> done;
  const BootTime now = seams_.clock.boot_now();
  BootTime wake = send_due(now, until, done);
  finish_fans(now, done);
  std::move(recalls_.begin(), recalls_.end(), std::back_inserter(done));
  recalls_.clear();
  if (!done.empty()) wake = now;
  for (http::Transfer& transfer : seams_.fetcher.wait(wake))
    settle(transfer.id, std::move(transfer.result), done);
  finish_fans(seams_.clock.boot_now(), done);
  return done;
}

std::vector<Fetched> FetchDesk::abandon() {
  seams_.fetcher.cancel_all();
  const Error stopped{ErrorKind::shutdown, "stopped while fetching", {}};
  std::vector<Fetched> ended;
  for (auto& [id, active] : active_) {
    if (!active.flight) continue;
    add_facts(*active.flight, active.exchange->facts());
    active.flight->error = stopped;
    ended.emplace_back(std::move(*active.flight));
  }
  active_.clear();
  shared_.clear();
  departures_.clear();
  for (FanWork& work : fans_) {
    work.flight.error = stopped;
    ended.emplace_back(std::move(work.flight));
  }
  fans_.clear();
  recalls_.clear();
  return ended;
}

}  // namespace prewarm::pipeline
