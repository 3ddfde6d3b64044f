// SPDX-License-Identifier: Apache-2.0
// One transfer: the parsed URL, what libcurl calls back for it, and what became of it. The callbacks copy
// bytes and set flags; the meaning is made once, in `outcome`. Must not move while libcurl holds it. Owned by
// the fetcher's thread.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/address_rules.hpp"
#include "http/body_reader.hpp"
#include "http/curl_errors.hpp"
#include "http/curl_handles.hpp"
#include "http/response_head.hpp"
#include "http/tls_close.hpp"
#include "prewarm/http/fetcher.hpp"

namespace prewarm::http {

class CurlTransfer {
 public:
  /// `settings` outlives the transfer.
  CurlTransfer(std::uint64_t id, Request request, const FetcherSettings& settings);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;
  ~CurlTransfer() = default;

  std::uint64_t id() const noexcept { return id_; }
  const Request& request() const noexcept { return request_; }
  /// For the limit per host; lower case, without port. Empty if the URL cannot be fetched.
  const std::string& host() const noexcept { return host_; }
  bool fetchable() const noexcept { return !host_.empty(); }
  /// Not http or https, a user part, or no URL at all.
  Error unfetchable() const;

  /// Gives libcurl everything about this transfer; `left` is what its timeout leaves.
  void start(Easy easy, Millis left);
  CURL* handle() const noexcept { return easy_.get(); }
  Easy release() noexcept { return std::move(easy_); }

  /// Bytes of the body that came off the wire; nothing before the final head.
  std::optional<std::uint64_t> body_progress() const noexcept;
  /// What libcurl's verdict means.
  Result<Response> outcome(CURLcode code);
  /// The body has stopped coming.
  Result<Response> stalled();

 private:
  static std::size_t on_header(char* line, std::size_t size, std::size_t count, void* self) noexcept;
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self) noexcept;
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* peer) noexcept;
  static CURLcode on_handshake(CURL* handle, void* context, void* self) noexcept;
  static int on_connected(void* self, char* peer, char* local, int peer_port, int local_port) noexcept;
  bool take_body(std::string_view bytes);
  bool may_reach(const Address& address);
  Phase phase() const noexcept;
  Error timed_out() const;
  std::optional<Error> refusal() const;

  const std::uint64_t id_;
  Request request_;
  const FetcherSettings& settings_;
  Url url_;
  std::string host_;
  HostKind host_kind_ = HostKind::name;
  Easy easy_;
  HeaderList headers_;
  ResponseHead head_;
  BodyReader body_;
  std::optional<Address> refused_;
  std::uint64_t discarded_ = 0;
  TlsClose close_;
  bool tls_ = false, resolved_ = false, handshaking_ = false, connected_ = false;
};

}  // namespace prewarm::http
