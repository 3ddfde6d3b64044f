// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/departures.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "prewarm/base/units.hpp"

namespace prewarm::pipeline {

using upstream::Hold;
using upstream::Holding;

namespace {

// What keeps a request with so many ahead of it from leaving before its deadline.
std::optional<Hold> hold_beyond(const Departures::Host& host, BootTime deadline, std::size_t ahead,
                                BootTime now) {
  Hold hold = host.budget.may_send(now, ahead);
  if (hold.until < deadline) return std::nullopt;
  if (host.budget.held().until >= deadline) return host.budget.held();
  if (hold.why == Holding::nothing) hold.why = Holding::too_many;  // it waited for a slot
  return hold;
}

}  // namespace

Departures::Host& Departures::host_of(const schedule::FetchSpec& fetch, BootTime now) {
  const std::string& origin = fetch.origin.reveal();
  auto found = hosts_.find(origin);
  if (found == hosts_.end()) found = hosts_.emplace(origin, Host{fetch.host}).first;
  found->second.budget.set_rate(fetch.rate, now);
  return found->second;
}

void Departures::add(Host& host, Ticket ticket, BootTime at, BootTime now) {
  if (at <= now)
    push(host, ticket, now);
  else
    later_.emplace(at, Later{&host, ticket});
}

void Departures::push(Host& host, Ticket ticket, BootTime now) {
  if (!host.budget.calm(now))
    if (const auto hold = hold_beyond(host, ticket.deadline, host.queue.size(), now))
      return refused_.push_back({ticket.id, *hold});
  if (host.queue.empty()) busy_.push_back(&host);
  host.queue.push_back(ticket);
  host.soonest = std::min(host.soonest, ticket.deadline);
  host.latest = std::max(host.latest, ticket.deadline);
}

const Departures::Due& Departures::due(BootTime now) {
  due_.leave.clear();
  due_.wake = BootTime::max();
  while (!later_.empty() && later_.begin()->first <= now) {
    const Later later = later_.begin()->second;
    later_.erase(later_.begin());
    push(*later.host, later.ticket, now);
  }
  if (!later_.empty()) due_.wake = later_.begin()->first;
  for (Host* host : busy_) serve(*host, now);
  std::erase_if(busy_, [](const Host* host) { return host->queue.empty(); });
  due_.refused.clear();
  due_.refused.swap(refused_);
  return due_;
}

void Departures::serve(Host& host, BootTime now) {
  while (!host.queue.empty()) {
    if (!host.budget.has_slot()) break;
    if (!host.budget.calm(now) && host.budget.may_send(now).until > now) break;
    due_.leave.push_back(host.queue.front().id);
    host.queue.pop_front();
    host.budget.sent(now);
  }
  if (!host.queue.empty()) refuse_late(host, now);
  if (host.queue.empty()) {
    host.soonest = BootTime::max();
    host.latest = BootTime::min();
    return;
  }
  // Without a slot an answer comes first, if the deadline does not.
  const BootTime next = host.budget.may_send(now).until;
  due_.wake = std::min({due_.wake, host.soonest, next > now ? next : BootTime::max()});
}

// Each by its place in the queue; those that fail make room for the others.
void Departures::refuse_late(Host& host, BootTime now) {
  if (host.budget.may_send(now).until < host.soonest) return;
  std::deque<Ticket> kept;
  host.soonest = BootTime::max();
  for (const Ticket& ticket : host.queue) {
    if (const auto hold = hold_beyond(host, ticket.deadline, kept.size(), now)) {
      refused_.push_back({ticket.id, *hold});
      continue;
    }
    host.soonest = std::min(host.soonest, ticket.deadline);
    kept.push_back(ticket);
  }
  host.queue = std::move(kept);
}

void Departures::clear() {
  later_.clear();
  busy_.clear();
  refused_.clear();
  for (auto& [origin, host] : hosts_) {
    host.queue.clear();
    host.soonest = BootTime::max();
    host.latest = BootTime::min();
    host.budget.forget_sent();
  }
}

Error no_place(const Departures::Host& host, const Hold& hold, BootTime now) {
  auto left = std::chrono::ceil<Millis>(std::max(hold.until - now, BootClock::duration::zero()));
  if (left > Millis(1000)) left = std::chrono::ceil<std::chrono::seconds>(left);
  const std::string wait = duration_exact(left);
  const std::string message = "the budget of " + host.name + " has no place before the run's deadline: ";
  switch (hold.why) {
    case Holding::too_many:
      return {ErrorKind::rate_limited, message + "after a 429 nothing may leave for " + wait,
              "ask less often: \"rate\", \"jitter\", or fewer schedules on this host"};
    case Holding::unavailable:
      return {ErrorKind::deadline, message + "with a 503 it asked for a pause, " + wait + " are left of it",
              "see the upstream's status; the next run tries again"};
    case Holding::none_left:
    case Holding::few_left:
      return {ErrorKind::deadline, message + "its rate headers leave nothing for " + wait,
              "ask less often: \"rate\", fewer ids, or a longer \"timeout\""};
    case Holding::rate:
    case Holding::nothing:
      break;
  }
  return {ErrorKind::deadline, message + "by its \"rate\" the next one may leave in " + wait,
          "a longer \"timeout\", a higher \"rate\", or fewer ids and schedules on this host"};
}

}  // namespace prewarm::pipeline
