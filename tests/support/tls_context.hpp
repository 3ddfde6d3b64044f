// SPDX-License-Identifier: Apache-2.0
// The TLS side of an upstream of the kit. A context is immutable once made and shared by its connections'
// threads.
#pragma once

#include <openssl/ssl.h>

#include <filesystem>
#include <memory>

#include "support/certificates.hpp"

namespace prewarm::testkit {

enum class TlsVersions : std::uint8_t {
  usual,
  only_1_0,  // at OpenSSL's security level 0, without which it does not speak it
};

struct TlsSettings {
  CertificateFiles files;
  std::filesystem::path client_ca{};  // not empty: clients must show a certificate of this authority
  TlsVersions versions = TlsVersions::usual;
  bool http2 = false;  // clients that offer it get it
};

struct FreeContext {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeContext>;

/// Throws std::runtime_error.
TlsContext make_server_context(const TlsSettings& settings);

}  // namespace prewarm::testkit
