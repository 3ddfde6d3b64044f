// SPDX-License-Identifier: Apache-2.0
#include "prewarm/upstream/host_budget.hpp"

#include <algorithm>

#include "prewarm/base/check.hpp"

namespace prewarm::upstream {
namespace {

using Nanos = BootClock::duration;

constexpr Millis kFirstHold{1000};  // after a refusal that names no time, doubled with each further one
constexpr int kDoublings = 5;       // up to 32 s
constexpr Millis kNews{1000};       // a hold that becomes so much longer is told again
constexpr int kWellForSlot = 10;    // good answers until one more may be under way
// A reset of 0 is within the second that is running: headers count in whole ones.
constexpr Millis kLeastReset{1000};
// No queue is longer; keeps the arithmetic of a place in one within 64 bits.
constexpr std::size_t kMostAhead = 100'000;

std::int64_t cost_of(const schedule::Rate& rate) noexcept { return Nanos(rate.per).count(); }

// Up to half as long again, so that workers that were refused together do not come back together.
Millis with_jitter(Millis wait, std::uint64_t random) {
  return wait + Millis(static_cast<Millis::rep>(random % static_cast<std::uint64_t>(wait.count() / 2)));
}

bool asks_to_wait(const HostAnswer& answer) noexcept {
  return answer.status == 429 || (answer.status == 503 && answer.retry_after);
}

}  // namespace

void HostBudget::set_rate(const std::optional<schedule::Rate>& rate, BootTime now) {
  if (rate == rate_) return;
  const std::int64_t saved = rate_ ? credit_at(now) / cost_of(*rate_) : INT64_MAX;
  rate_ = rate;
  if (!rate_) return;
  ENSURE(rate_->count > 0 && rate_->burst > 0 && rate_->per.count() > 0);
  credit_ = std::min(saved, rate_->burst) * cost_of(*rate_);
  credit_at_ = now;
}

// All within 64 bits: a million requests of an hour's nanoseconds are 3.6e18, and what comes in addition is
// at most as much.
std::int64_t HostBudget::credit_at(BootTime when) const noexcept {
  const std::int64_t most = rate_->burst * cost_of(*rate_);
  const std::int64_t passed = std::max<std::int64_t>((when - credit_at_).count(), 0);
  if (passed >= (most - credit_) / rate_->count + 1) return most;
  return std::min(most, credit_ + passed * rate_->count);
}

BootTime HostBudget::by_rate(BootTime from, std::size_t ahead) const noexcept {
  if (!rate_) return from;
  const std::int64_t cost = cost_of(*rate_), credit = credit_at(from);
  const auto count = static_cast<std::int64_t>(std::min(ahead, kMostAhead)) + 1;
  if (count <= credit / cost) return from;
  const std::int64_t missing = count * cost - credit;
  return from + Nanos((missing + rate_->count - 1) / rate_->count);
}

BootTime HostBudget::by_spread(BootTime from, std::size_t ahead) const noexcept {
  if (!spread_ || from >= spread_->until) return from;
  if (ahead >= static_cast<std::size_t>(spread_->left)) return spread_->until;
  const BootTime first = std::max(from, last_sent_ + spread_->step);
  return std::min(spread_->until, first + spread_->step * static_cast<Nanos::rep>(ahead));
}

Hold HostBudget::may_send(BootTime now, std::size_t ahead) const {
  Hold hold{Holding::nothing, now};
  const auto later = [&hold](Holding why, BootTime until) {
    if (until > hold.until) hold = {why, until};
  };
  later(held_.why, held_.until);
  const BootTime from = hold.until;
  later(Holding::few_left, by_spread(from, ahead));
  later(Holding::rate, by_rate(from, ahead));
  return hold;
}

void HostBudget::sent(BootTime now) {
  ++under_way_;
  last_sent_ = now;
  if (spread_) {
    if (now >= spread_->until)
      spread_.reset();
    else if (spread_->left > 0)
      --spread_->left;
  }
  if (!rate_) return;
  credit_ = credit_at(now) - cost_of(*rate_);
  credit_at_ = now;
  ENSURE(credit_ >= 0);
}

std::optional<Hold> HostBudget::answered(const HostAnswer& answer, BootTime now) {
  if (under_way_ > 0) --under_way_;
  if (asks_to_wait(answer)) return refused(answer, now);
  if (answer.status > 0 && answer.status < 500) went_well(answer);
  return answer.quota ? learn(answer, now) : std::nullopt;
}

// Those that were under way when the host refused one of them are refused with it: together they are one
// refusal.
std::optional<Hold> HostBudget::refused(const HostAnswer& answer, BootTime now) {
  const bool again = refusals_ == 0 || answer.sent_at > refused_at_;
  if (again) {
    refusals_ = std::min(refusals_ + 1, kDoublings + 1);
    refused_at_ = now;
    slots_ = std::max<std::size_t>(slots_ / 2, 1);
    well_ = 0;
  }
  std::optional<Millis> wait = answer.retry_after;
  if (!wait && answer.reset) wait = std::max(*answer.reset, kLeastReset);
  if (!wait && again) wait = with_jitter(kFirstHold * (1 << (refusals_ - 1)), answer.random);
  if (!wait || wait->count() == 0) return std::nullopt;
  const Holding why = answer.status == 429 ? Holding::too_many : Holding::unavailable;
  return hold({why, now + std::min(*wait, kLongestWait)}, now);
}

// Told once, and again only if it becomes much longer.
std::optional<Hold> HostBudget::hold(Hold next, BootTime now) {
  if (next.until <= held_.until) return std::nullopt;
  if (held_.until > now) next.why = std::max(next.why, held_.why);
  held_ = next;
  if (told_until_ > now && next.until < told_until_ + kNews) return std::nullopt;
  told_until_ = next.until;
  return next;
}

void HostBudget::went_well(const HostAnswer& answer) noexcept {
  if (refusals_ > 0 && answer.sent_at > refused_at_) refusals_ = 0;
  if (slots_ == kAllSlots || ++well_ < kWellForSlot) return;
  well_ = 0;
  ++slots_;
}

std::optional<Hold> HostBudget::learn(const HostAnswer& answer, BootTime now) {
  spread_.reset();
  const Quota& quota = *answer.quota;
  if (quota.left == 0)
    return hold({Holding::none_left, now + std::clamp(quota.resets_in, kLeastReset, kLongestWait)}, now);
  // Those under way may be counted already or not; at worst they are not.
  const std::int64_t left = quota.left - static_cast<std::int64_t>(under_way_);
  const BootTime until = now + std::min(quota.resets_in, kLongestWait);
  if (until <= now || static_cast<std::int64_t>(answer.wanted) <= left) return std::nullopt;
  // What is left when the last run that waits has ended is of no use to it.
  const BootTime by = answer.wanted_by > now ? std::min(until, answer.wanted_by) : until;
  spread_ = Spread{std::max<std::int64_t>(left, 0), (by - now) / std::max<std::int64_t>(left, 1), until};
  if (spread_told_ > now) return std::nullopt;
  spread_told_ = until;
  return Hold{Holding::few_left, until};
}

}  // namespace prewarm::upstream
