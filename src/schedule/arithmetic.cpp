// SPDX-License-Identifier: Apache-2.0
// Numbers that must agree (SURFACE 5, PROMISES 8): each complaint names both and the value that would do.
#include "arithmetic.hpp"

#include <algorithm>
#include <initializer_list>

#include "draft.hpp"
#include "prewarm/base/json_text.hpp"

namespace prewarm::schedule {
namespace {

constexpr Millis kMaxTtl{3650LL * 86400 * 1000};
constexpr Millis kDefaultAttempt{10000};
constexpr Millis::rep kTwoAMinute = 120000;

std::string literal(Millis duration) { return json_quote(duration_literal(duration)); }

class Arithmetic {
 public:
  explicit Arithmetic(Draft& draft) : draft_(draft), schedule_(draft.schedule) {}

  void attempt();
  void store_least();
  void gaps();
  void ttl();
  void extension();
  void limit();

 private:
  void outlived(bool limit_given, const std::string& is);
  // "longest gap 5m + timeout 30s + jitter 20s", or the rule that asks for more.
  std::string least_sum() const;
  std::string limit_sum() const {
    return "2 x longest gap " + duration_exact(schedule_.gaps.longest) + " + timeout " +
           duration_exact(schedule_.timeout);
  }
  bool sound(std::initializer_list<std::string_view> pointers) const {
    return std::all_of(pointers.begin(), pointers.end(),
                       [this](std::string_view pointer) { return draft_.sound(pointer); });
  }

  Draft& draft_;
  Schedule& schedule_;
  bool ttl_fits_ = true;
};

// PW220. The default gives way to a short deadline.
void Arithmetic::attempt() {
  Millis& attempt = schedule_.fetch.timeout;
  if (!draft_.given("/fetch/timeout")) attempt = std::min(kDefaultAttempt, schedule_.timeout);
  if (attempt <= schedule_.timeout || !sound({"/timeout", "/fetch/timeout"})) return;
  draft_.report("/fetch/timeout",
                {220,
                 duration_exact(attempt) + " for one attempt is longer than the whole run's timeout " +
                     duration_exact(schedule_.timeout),
                 "at most " + literal(schedule_.timeout)});
}

// PW218, PW226, PW233: what the shortest gap leaves room for.
void Arithmetic::gaps() {
  const Millis shortest = schedule_.gaps.shortest;
  const Millis half = shortest / 2;
  if (draft_.sound("/jitter") && schedule_.jitter > half)
    draft_.report("/jitter", {218,
                              duration_exact(schedule_.jitter) + " is longer than " + duration_exact(half) +
                                  ", half the shortest gap",
                              "at most " + literal(half)});
  if (draft_.sound("/timeout") && schedule_.timeout >= shortest) {
    const Millis fits = shortest - Millis{1000};
    draft_.report("/timeout", {226,
                               duration_exact(schedule_.timeout) + " is not below the shortest gap " +
                                   duration_exact(shortest) + ": a slow run would take the next one's slot",
                               fits >= Millis{1000} ? "at most " + literal(fits) : "a slower schedule"});
  }
  // Two pings a run; above five a minute the services throttle.
  if (!schedule_.heartbeat.url.empty() && shortest < Millis{24000})
    draft_.report(
        "/heartbeat", draft_.place_of("/heartbeat"),
        {233,
         "gets " + std::to_string(kTwoAMinute / std::max<Millis::rep>(shortest.count(), 1)) +
             " pings a minute (two a run, a run every " + duration_exact(shortest) + "), more than 5",
         "a run every 24s or slower, or no heartbeat"});
}

std::string Arithmetic::least_sum() const {
  if (least_ttl_by_gaps(schedule_) < least_ttl_by_order(schedule_))
    return "1.01 x timeout " + duration_exact(schedule_.timeout) + " + 14.1s";
  std::string sum = "longest gap " + duration_exact(schedule_.gaps.longest) + " + timeout " +
                    duration_exact(schedule_.timeout);
  if (schedule_.jitter.count() > 0) sum += " + jitter " + duration_exact(schedule_.jitter);
  return sum;
}

// PW222.
void Arithmetic::store_least() {
  const Millis least = draft_.input.store_least_ttl;
  ttl_fits_ = draft_.sound("/store/ttl");
  if (!draft_.given("/store/ttl") || !ttl_fits_ || schedule_.store.ttl >= least) return;
  ttl_fits_ = false;
  draft_.report("/store/ttl", {222,
                               duration_exact(schedule_.store.ttl) + " is shorter than " +
                                   duration_exact(least) + ", the least of this store",
                               "leave it out, or at least " + literal(least)});
}

// PW221.
void Arithmetic::ttl() {
  const Millis least = std::max(least_ttl(schedule_), draft_.input.store_least_ttl);
  const Millis fallback = std::min(std::max(3 * Millis{schedule_.gaps.longest}, least), kMaxTtl);
  Millis& ttl = schedule_.store.ttl;
  if (!draft_.given("/store/ttl")) ttl = fallback;
  if (!ttl_fits_ || ttl >= least) return;
  ttl_fits_ = false;
  const bool cold = least_ttl_by_gaps(schedule_) >= least_ttl_by_order(schedule_);
  draft_.report(
      "/store/ttl",
      {221,
       duration_exact(ttl) + " is shorter than " + duration_exact(least) + " (" + least_sum() + "): " +
           (cold ? "the key would be cold between runs" : "it could end while an older write may still come"),
       "leave it out (" + duration_exact(fallback) + "), or at least " + literal(least)});
}

// PW225.
void Arithmetic::extension() {
  const auto& limit = schedule_.store.stale_if_error;
  const Millis ttl = schedule_.store.ttl;
  if (!limit || !ttl_fits_ || !draft_.sound("/store/staleIfError") || *limit >= ttl) return;
  draft_.report("/store/staleIfError", {225,
                                        duration_exact(*limit) + " is shorter than the TTL " +
                                            duration_exact(ttl) + ": the value lives longer than that anyway",
                                        "leave it out, or at least " + literal(ttl)});
}

// PW223, PW224: an alarm must come after a run was due and before the value is gone.
void Arithmetic::limit() {
  Millis& limit = schedule_.stale_after;
  const bool given = draft_.given("/staleAfter");
  if (!given) limit = 2 * Millis{schedule_.gaps.longest} + schedule_.timeout;
  if (!draft_.sound("/staleAfter")) return;
  const Millis least = least_ttl(schedule_);
  const Millis ttl = schedule_.store.ttl;
  const std::string is =
      given ? duration_exact(limit) + " is" : "is " + duration_exact(limit) + " (" + limit_sum() + "),";
  if (limit < least)
    draft_.report("/staleAfter", {224,
                                  is + " below the least TTL " + duration_exact(least) + " (" + least_sum() +
                                      "): it would be called stale between good runs",
                                  "at least " + literal(least)});
  else if (ttl_fits_ && limit >= ttl)
    outlived(given, is);
}

// PW223, at the member that the file has: the limit, else the TTL.
void Arithmetic::outlived(bool limit_given, const std::string& is) {
  const Millis limit = schedule_.stale_after, ttl = schedule_.store.ttl, least = least_ttl(schedule_);
  const std::string why = ": the key would be cold before anybody is told";
  const std::string longer = "a \"ttl\" above " + duration_exact(limit);
  const std::string shorter = "at least " + literal(least) + " and below " + literal(ttl);
  if (limit_given || !draft_.given("/store/ttl")) {
    draft_.report("/staleAfter", {223, is + " not below the TTL " + duration_exact(ttl) + why,
                                  ttl > least ? shorter : longer});
    return;
  }
  draft_.report("/store/ttl", {223,
                               duration_exact(ttl) + " is not above the limit of the age, /staleAfter " +
                                   duration_exact(limit) + " (" + limit_sum() + ")" + why,
                               ttl > least ? longer + ", or a \"staleAfter\" of " + shorter : longer});
}

}  // namespace

void check_arithmetic(Draft& draft) {
  Arithmetic arithmetic(draft);
  arithmetic.attempt();
  arithmetic.store_least();
  if (!draft.has_gaps) return;
  arithmetic.gaps();
  if (!draft.sound("/timeout") || !draft.sound("/jitter")) return;
  arithmetic.ttl();
  arithmetic.extension();
  arithmetic.limit();
}

}  // namespace prewarm::schedule
