// SPDX-License-Identifier: Apache-2.0
// The members of a Redis set as ids, a window of SSCAN at a time. Owned by the store thread.
#pragma once

#include <string>

#include "prewarm/base/id_list.hpp"
#include "store/redis_error.hpp"
#include "store/redis_link.hpp"

namespace prewarm::store {

/// A set of small encoding comes whole, whatever COUNT says: up to 512 members with Redis's own settings. A
/// server whose set-max-intset-entries or set-max-listpack-entries lets more than this come at once is
/// refused.
inline constexpr std::size_t kMaxMembersAtOnce = 16'384;

/// What Store::read_set was asked for.
struct SetAsked {
  const std::string& key;
  BootTime deadline;
};
/// Errors: id_source, those of server_error, of the link, store_deadline.
Result<void> scan_set(Link& link, const Login& login, const SetAsked& asked, IdList& ids);

}  // namespace prewarm::store
