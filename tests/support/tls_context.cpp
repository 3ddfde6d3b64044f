// SPDX-License-Identifier: Apache-2.0
#include "support/tls_context.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace prewarm::testkit {
namespace {

void must(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("OpenSSL refuses the server's ") + what);
}

/// ALPN (RFC 7301): h2 if the client offers it, else nothing is agreed and HTTP/1.1 spoken.
int choose_http2(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                 unsigned int offered_size, void*) noexcept {
  constexpr std::string_view kWanted = "\x02h2";
  const std::string_view list(reinterpret_cast<const char*>(offered), offered_size);
  for (std::size_t at = 0; at < list.size(); at += 1 + static_cast<unsigned char>(list[at])) {
    if (list.substr(at, kWanted.size()) != kWanted) continue;
    *chosen = offered + at + 1;
    *size = 2;
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
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
  if (settings.http2) SSL_CTX_set_alpn_select_cb(context, choose_http2, nullptr);
  if (!settings.client_ca.empty()) {
    must(SSL_CTX_load_verify_locations(context, settings.client_ca.c_str(), nullptr) == 1,
         "client authority");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return made;
}

}  // namespace prewarm::testkit
