// SPDX-License-Identifier: Apache-2.0
// The store on a Redis or Valkey server: one connection, made when needed, trusted only after it said that it
// is a primary and, for writes, after the probe. This file decides when to connect, to try again and to give
// up; what is said on the wire is in redis_login, redis_window and redis_link. Owned by the store thread.
#pragma once

#include <memory>

#include "prewarm/store/store.hpp"
#include "store/redis_tls.hpp"
#include "store/resolver.hpp"
#include "store/store_url.hpp"

namespace prewarm::store {

/// `tls`: set for rediss://, else null. User and password of the settings win over the URL's.
std::unique_ptr<Store> make_redis_store(StoreUrl url, StoreSettings settings, TlsContext tls, Clock& clock);

}  // namespace prewarm::store
