// SPDX-License-Identifier: Apache-2.0
// TLS towards a Redis server: TLS 1.2 or later, chain and name or address verified, own CA file or the
// system's, client certificate on request. The context is made once per store. There is no switch that turns
// a check off. Owned by the store thread.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "prewarm/base/result.hpp"
#include "prewarm/store/store.hpp"

namespace prewarm::store {

struct FreeTls {
  void operator()(SSL* tls) const noexcept { SSL_free(tls); }
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeTls>;
using TlsSession = std::unique_ptr<SSL, FreeTls>;

/// Errors: invalid (PW312), naming the file that cannot be used.
Result<TlsContext> make_tls_context(const StoreSettings& settings);
/// A client session that accepts `host` alone.
TlsSession make_tls_session(SSL_CTX* context, const std::string& host);
/// What the library's error queue and the check of the certificate say of a failed call, and empties the
/// queue. Errors: unreachable; store_auth when the server refused our certificate or wants one.
Error tls_error(const SSL* tls, const std::string& target);
/// Whether the queue holds an error of TLS, not one of the socket.
bool has_tls_error() noexcept;

}  // namespace prewarm::store
