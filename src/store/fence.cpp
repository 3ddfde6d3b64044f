// SPDX-License-Identifier: Apache-2.0
#include "store/fence.hpp"

#include "prewarm/envelope/envelope.hpp"
#include "store/planted_fence.hpp"

namespace prewarm::store {

run::ReadBack::Answer fence_decision(std::string_view old_head, const Token& ours, const FenceClock& clock) {
  using Answer = run::ReadBack::Answer;
  if (const auto wrong = planted_decision(old_head, ours, clock)) return *wrong;
  if (clock.now - ours.instant > clock.max_age) return Answer::expired;
  const auto head = envelope::read_head(old_head);
  // A head that far ahead was written by a wrong clock; obeying it would freeze the key.
  if (!head || head->last_updated - clock.now > envelope::kMaxAhead) return Answer::written;
  if (head->version != ours.version)
    return head->version > ours.version ? Answer::superseded : Answer::written;
  return head->last_updated > ours.instant ? Answer::superseded : Answer::written;
}

}  // namespace prewarm::store
