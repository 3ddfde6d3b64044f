// SPDX-License-Identifier: Apache-2.0
#include "http/curl_errors.hpp"

#include <array>
#include <string_view>
#include <system_error>

namespace prewarm::http {
namespace {

Error error(ErrorKind kind, std::string message, bool retryable, std::string remedy = {}) {
  return {kind, std::move(message), std::move(remedy), retryable};
}

// X509_V_ERR_… of OpenSSL, as far as a server's certificate meets them.
std::string_view certificate_fault(long verdict) {
  struct Row {
    long verdict;
    std::string_view text;
  };
  static constexpr auto kRows = std::to_array<Row>({
      {9, "is not valid yet"},
      {10, "has expired"},
      {18, "is self-signed"},
      {19, "leads to a CA that is not trusted"},
      {20, "is of a CA that is not trusted, or its chain is incomplete"},
      {21, "is of a CA that is not trusted, or its chain is incomplete"},
      {26, "is not made for servers"},
      {66, "has a key that is too weak"},
      {67, "is of a CA with a key that is too weak"},
      {68, "has a signature that is too weak"},
  });
  for (const Row& row : kRows)
    if (row.verdict == verdict) return row.text;
  // libcurl compares the name itself, before it notes a verdict of OpenSSL.
  return verdict <= 1 ? "is for another name" : "does not verify";
}

Error certificate_error(const Request& request, CURL* handle) {
  long verdict = 0;
  curl_easy_getinfo(handle, CURLINFO_SSL_VERIFYRESULT, &verdict);
  std::string text = "the certificate " + std::string(certificate_fault(verdict)) + ": " + request.display;
  return error(ErrorKind::tls, std::move(text), false,
               "mend the server's certificate, or name its CA with fetch.caFile");
}

Error ca_error(const Request& request, CURL* handle) {
  if (!request.ca_file.empty())
    return error(ErrorKind::tls, "no CA certificate can be read from " + request.ca_file, false);
  char* bundle = nullptr;
  curl_easy_getinfo(handle, CURLINFO_CAINFO, &bundle);
  return error(
      ErrorKind::tls,
      "no CA certificates can be read" + (bundle == nullptr ? std::string() : " from " + std::string(bundle)),
      false, "install the package ca-certificates");
}

Error connect_error(const Request& request, CURL* handle) {
  long reason = 0;
  curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &reason);
  std::string text = "no connection to " + request.display;
  if (reason != 0) text += ": " + std::generic_category().message(static_cast<int>(reason));
  return error(ErrorKind::connect, std::move(text), true);
}

// Whatever else goes wrong is named by how far it had come.
Error cut_error(Phase phase, const Request& request) {
  switch (phase) {
    case Phase::queued:
    case Phase::name:
    case Phase::connect:
      return error(ErrorKind::connect, "no connection to " + request.display, true);
    case Phase::handshake:
      return error(ErrorKind::tls, "the TLS handshake failed: " + request.display, true);
    case Phase::answer:
      return error(ErrorKind::broken, "the connection ended before a whole answer came: " + request.display,
                   true);
    case Phase::body:
      break;
  }
  return error(ErrorKind::broken, "the body was cut off: " + request.display, true);
}

}  // namespace

Error curl_error(CURLcode code, Phase phase, const Request& request, CURL* handle) {
  // A head beyond libcurl's own limits: 7.88 calls that lack of memory, 8.6 and later have this code.
  constexpr int kTooLarge = 100;
  if (code == CURLE_OUT_OF_MEMORY || static_cast<int>(code) == kTooLarge)
    return broken_error("a head of more than 64 KiB", request, false);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return error(ErrorKind::dns, "the host name has no address: " + request.display, true);
    case CURLE_URL_MALFORMAT:  // a host that no name can be, found when it is made ready for DNS
      return error(ErrorKind::address, "the host is no host name: " + request.display, false);
    case CURLE_COULDNT_CONNECT:
      return connect_error(request, handle);
    case CURLE_PEER_FAILED_VERIFICATION:
      return certificate_error(request, handle);
    case CURLE_SSL_CACERT_BADFILE:
      return ca_error(request, handle);
    case CURLE_SSL_CONNECT_ERROR:
      return error(ErrorKind::tls, "the TLS handshake failed: " + request.display, true);
    case CURLE_BAD_CONTENT_ENCODING:  // libcurl 8 of a transfer coding; we undo the codings of bodies
                                      // ourselves
      return broken_error("a transfer coding that was not asked for", request, false);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return broken_error("something that is not HTTP", request, false);
    default:
      return cut_error(phase, request);
  }
}

Error alert_error(const std::string& alert, const Request& request) {
  return error(ErrorKind::tls, "the server ended TLS with the alert \"" + alert + "\": " + request.display,
               true, "see the server's log; if it asks for a client certificate: there is none to show");
}

Error unfetchable_error(const Request& request) {
  return error(ErrorKind::address, "not an http or https URL without user part: " + request.display, false);
}

Error timeout_error(Phase phase, Millis after, const Request& request) {
  const auto what = [phase]() -> std::string_view {
    switch (phase) {
      case Phase::queued:
        return "no free place among the transfers to this host";
      case Phase::name:
        return "no answer from DNS";
      case Phase::connect:
        return "no connection";
      case Phase::handshake:
        return "no end of the TLS handshake";
      case Phase::answer:
        return "no answer";
      case Phase::body:
        break;
    }
    return "no end of the body";
  }();
  return error(ErrorKind::timeout,
               std::string(what) + " after " + duration_exact(after) + ": " + request.display, true);
}

Error broken_error(std::string_view what, const Request& request, bool retryable) {
  return error(ErrorKind::broken, "the answer has " + std::string(what) + ": " + request.display, retryable);
}

}  // namespace prewarm::http
