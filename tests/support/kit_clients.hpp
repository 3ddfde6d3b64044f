// SPDX-License-Identifier: Apache-2.0
// Clients for the tests of the kit itself: bare bytes, plain and in TLS, to see what is on the wire, and
// libcurl's easy interface, to see that an independent client takes it for what it is meant to be.
#pragma once

#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "support/upstream.hpp"

namespace prewarm::testkit {

/// Sends one GET and receives until the server ends the connection or `limit` passes.
inline Received ask(const Upstream& upstream, const std::string& target,
                    std::chrono::milliseconds limit = kDeadline) {
  const Descriptor socket = connect_loopback(upstream.port());
  send_all(socket, "GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  return receive_all(socket, limit);
}

inline std::string body_of(const Received& received) {
  const std::size_t end = received.bytes.find("\r\n\r\n");
  return end == std::string::npos ? "" : received.bytes.substr(end + 4);
}

/// A TLS client of OpenSSL alone, which trusts `authority` and wants to talk to localhost.
class TlsClient {
 public:
  TlsClient(std::uint16_t port, const std::filesystem::path& authority,
            const CertificateFiles* client = nullptr)
      : context_(SSL_CTX_new(TLS_client_method())), socket_(connect_loopback(port)) {
    block_sigpipe_in_this_thread();
    SSL_CTX_load_verify_locations(context_.get(), authority.c_str(), nullptr);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    if (client != nullptr) {
      SSL_CTX_use_certificate_chain_file(context_.get(), client->certificate.c_str());
      SSL_CTX_use_PrivateKey_file(context_.get(), client->key.c_str(), SSL_FILETYPE_PEM);
    }
    tls_.reset(SSL_new(context_.get()));
    SSL_set_fd(tls_.get(), socket_.get());
    SSL_set1_host(tls_.get(), "localhost");
  }
  /// SSL_ERROR_NONE, or what OpenSSL says; so do the next two.
  int shake_hands() { return error_of(SSL_connect(tls_.get())); }
  int send(const std::string& bytes) {
    return error_of(SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())));
  }
  /// Appends what comes. SSL_ERROR_ZERO_RETURN: close_notify; SSL_ERROR_SSL: the end without it.
  int receive(std::string& into) {
    std::array<char, 4096> chunk{};
    const int got = SSL_read(tls_.get(), chunk.data(), static_cast<int>(chunk.size()));
    if (got > 0) into.append(chunk.data(), static_cast<std::size_t>(got));
    return error_of(got);
  }

 private:
  struct FreeTls {
    void operator()(SSL* tls) const noexcept { SSL_free(tls); }
  };
  int error_of(int result) {
    if (result > 0) return SSL_ERROR_NONE;
    const int error = SSL_get_error(tls_.get(), result);
    ERR_clear_error();
    return error;
  }

  TlsContext context_;
  Descriptor socket_;
  std::unique_ptr<SSL, FreeTls> tls_;
};

struct CurlAnswer {
  CURLcode code = CURLE_OK;
  long status = 0;
  std::string head, body;
};

class Curl {
 public:
  Curl() : easy_(curl_easy_init()) {
    block_sigpipe_in_this_thread();
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, 10'000L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_WRITEFUNCTION, &Curl::store);
    set(CURLOPT_HEADERFUNCTION, &Curl::store);
    set(CURLOPT_ACCEPT_ENCODING, "");
  }
  ~Curl() { curl_easy_cleanup(easy_); }
  Curl(const Curl&) = delete;
  Curl& operator=(const Curl&) = delete;

  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(easy_, option, value);
  }
  /// More bytes than this end the transfer with CURLE_WRITE_ERROR.
  std::size_t most_bytes = 64U << 20;

  CurlAnswer get(const std::string& url) {
    Bytes body{{}, most_bytes}, head{{}, most_bytes};
    set(CURLOPT_WRITEDATA, &body);
    set(CURLOPT_HEADERDATA, &head);
    set(CURLOPT_URL, url.c_str());
    CurlAnswer answer;
    answer.code = curl_easy_perform(easy_);
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &answer.status);
    answer.head = std::move(head.bytes);
    answer.body = std::move(body.bytes);
    return answer;
  }

 private:
  struct Bytes {
    std::string bytes;
    std::size_t most;
  };
  static std::size_t store(const char* data, std::size_t size, std::size_t count, void* into) noexcept {
    auto& bytes = *static_cast<Bytes*>(into);
    if (bytes.bytes.size() + size * count > bytes.most) return 0;
    bytes.bytes.append(data, size * count);
    return size * count;
  }
  CURL* easy_;
};

}  // namespace prewarm::testkit
