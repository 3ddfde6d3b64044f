// SPDX-License-Identifier: Apache-2.0
#include "prewarm/pipeline/fetch_desk.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace prewarm::pipeline {
namespace {

using std::chrono::duration_cast;

// Of one fan-out under way at once: more than a host's 8 transfers, so that there is always one to send.
constexpr std::size_t kAtOnce = 16;
// A batch leaves with about a window of keys in it, or when its first answer has waited this long.
constexpr std::size_t kBatchAnswers = 64;
constexpr std::size_t kBatchBytes = 128 << 10;
constexpr Millis kLongestStay{5};
// Of how many ids the store is asked ahead of their requests.
constexpr std::size_t kRecalled = 128;
// So many requests in a row that failed for good, each with its retries: the upstream is down, and asking on
// is unkind.
constexpr std::size_t kMostFailures = 32;

// What no other request of the same run will do better.
bool hopeless(ErrorKind kind) noexcept {
  return kind == ErrorKind::auth || kind == ErrorKind::address || kind == ErrorKind::http_3xx;
}

bool not_there(const Answer& answer) noexcept {
  return answer.http_status == 404 || answer.http_status == 410;
}

Error out_of_time() {
  return {ErrorKind::deadline, "the run's deadline passed before it was asked for", "a longer \"timeout\""};
}

}  // namespace

FetchDesk::FanWork::FanWork(Flight run, std::size_t count)
    : flight(std::move(run)), requests(flight.schedule()), total(count) {
  batch.fan = flight.fan;
  again = std::exchange(flight.fan->again, {});
  if (!again.empty()) total = again.size();
}

upstream::IdRange FetchDesk::FanWork::range(std::size_t number) const {
  if (!again.empty()) return {again[number], 1};
  return upstream::ids_of(*flight.schedule().fanout, flight.fan->ids->size(), number);
}

void FetchDesk::begin(Active active) { active_.emplace(next_id_++, std::move(active)); }

void FetchDesk::add(Flight flight) {
  const BootTime now = seams_.clock.boot_now();
  if (flight.fan) {
    const std::size_t total = upstream::request_count(*flight.schedule().fanout, flight.fan->ids->size());
    fans_.emplace_back(std::move(flight), total);
    fans_.back().began = now - fans_.back().flight.facts.took;
    return;
  }
  const schedule::Schedule& schedule = flight.schedule();
  std::unique_ptr<const schedule::FetchSpec> id_fetch;
  http::Request request;
  if (flight.wants_ids()) {
    const auto& source = *std::get_if<schedule::UrlIds>(&schedule.fanout->ids);
    id_fetch = std::make_unique<const schedule::FetchSpec>(upstream::id_fetch(schedule, source));
    request = upstream::build_request(schedule, source);
  } else {
    request = upstream::build_request(schedule);
  }
  Active active;
  active.exchange = std::make_unique<upstream::Exchange>(id_fetch ? *id_fetch : schedule.fetch,
                                                         std::move(request), now, flight.run.deadline);
  if (!flight.wants_ids()) active.exchange->ask_since(flight.since);
  active.again_at = active.sent_at = now;
  active.id_fetch = std::move(id_fetch);
  active.flight = std::move(flight);
  begin(std::move(active));
}

void FetchDesk::add(Recall recall) {
  for (FanWork& work : fans_) {
    if (work.flight.fan != recall.fan || !work.recalling) continue;
    std::move(recall.ids.begin(), recall.ids.end(), std::back_inserter(work.recalled));
    work.recalled_to += recall.count;
    work.recalling = false;
  }
}

// Some ahead, so that no request waits for the store.
void FetchDesk::ask_recall(FanWork& work) {
  if (!work.names_states() || work.recalling || work.recalled.size() >= kRecalled) return;
  const std::size_t count = std::min(kRecalled, work.total - work.recalled_to);
  if (count == 0 || work.given_up || work.next >= work.total) return;
  recalls_.push_back({work.flight.fan, work.recalled_to, count, {}});
  work.recalling = true;
}

// The next requests of a fan-out, as far as there is room for their answers.
void FetchDesk::feed(FanWork& work, Fans::iterator at, BootTime now) {
  if (work.flight.fan->over) work.next = work.total;
  if (!work.given_up && work.next < work.total && now >= work.flight.run.deadline)
    work.given_up = out_of_time();
  const bool names = work.names_states();
  while (!work.given_up && work.next < work.total && work.under_way < kAtOnce && !seams_.budget.full() &&
         !(names && work.recalled.empty())) {
    const upstream::IdRange range = work.range(work.next++);
    ++work.under_way;
    Active active;
    active.exchange = std::make_unique<upstream::Exchange>(work.flight.schedule().fetch,
                                                           work.requests.of(*work.flight.fan->ids, range),
                                                           now, work.flight.run.deadline);
    active.again_at = active.sent_at = now;
    active.fan = at;
    active.ids = range;
    if (names) {
      Recalled& recalled = work.recalled.front();
      if (recalled.may_name) active.exchange->ask_since(recalled.kept->validators);
      active.kept = std::move(recalled.kept);
      work.recalled.pop_front();
    }
    begin(std::move(active));
  }
  ask_recall(work);
}

// Sends what may go now; the earliest instant at which more may.
BootTime FetchDesk::send_due(BootTime now, BootTime until) {
  for (auto at = fans_.begin(); at != fans_.end(); ++at) {
    feed(*at, at, now);
    if (at->next < at->total) until = std::min(until, at->flight.run.deadline);
    if (at->leave_at) until = std::min(until, *at->leave_at);
  }
  for (auto& [id, active] : active_) {
    if (!active.again_at) continue;
    if (*active.again_at > now) {
      until = std::min(until, *active.again_at);
      continue;
    }
    active.again_at.reset();
    active.sent_at = now;
    seams_.fetcher.submit(id, active.exchange->request(now));
  }
  return until;
}

// Scheme, host and the path as the file writes it: neither a query nor what a variable filled in.
void FetchDesk::log_attempt(const Active& active, const upstream::Step& step,
                            std::optional<ErrorKind> fault) {
  if (!seams_.log.takes(Level::debug)) return;
  const run::FetchFacts& facts = active.exchange->facts();
  const schedule::Schedule& schedule = *active.run().schedule;
  const BootTime now = seams_.clock.boot_now();
  const auto millis = [](BootClock::duration time) {
    return static_cast<std::int64_t>(duration_cast<Millis>(time).count());
  };
  if (const auto* error = std::get_if<Error>(&step)) fault = error->kind;
  const std::string number = std::to_string(facts.attempts);
  LogLine line{
      seams_.clock.wall_now(), Level::debug, "fetch.attempt", schedule.name + " attempt " + number, {}};
  line.fields = {{"schedule", schedule.name},
                 {"run_id", active.run().run_id},
                 {"attempt", static_cast<std::int64_t>(facts.attempts)},
                 {"url", active.id_fetch ? active.id_fetch->display_url : schedule.fetch.display_url}};
  if (facts.http_status != 0) line.fields.push_back({"status", static_cast<std::int64_t>(facts.http_status)});
  if (fault) line.fields.push_back({"code", code_text(code_of(*fault))});
  line.fields.push_back({"duration_ms", millis(now - active.sent_at)});
  if (const auto* again = std::get_if<upstream::Again>(&step))
    line.fields.push_back({"retry_in_ms", millis(std::max(again->at - now, BootClock::duration::zero()))});
  seams_.log.write(line);
}

void FetchDesk::settle(std::uint64_t id, Result<http::Response> result, std::vector<Fetched>& done) {
  const auto found = active_.find(id);
  if (found == active_.end()) return;
  Active& active = found->second;
  const std::optional<ErrorKind> fault = result.ok() ? std::nullopt : std::optional(result.error().kind);
  auto step = active.exchange->answer(std::move(result), seams_.clock.boot_now(), seams_.clock.wall_now(),
                                      seams_.clock.random());
  log_attempt(active, step, fault);
  if (const auto* again = std::get_if<upstream::Again>(&step)) {
    active.again_at = again->at;
    return;
  }
  if (active.flight)
    settle_flight(active, std::move(step), done);
  else
    settle_fan(active, std::move(step), done);
  active_.erase(found);
}

void FetchDesk::settle_flight(Active& active, upstream::Step&& step, std::vector<Fetched>& done) {
  Flight& flight = *active.flight;
  run::FetchFacts facts = active.exchange->facts();
  facts.attempts += flight.facts.attempts;
  facts.requests += flight.facts.requests;
  facts.took += flight.facts.took;
  flight.facts = facts;
  flight.not_modified = std::holds_alternative<upstream::NotModified>(step);
  if (flight.not_modified) return done.emplace_back(std::move(flight)), void();
  if (auto* body = std::get_if<run::Body>(&step)) {
    flight.body = std::move(*body);
  } else {
    flight.error = std::move(*std::get_if<Error>(&step));
    if (flight.schedule().fanout && run::outcome_of(flight.error->kind) == run::Outcome::upstream_failed) {
      flight.error->message = "the id source: " + flight.error->message;
      if (flight.error->kind != ErrorKind::auth) flight.error->kind = ErrorKind::id_source;
    }
  }
  done.emplace_back(std::move(flight));
}

void FetchDesk::settle_fan(Active& active, upstream::Step&& step, std::vector<Fetched>& done) {
  FanWork& work = *active.fan;
  --work.under_way;
  const run::FetchFacts& facts = active.exchange->facts();
  run::FetchFacts& sum = work.flight.facts;
  sum.attempts = std::max(sum.attempts, facts.attempts);
  sum.requests += facts.attempts;
  sum.took = duration_cast<Millis>(seams_.clock.boot_now() - work.began);
  sum.http_status = facts.http_status;
  sum.body_bytes += facts.body_bytes;
  Answer answer{active.ids, Error{}, facts.http_status, std::move(active.kept)};
  if (auto* body = std::get_if<run::Body>(&step)) {
    work.failed_in_row = 0;
    answer.came = std::move(*body);
  } else if (std::holds_alternative<upstream::NotModified>(step)) {
    work.failed_in_row = 0;
    answer.came = upstream::NotModified{};
  } else {
    auto& error = *std::get_if<Error>(&step);
    if (!not_there(answer)) ++work.failed_in_row;
    if (!work.given_up && (hopeless(error.kind) || work.failed_in_row >= kMostFailures))
      work.given_up = error;
    answer.came = std::move(error);
  }
  collect(work, std::move(answer), done);
}

void FetchDesk::collect(FanWork& work, Answer answer, std::vector<Fetched>& done) {
  if (const auto* body = std::get_if<run::Body>(&answer.came)) work.batch.body_bytes += body->bytes.size();
  if (work.batch.answers.empty()) work.leave_at = seams_.clock.boot_now() + kLongestStay;
  work.batch.answers.push_back(std::move(answer));
  if (work.batch.answers.size() >= kBatchAnswers || work.batch.body_bytes >= kBatchBytes) ship(work, done);
}

void FetchDesk::ship(FanWork& work, std::vector<Fetched>& done) {
  work.leave_at.reset();
  if (work.batch.answers.empty()) return;
  seams_.budget.take(work.batch.body_bytes);
  done.emplace_back(std::exchange(work.batch, Batch{}));
  work.batch.fan = work.flight.fan;
}

// The ids that are not asked for any more.
void FetchDesk::give_up_rest(FanWork& work, std::vector<Fetched>& done) {
  if (!work.given_up || work.next >= work.total) return;
  if (work.again.empty()) {
    const std::size_t first = work.range(work.next).first;
    collect(work, {{first, work.flight.fan->ids->size() - first}, *work.given_up, 0}, done);
  }
  for (; !work.again.empty() && work.next < work.total; ++work.next)
    collect(work, {work.range(work.next), *work.given_up, 0}, done);
  work.next = work.total;
}

// Batches that have waited long enough, and fan-outs that are through.
void FetchDesk::finish_fans(BootTime now, std::vector<Fetched>& done) {
  for (auto at = fans_.begin(); at != fans_.end();) {
    give_up_rest(*at, done);
    const bool through = at->next >= at->total && at->under_way == 0;
    if (through || (at->leave_at && *at->leave_at <= now)) ship(*at, done);
    if (through) done.emplace_back(std::move(at->flight));
    at = through ? fans_.erase(at) : std::next(at);
  }
}

std::vector<Fetched> FetchDesk::turn(BootTime until) {
  std::vector<Fetched> done;
  const BootTime now = seams_.clock.boot_now();
  BootTime wake = send_due(now, until);
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
    active.flight->facts = active.exchange->facts();
    active.flight->error = stopped;
    ended.emplace_back(std::move(*active.flight));
  }
  active_.clear();
  for (FanWork& work : fans_) {
    work.flight.error = stopped;
    ended.emplace_back(std::move(work.flight));
  }
  fans_.clear();
  recalls_.clear();
  return ended;
}

}  // namespace prewarm::pipeline
