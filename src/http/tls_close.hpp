// SPDX-License-Identifier: Apache-2.0
// Did the peer say that it was closing (TLS close_notify)? libcurl does not tell: a body that ends with its
// connection would pass for whole when anybody on the way cut it. Watches the SSL object behind a transfer;
// the watch outlives both the connection and the transfer. Owned by the fetcher's thread.
#pragma once

#include <curl/curl.h>

#include <memory>

namespace prewarm::http {

class TlsClose {
 public:
  /// Of the connection that `handle` works on now, which must be TLS: call it from a callback of the
  /// transfer. Where libcurl has another TLS library than OpenSSL the answer is always no.
  static TlsClose watch(CURL* handle);
  bool announced() const noexcept { return announced_ && *announced_; }

 private:
  std::shared_ptr<const bool> announced_;
};

}  // namespace prewarm::http
