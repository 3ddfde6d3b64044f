// SPDX-License-Identifier: Apache-2.0
// Did the peer say that it was closing (TLS close_notify)? libcurl does not tell: a body that ends with its
// connection would pass for whole when anybody on the way cut it. Nor does it tell of an alert that ends a
// connection after the handshake, as TLS 1.3 refuses a client without a certificate. Watches the SSL object
// behind a transfer; the watch outlives both the connection and the transfer. Owned by the fetcher's thread.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

namespace prewarm::http {

class TlsClose {
 public:
  /// Of the connection that `handle` works on now, which must be TLS: call it from a callback of the
  /// transfer. Where libcurl has another TLS library than OpenSSL the answer is always no.
  static TlsClose watch(CURL* handle);
  bool announced() const noexcept { return heard_ && heard_->closed; }
  /// The fatal alert that the peer sent, in words; empty: none.
  std::string alert() const;

  struct Heard {
    bool closed = false;
    int alert = 0;
  };

 private:
  std::shared_ptr<const Heard> heard_;
};

}  // namespace prewarm::http
