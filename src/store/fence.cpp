// SPDX-License-Identifier: Apache-2.0
#include "store/fence.hpp"

#include <string>

#include "prewarm/base/planted.hpp"
#include "prewarm/envelope/envelope.hpp"

namespace prewarm::store {

run::ReadBack::Answer fence_decision(std::string_view old_head, const Token& ours, const FenceClock& clock) {
  using Answer = run::ReadBack::Answer;
  if (planted(Plant::plain_set)) return Answer::written;
  if (clock.now - ours.instant > clock.max_age && !planted(Plant::no_age_check)) return Answer::expired;
  const auto head = envelope::read_head(old_head);
  // A head that far ahead was written by a wrong clock; obeying it would freeze the key.
  if (!head) return Answer::written;
  const Millis ahead = head->last_updated - clock.now;
  if (ahead > envelope::kMaxAhead && !planted(Plant::far_head_obeyed)) return Answer::written;
  if (ahead > Millis(0) && planted(Plant::near_head_replaced)) return Answer::written;
  if (planted(Plant::version_as_text) && head->version != ours.version)
    return std::to_string(head->version) > std::to_string(ours.version) ? Answer::superseded
                                                                        : Answer::written;
  if (head->version != ours.version &&
      !(planted(Plant::lower_version_obeyed) && head->version < ours.version))
    return head->version > ours.version ? Answer::superseded : Answer::written;
  if (planted(Plant::own_retry_superseded) && head->last_updated == ours.instant) return Answer::superseded;
  return head->last_updated > ours.instant ? Answer::superseded : Answer::written;
}

}  // namespace prewarm::store
