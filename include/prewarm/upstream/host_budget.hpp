// SPDX-License-Identifier: Apache-2.0
// When one host may be asked again, whoever asks: the rate that the schedules give it, what its own headers
// leave, and the wait that a 429 or a 503 asks for. One for each origin; it counts and tells, and sends
// nothing. Integers alone, so that no rate drifts. Pure: the time comes in; owned by the fetch thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "prewarm/base/clock.hpp"
#include "prewarm/schedule/rate.hpp"
#include "prewarm/upstream/quota.hpp"

namespace prewarm::upstream {

/// What keeps a request from leaving; of two at once the later one here is told.
enum class Holding : std::uint8_t {
  nothing,
  rate,         // `fetch.rate`
  few_left,     // headers: fewer than are wanted, spread over the time that is left
  none_left,    // headers: none until the reset
  unavailable,  // 503 with Retry-After
  too_many,     // 429
};

struct Hold {
  Holding why = Holding::nothing;
  BootTime until{};
};

/// One answer, or that none came.
struct HostAnswer {
  int status = 0;  // 0: none came
  BootTime sent_at{};
  std::optional<Millis> retry_after{}, reset{};
  std::optional<Quota> quota{};
  std::size_t wanted = 0;    // requests to this host that are still to be sent, as far as is known
  BootTime wanted_by{};      // the latest deadline among them
  std::uint64_t random = 0;  // 64 uniform bits
};

class HostBudget {
 public:
  /// From now on; nothing: no rate. What was saved up so far stays, as far as the new burst goes.
  void set_rate(const std::optional<schedule::Rate>& rate, BootTime now);
  /// True: a request that is due may leave, and nobody needs to ask when.
  bool calm(BootTime now) const noexcept { return !rate_ && !spread_ && held_.until <= now; }
  /// The earliest instant, `now` or later, at which a request may leave that has so many others ahead of it.
  Hold may_send(BootTime now, std::size_t ahead = 0) const;
  /// The hold that an answer began; it may be over.
  const Hold& held() const noexcept { return held_; }
  /// False: first one of those under way must be answered. They are 8 at once; after a refusal half as many,
  /// down to 1, and for each 10 good answers one more again.
  bool has_slot() const noexcept { return under_way_ < slots_; }
  /// One request leaves; it is told of by `answered` later.
  void sent(BootTime now);
  /// The hold, if this answer began one.
  std::optional<Hold> answered(const HostAnswer& answer, BootTime now);
  /// No request is under way any more, and none will be told of.
  void forget_sent() noexcept { under_way_ = 0; }

 private:
  // Of the few requests that the headers leave: one each `step`.
  struct Spread {
    std::int64_t left = 0;
    BootClock::duration step{};
    BootTime until{};
  };

  // As many as the fetcher moves of one host: what waits, waits where a hold can still keep it.
  static constexpr std::size_t kAllSlots = 8;
  std::int64_t credit_at(BootTime when) const noexcept;
  BootTime by_rate(BootTime from, std::size_t ahead) const noexcept;
  BootTime by_spread(BootTime from, std::size_t ahead) const noexcept;
  std::optional<Hold> hold(Hold next, BootTime now);
  std::optional<Hold> refused(const HostAnswer& answer, BootTime now);
  std::optional<Hold> learn(const HostAnswer& answer, BootTime now);
  void went_well(const HostAnswer& answer) noexcept;

  std::optional<schedule::Rate> rate_;
  std::int64_t credit_ =
      0;  // at credit_at_; one request costs what passes in `rate.per`: `count` a nanosecond
  BootTime credit_at_{};
  Hold held_;
  BootTime told_until_{};  // the end of the hold as it was told last
  std::optional<Spread> spread_;
  BootTime spread_told_{};  // of this window of theirs somebody was told already
  BootTime last_sent_{};
  std::size_t under_way_ = 0, slots_ = kAllSlots;
  int well_ = 0;         // answers since a slot was given back
  int refusals_ = 0;     // in a row
  BootTime refused_at_;  // the last one that counted
};

}  // namespace prewarm::upstream
