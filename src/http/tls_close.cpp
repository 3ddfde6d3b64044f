// SPDX-License-Identifier: Apache-2.0
#include "http/tls_close.hpp"

#include <openssl/ssl.h>

#include "prewarm/base/give_up.hpp"

namespace prewarm::http {
namespace {

using Flag = std::shared_ptr<TlsClose::Heard>;

// NOLINTNEXTLINE(readability-function-size): as OpenSSL calls it
void free_flag(void*, void* flag, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Flag*>(flag); }

// Where an SSL object keeps its flag; freed with it.
int slot() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_flag);
  need_memory(index >= 0);
  return index;
}

void on_event(const SSL* ssl, int where, int alert) {
  if (where != SSL_CB_READ_ALERT) return;
  const auto* flag = static_cast<const Flag*>(SSL_get_ex_data(ssl, slot()));
  if (flag == nullptr) return;
  if ((alert & 0xFF) == SSL_AD_CLOSE_NOTIFY)
    (*flag)->closed = true;
  else if ((alert >> 8) == SSL3_AL_FATAL)
    (*flag)->alert = alert;
}

SSL* ssl_behind(CURL* handle) {
  const curl_tlssessioninfo* session = nullptr;
  if (curl_easy_getinfo(handle, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || session == nullptr)
    return nullptr;
  return session->backend == CURLSSLBACKEND_OPENSSL ? static_cast<SSL*>(session->internals) : nullptr;
}

}  // namespace

TlsClose TlsClose::watch(CURL* handle) {
  TlsClose close;
  SSL* const ssl = ssl_behind(handle);
  if (ssl == nullptr) return close;
  auto* flag = static_cast<Flag*>(SSL_get_ex_data(ssl, slot()));
  if (flag == nullptr) {
    flag = new Flag(std::make_shared<TlsClose::Heard>());
    need_memory(SSL_set_ex_data(ssl, slot(), flag) == 1);
    SSL_set_info_callback(ssl, on_event);
  }
  close.heard_ = *flag;
  return close;
}

std::string TlsClose::alert() const {
  constexpr int kCertificateRequired = 116;  // RFC 8446; OpenSSL 3.0 has no words for it
  if (!heard_ || heard_->alert == 0) return "";
  if ((heard_->alert & 0xFF) == kCertificateRequired) return "certificate required";
  return SSL_alert_desc_string_long(heard_->alert);
}

}  // namespace prewarm::http
