// SPDX-License-Identifier: Apache-2.0
// The fan-outs of the desk: their requests as far as there is room for the answers, and the answers in
// batches.
#include <algorithm>
#include <iterator>
#include <utility>

#include "prewarm/pipeline/fetch_desk.hpp"

namespace prewarm::pipeline {
namespace {

// Of one fan-out under way at once: more than a host's 8 transfers, so that there is always one to send.
constexpr std::size_t kAtOnce = 16;
// A batch leaves with about a window of keys in it, or when its first answer has waited this long. It leaves
// when it is full, so what fills it still has to fit into the window.
constexpr std::size_t kBatchAnswers = store::kMaxWindowEntries;
constexpr std::size_t kBatchBytes = store::kMaxWindowBytes - (64U << 10);
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
    active.host = work.host;
    active.fan = at;
    active.ids = range;
    if (names) {
      Recalled& recalled = work.recalled.front();
      if (recalled.may_name) active.exchange->ask_since(recalled.kept->validators);
      active.kept = std::move(recalled.kept);
      work.recalled.pop_front();
    }
    begin(std::move(active), now);
  }
  ask_recall(work);
}

void FetchDesk::settle_fan(Active& active, upstream::Step&& step, const run::FetchFacts& facts,
                           std::vector<Fetched>& done) {
  FanWork& work = *active.fan;
  --work.under_way;
  run::FetchFacts& sum = work.flight.facts;
  sum.attempts = std::max(sum.attempts, facts.attempts);
  sum.requests += facts.requests;
  sum.took = std::chrono::duration_cast<Millis>(seams_.clock.boot_now() - work.began);
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
  const std::size_t answers = work.batch.answers.size();
  seams_.budget.take(work.batch.body_bytes);
  done.emplace_back(std::exchange(work.batch, Batch{}));
  work.batch.fan = work.flight.fan;
  work.batch.answers.reserve(answers);  // as many again, most likely
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

}  // namespace prewarm::pipeline
