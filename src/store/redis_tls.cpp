// SPDX-License-Identifier: Apache-2.0
#include "store/redis_tls.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "prewarm/base/give_up.hpp"

namespace prewarm::store {
namespace {

const char kCertificateFlags[] =
    "look at --store-ca, --store-cert and --store-key: PEM files of this machine";

// Takes the whole queue; the last entry is the one nearest to the cause.
std::string queued_words() {
  std::string words;
  while (const unsigned long code = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(code);
    if (reason != nullptr) words = reason;
  }
  return words.empty() ? "unknown error" : words;
}

Error bad_file(const std::string& what, const std::string& file) {
  return {ErrorKind::invalid, "cannot use " + what + " " + file + ": " + queued_words(), kCertificateFlags};
}

Result<void> load_own_certificate(SSL_CTX* context, const StoreSettings& settings) {
  if (settings.cert_file.empty() && settings.key_file.empty()) return {};
  if (settings.cert_file.empty() || settings.key_file.empty())
    return Error{ErrorKind::invalid, "a client certificate needs both its file and that of its key",
                 "give --store-cert and --store-key, or neither"};
  if (SSL_CTX_use_certificate_chain_file(context, settings.cert_file.c_str()) != 1)
    return bad_file("the client certificate", settings.cert_file);
  if (SSL_CTX_use_PrivateKey_file(context, settings.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return bad_file("the client key", settings.key_file);
  if (SSL_CTX_check_private_key(context) != 1)
    return bad_file("the client certificate does not fit the key", settings.key_file);
  return {};
}

}  // namespace

Result<TlsContext> make_tls_context(const StoreSettings& settings) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  need_memory(context != nullptr);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  // A key with a passphrase would otherwise be asked for on the terminal.
  SSL_CTX_set_default_passwd_cb(context.get(), [](char*, int, int, void*) { return 0; });
  const std::string& ca = settings.ca_file;
  if (ca.empty())
    SSL_CTX_set_default_verify_paths(context.get());
  else if (SSL_CTX_load_verify_locations(context.get(), ca.c_str(), nullptr) != 1)
    return bad_file("the CA file", ca);
  TRY(load_own_certificate(context.get(), settings));
  return context;
}

TlsSession make_tls_session(SSL_CTX* context, const std::string& host) {
  TlsSession tls(SSL_new(context));
  need_memory(tls != nullptr);
  SSL_set_mode(tls.get(), SSL_MODE_ENABLE_PARTIAL_WRITE);
  SSL_set_hostflags(tls.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls.get()), host.c_str()) == 1) return tls;
  ERR_clear_error();
  need_memory(SSL_set1_host(tls.get(), host.c_str()) == 1);
  need_memory(SSL_set_tlsext_host_name(tls.get(), host.c_str()) == 1);
  return tls;
}

bool has_tls_error() noexcept { return ERR_peek_error() != 0; }

Error tls_error(const SSL* tls, const std::string& target) {
  const int reason = ERR_GET_REASON(ERR_peek_last_error());
  const std::string words = queued_words();
  const long verdict = SSL_get_verify_result(tls);
  if (verdict != X509_V_OK)
    return {ErrorKind::unreachable,
            "the certificate of " + target + " was refused: " + X509_verify_cert_error_string(verdict),
            "name the server as its certificate does; its own CA goes into --store-ca"};
  switch (reason) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      return {ErrorKind::store_auth, target + " wants a client certificate that it trusts (" + words + ")",
              "give --store-cert and --store-key"};
    case SSL_R_WRONG_VERSION_NUMBER:
      return {ErrorKind::unreachable, "could not reach " + target + ": no TLS is spoken there",
              "use the server's TLS port, or redis:// without TLS"};
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return {ErrorKind::unreachable, "could not reach " + target + ": the server closed the connection", "",
              true};
    default:
      return {ErrorKind::unreachable, "could not reach " + target + ": TLS failed (" + words + ")", "", true};
  }
}

}  // namespace prewarm::store
