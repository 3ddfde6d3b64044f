// SPDX-License-Identifier: Apache-2.0
#include "support/tls_context.hpp"

#include <stdexcept>

namespace prewarm::testkit {
namespace {

void must(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("OpenSSL refuses the server's ") + what);
}

}  // namespace

TlsContext make_server_context(const TlsSettings& settings) {
  TlsContext made(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = made.get();
  must(context != nullptr, "context");
  // Whatever the certificates are worth: it is for the client to refuse them.
  SSL_CTX_set_security_level(context, 0);
  if (settings.versions == TlsVersions::only_1_0) {
    must(SSL_CTX_set_min_proto_version(context, TLS1_VERSION) == 1, "lowest version");
    must(SSL_CTX_set_max_proto_version(context, TLS1_VERSION) == 1, "highest version");
    must(SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0") == 1, "ciphers");
  }
  must(SSL_CTX_use_certificate_chain_file(context, settings.files.certificate.c_str()) == 1, "certificate");
  must(SSL_CTX_use_PrivateKey_file(context, settings.files.key.c_str(), SSL_FILETYPE_PEM) == 1, "key");
  if (!settings.client_ca.empty()) {
    must(SSL_CTX_load_verify_locations(context, settings.client_ca.c_str(), nullptr) == 1,
         "client authority");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return made;
}

}  // namespace prewarm::testkit
