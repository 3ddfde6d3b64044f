// SPDX-License-Identifier: Apache-2.0
#include "prewarm/store/store.hpp"
#include "store/sqlite_store.hpp"
#include "store/store_url.hpp"

namespace prewarm::store {

Result<std::unique_ptr<Store>> make_store(const Secret& url, StoreSettings settings, Clock& clock) {
  TRY_ASSIGN(StoreUrl where, parse_store_url(url.reveal()));
  return make_sqlite_store(std::move(where.path), std::move(settings), clock);
}

}  // namespace prewarm::store
