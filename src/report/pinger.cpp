// SPDX-License-Identifier: Apache-2.0
#include "prewarm/report/pinger.hpp"

#include <algorithm>
#include <chrono>

namespace prewarm::report {
namespace {

constexpr int kFailed = 801;
constexpr int kDropped = 802;

bool delivered(const Result<http::Response>& result) { return result.ok() && result->status / 100 == 2; }

bool worth_retrying(const Result<http::Response>& result) {
  if (!result.ok()) return result.error().kind == ErrorKind::timeout || result.error().retryable;
  const int status = result->status;
  return status == 408 || status == 429 || status / 100 == 5;
}

std::string why_not(const Result<http::Response>& result, int attempts) {
  const std::string what = result.ok() ? "status " + std::to_string(result->status) : result.error().message;
  return attempts == 1 ? what : what + " on " + std::to_string(attempts) + " attempts";
}

std::string repeat_key(const Ping& ping, int code) {
  return ping.schedule + " " + std::string(ping_kind_text(ping.kind)) + " " + std::to_string(code);
}

}  // namespace

Pinger::Pinger(http::Fetcher& fetcher, Clock& clock, Log& log)
    : fetcher_(fetcher), clock_(clock), log_(log) {}

void Pinger::add(Ping ping) {
  if (!ping_request(ping)) return;  // its style has none of this kind
  if (waiting_.size() + sending_.size() >= kMaxPings)
    report_failure(ping, kDropped, "dropped, " + std::to_string(kMaxPings) + " wait already");
  else
    waiting_.push_back(std::move(ping));
}

void Pinger::turn(BootTime until) {
  for (;;) {
    const bool was_idle = idle();
    launch(clock_.boot_now());
    if (!was_idle && idle()) return;  // the last ones were dropped
    BootTime bound = until;
    for (const auto& [name, sending] : sending_)
      if (sending.retry_at) bound = std::min(bound, *sending.retry_at);
    std::vector<http::Transfer> ended = fetcher_.wait(bound);
    const BootTime now = clock_.boot_now();
    for (http::Transfer& transfer : ended) finish(std::move(transfer), now);
    // Before the bound and with nothing ended, somebody woke the fetcher.
    if (!ended.empty() || now >= until || now < bound) break;
  }
  launch(clock_.boot_now());
}

void Pinger::abandon() {
  // Told first: to cancel can take a resolver's time.
  for (const auto& [name, sending] : sending_)
    report_failure(sending.ping, kDropped, "dropped, the process ends");
  for (const Ping& ping : waiting_) report_failure(ping, kDropped, "dropped, the process ends");
  fetcher_.cancel_all();
  sending_.clear();
  waiting_.clear();
}

void Pinger::launch(BootTime now) {
  retry(now);
  std::deque<Ping> held_back;
  for (Ping& ping : waiting_) {
    if (now > ping.not_after)
      report_failure(ping, kDropped, "dropped, too late to be true");
    else if (may_begin(ping))
      begin(std::move(ping), now);
    else
      held_back.push_back(std::move(ping));
  }
  waiting_ = std::move(held_back);
}

void Pinger::retry(BootTime now) {
  for (auto entry = sending_.begin(); entry != sending_.end();) {
    Sending& sending = entry->second;
    if (!sending.retry_at || *sending.retry_at > now) {
      ++entry;
    } else if (now >= sending.give_up_at || now > sending.ping.not_after) {  // the process was stopped
      report_failure(sending.ping, kDropped, "dropped, too late to be true");
      entry = sending_.erase(entry);
    } else {
      attempt(sending, now);
      ++entry;
    }
  }
}

bool Pinger::may_begin(const Ping& ping) const {
  if (sending_.size() >= kMaxPingsInFlight || sending_.contains(ping.schedule)) return false;
  const std::string host = ping_display(ping);
  return std::count_if(sending_.begin(), sending_.end(), [&](const auto& entry) {
           return entry.second.host == host;
         }) < static_cast<std::ptrdiff_t>(kMaxPingsPerHost);
}

void Pinger::begin(Ping ping, BootTime now) {
  Sending& sending = sending_[ping.schedule];
  sending.host = ping_display(ping);
  sending.give_up_at = now + kPingBudget;
  sending.ping = std::move(ping);
  attempt(sending, now);
}

void Pinger::attempt(Sending& sending, BootTime now) {
  http::Request request = *ping_request(sending.ping);
  // Rounded up: a whole attempt must not get a timeout of zero.
  request.timeout = std::min(kPingAttemptTime, std::chrono::ceil<Millis>(sending.give_up_at - now));
  sending.retry_at.reset();
  sending.transfer = ++last_transfer_;
  ++sending.attempts;
  fetcher_.submit(sending.transfer, std::move(request));
}

void Pinger::finish(http::Transfer transfer, BootTime now) {
  const auto found = std::find_if(sending_.begin(), sending_.end(),
                                  [&](const auto& entry) { return entry.second.transfer == transfer.id; });
  if (found == sending_.end()) return;  // abandoned
  Sending& sending = found->second;
  if (delivered(transfer.result)) {
    for (const int code : {kFailed, kDropped}) repeats_.over(repeat_key(sending.ping, code));
    report_sent(sending, transfer.result->status);
    sending_.erase(found);
    return;
  }
  const BootTime next = now + std::chrono::seconds(sending.attempts);  // waits of 1 s and 2 s
  const bool time_left = next < sending.give_up_at && next <= sending.ping.not_after;
  if (worth_retrying(transfer.result) && sending.attempts < kPingAttempts && time_left) {
    sending.transfer = 0;
    sending.retry_at = next;
    return;
  }
  report_failure(sending.ping, kFailed, "failed: " + why_not(transfer.result, sending.attempts));
  sending_.erase(found);
}

void Pinger::report_sent(const Sending& sending, int status) {
  const std::string kind(ping_kind_text(sending.ping.kind));
  log_.write({clock_.wall_now(), Level::debug, "heartbeat.sent",
              sending.ping.schedule + " " + kind + " ping sent",
              Fields{{"schedule", sending.ping.schedule},
                     {"kind", kind},
                     {"status", static_cast<std::int64_t>(status)},
                     {"attempts", static_cast<std::int64_t>(sending.attempts)}}});
}

void Pinger::report_failure(const Ping& ping, int code, const std::string& why) {
  const std::optional<std::int64_t> count = repeats_.again(repeat_key(ping, code));
  if (!count) return;
  const std::string kind(ping_kind_text(ping.kind));
  Fields fields{{"schedule", ping.schedule}, {"kind", kind}, {"code", code_text(code)}};
  if (*count > 1) fields.push_back({"repeated", *count});
  log_.write({clock_.wall_now(), Level::warn, "heartbeat.failed", ping.schedule + " " + kind + " ping " + why,
              std::move(fields)});
}

}  // namespace prewarm::report
