// SPDX-License-Identifier: Apache-2.0
#include "prewarm/store/store.hpp"
#include "store/redis_store.hpp"
#include "store/sqlite_store.hpp"
#include "store/store_url.hpp"

namespace prewarm::store {
namespace {

// With redis:// they would be silently without effect, and the connection in the clear.
Result<void> refuse_certificates(const StoreSettings& settings) {
  if (settings.ca_file.empty() && settings.cert_file.empty() && settings.key_file.empty()) return {};
  return Error{ErrorKind::invalid, "the store URL is without TLS, but certificate files are given for it",
               "write rediss://, or leave out --store-ca, --store-cert and --store-key"};
}

}  // namespace

Result<std::unique_ptr<Store>> make_store(const Secret& url, StoreSettings settings, Clock& clock) {
  TRY_ASSIGN(StoreUrl where, parse_store_url(url.reveal()));
  if (where.kind == StoreKind::sqlite)
    return make_sqlite_store(std::move(where.path), std::move(settings), clock);
  TlsContext tls;
  if (where.kind == StoreKind::redis_tls) {
    TRY_ASSIGN(tls, make_tls_context(settings));
  } else {
    TRY(refuse_certificates(settings));
  }
  return make_redis_store(std::move(where), std::move(settings), std::move(tls), clock);
}

}  // namespace prewarm::store
