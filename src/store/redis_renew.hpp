// SPDX-License-Identifier: Apache-2.0
// A window of renewals by one call of renew.lua, then a GET for each key whose head is new. Owned by the
// store thread.
#pragma once

#include <span>

#include "store/redis_script.hpp"

namespace prewarm::store {

struct RenewalWindow {
  std::span<const run::Renewal> renewals;
  std::span<run::ReadBack> answers;  // as many
  Millis max_age{};
  BootTime deadline;
};
/// Once. An error is about all of it; else each renewal has its own answer.
Result<void> renew_by_script(Link& link, const Login& login, const RenewalWindow& window);

}  // namespace prewarm::store
