// SPDX-License-Identifier: Apache-2.0
// The fence with a planted fault in it (base/planted.hpp); in a release there is none, and this says nothing.
// Pure.
#pragma once

#include <optional>
#include <string>

#include "prewarm/base/planted.hpp"
#include "prewarm/envelope/envelope.hpp"
#include "store/fence.hpp"

namespace prewarm::store {

/// What a faulty fence decides where it differs from the sound one.
inline std::optional<run::ReadBack::Answer> planted_decision(std::string_view old_head, const Token& ours,
                                                             const FenceClock& clock) {
  using Answer = run::ReadBack::Answer;
  if (planted(Plant::plain_set)) return Answer::written;
  if (planted(Plant::no_age_check) && clock.now - ours.instant > clock.max_age)
    return fence_decision(old_head, ours, {clock.now, clock.now - ours.instant});
  const auto head = envelope::read_head(old_head);
  if (!head || clock.now - ours.instant > clock.max_age) return std::nullopt;
  const Millis ahead = head->last_updated - clock.now;
  if (planted(Plant::near_head_replaced) && ahead > Millis(0)) return Answer::written;
  if (planted(Plant::far_head_obeyed) && ahead > envelope::kMaxAhead && head->version == ours.version)
    return head->last_updated > ours.instant ? Answer::superseded : Answer::written;
  if (ahead > envelope::kMaxAhead) return std::nullopt;
  if (planted(Plant::version_as_text) && head->version != ours.version)
    return std::to_string(head->version) > std::to_string(ours.version) ? Answer::superseded
                                                                        : Answer::written;
  if (planted(Plant::lower_version_obeyed) && head->version < ours.version &&
      head->last_updated > ours.instant)
    return Answer::superseded;
  if (planted(Plant::own_retry_superseded) && head->version == ours.version &&
      head->last_updated == ours.instant)
    return Answer::superseded;
  return std::nullopt;
}

}  // namespace prewarm::store
