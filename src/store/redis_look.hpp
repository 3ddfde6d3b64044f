// SPDX-License-Identifier: Apache-2.0
// Reading many keys, or many records, in one window. Not of one instant: each is whole by itself. Owned by
// the store thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "prewarm/store/store.hpp"
#include "store/redis_login.hpp"

namespace prewarm::store {

Result<std::vector<run::Found>> look_at(Link& link, const Login& login, std::span<const Look> keys,
                                        BootTime deadline);
Result<std::vector<std::optional<std::string>>> get_many(Link& link, const Login& login,
                                                         std::span<const std::string> keys,
                                                         BootTime deadline);
Result<void> put_many(Link& link, const Login& login, const Records& records, BootTime deadline);

}  // namespace prewarm::store
