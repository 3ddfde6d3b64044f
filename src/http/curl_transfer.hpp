// SPDX-License-Identifier: Apache-2.0
// A place for one transfer after the other: an easy handle with all set that is always the same, what libcurl
// calls back for the request it works on now, and what became of that. The callbacks copy bytes and set
// flags; the meaning is made once, in `outcome`. Must not move: libcurl holds it. Owned by the fetcher's
// thread.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/body_reader.hpp"
#include "http/curl_errors.hpp"
#include "http/curl_handles.hpp"
#include "http/peer_check.hpp"
#include "http/response_head.hpp"
#include "http/socket_watch.hpp"
#include "http/tls_close.hpp"
#include "prewarm/http/fetcher.hpp"

namespace prewarm::http {

/// What all transfers of a fetcher share.
struct TransferContext {
  const FetcherSettings& settings;
  PeerCheck& peers;
  SocketWatch& sockets;
};

class CurlTransfer {
 public:
  /// What the context names outlives the transfer.
  explicit CurlTransfer(const TransferContext& context);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;
  ~CurlTransfer() = default;

  /// Makes the handle ready for `request`, which outlives the transfer, and forgets the one before. The
  /// caller keeps the deadline.
  void prepare(std::uint64_t serial, const Request& request, HostKind kind, bool tls);
  CURL* handle() const noexcept { return easy_.get(); }
  /// Of a handle that libcurl hands back.
  static CurlTransfer& of(CURL* handle);
  std::uint64_t serial() const noexcept { return serial_; }

  /// Bytes of the body that came off the wire; nothing before the final head.
  std::optional<std::uint64_t> body_progress() const noexcept;
  /// What libcurl's verdict means. Once: the body goes with it.
  Result<Response> outcome(CURLcode code);
  /// The body has stopped coming.
  Result<Response> stalled();

 private:
  static std::size_t on_header(char* line, std::size_t size, std::size_t count, void* self) noexcept;
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self) noexcept;
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* peer) noexcept;
  static int on_close(void* sockets, curl_socket_t socket) noexcept;
  static CURLcode on_handshake(CURL* handle, void* context, void* self) noexcept;
  static int on_connected(void* self, char* peer, char* local, int peer_port, int local_port) noexcept;
  void set_constants(const std::string& ca_file);
  void set_url(const std::string& url);
  void set_headers(const Request& request);
  const curl_slist* with_conditions(const Request& request);
  bool take_body(std::string_view bytes);
  Phase phase() const noexcept;
  Millis connect_timeout(const Request& request) const noexcept;
  Error timed_out() const;
  std::optional<Error> refusal() const;

  const TransferContext context_;
  Easy easy_;
  // What the handle is set to.
  bool fresh_ = true, post_ = false;
  std::string ca_file_;
  Millis connect_timeout_{};
  RequestHeaders headers_;
  HeaderList lines_;  // of `headers_`, and those that every request has
  // In front of these, as they are another request's next time.
  struct Condition {
    std::string line;
    curl_slist node{};
  };
  Condition none_match_, modified_since_;
  const curl_slist* sent_lines_ = nullptr;
  // The transfer under way.
  std::uint64_t serial_ = 0;
  const Request* request_ = nullptr;
  HostKind kind_ = HostKind::name;
  ResponseHead head_;
  BodyReader body_;
  std::optional<Address> refused_;
  std::uint64_t discarded_ = 0;
  TlsClose close_;
  bool tls_ = false, resolved_ = false, handshaking_ = false, connected_ = false;
};

}  // namespace prewarm::http
