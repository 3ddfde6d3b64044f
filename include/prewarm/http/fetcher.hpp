// SPDX-License-Identifier: Apache-2.0
// The second of the three seams: HTTP transfers. Submit any number, wait for whichever ends. Nothing is
// retried, redirected or interpreted here; `upstream` decides what an answer means. A Fetcher is owned by one
// thread (fetch, or record for heartbeats); only `wake` may be called from others.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "prewarm/base/clock.hpp"
#include "prewarm/base/result.hpp"
#include "prewarm/base/secret.hpp"
#include "prewarm/base/units.hpp"
#include "prewarm/http/response_headers.hpp"

namespace prewarm::http {

/// Names and values, which hold no CR or LF (checked at load). Copies share them until one is added to: a
/// fan-out's requests have the same ones, and a copy of secrets is one more to wipe.
class RequestHeaders {
 public:
  using List = std::vector<std::pair<std::string, Secret>>;
  RequestHeaders() = default;
  RequestHeaders(std::initializer_list<List::value_type> list) : list_(std::make_shared<List>(list)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): a list of them is what they are
  RequestHeaders(List list) : list_(std::make_shared<List>(std::move(list))) {}

  /// Copies of one another, to which nothing was added.
  bool shared_with(const RequestHeaders& other) const noexcept { return list_ == other.list_; }
  const List& list() const noexcept { return list_ ? *list_ : none(); }
  List::const_iterator begin() const noexcept { return list().begin(); }
  List::const_iterator end() const noexcept { return list().end(); }
  std::size_t size() const noexcept { return list().size(); }
  void emplace_back(std::string name, Secret value) {
    if (!list_ || list_.use_count() > 1) list_ = std::make_shared<List>(list());
    list_->emplace_back(std::move(name), std::move(value));
  }

 private:
  static const List& none() noexcept {
    static const List kNone;
    return kNone;
  }
  std::shared_ptr<List> list_;
};

struct Request {
  Secret url;           // whole, query included
  std::string display;  // scheme, host, unfilled path: what an error may show
  bool post = false;
  Secret body;  // POST
  RequestHeaders headers;
  std::string if_none_match{}, if_modified_since{};  // RFC 9110, 13.1; empty: without. No CR or LF
  Millis timeout{10'000};     // the whole attempt from `submit` on: waiting for a place and DNS included
  Bytes max_bytes{1U << 20};  // of the body after decompression
  std::string ca_file;        // empty: system CAs
};

struct Response {
  int status = 0;
  std::string body;  // of 200 and 203 alone; decompressed; kJsonPadding bytes of spare capacity
  ResponseHeaders headers;
  bool length_known = false;  // Content-Length or a final chunk said where the body ends (I5)
  bool coded = false;         // the body had a content coding
};

/// Ended one way or another. Errors: dns, connect, tls, timeout, address, too_large, broken, shutdown
/// (cancelled); `retryable` says whether the same request may succeed later; messages show `display` only.
struct Transfer {
  std::uint64_t id = 0;
  Result<Response> result;
};

class Fetcher {
 public:
  virtual ~Fetcher() = default;
  /// Starts a transfer or queues it behind the limits (64 at once, 8 per host). `id` comes back in the
  /// Transfer. Nobody changes the request before that.
  virtual void submit(std::uint64_t id, std::shared_ptr<const Request> request) = 0;
  void submit(std::uint64_t id, Request request) {
    submit(id, std::make_shared<const Request>(std::move(request)));
  }
  /// Blocks until a transfer ended, boot time reaches `until`, or `wake`. All transfers that ended since the
  /// last call.
  virtual std::vector<Transfer> wait(BootTime until) = 0;
  /// Every transfer not ended yet ends as `shutdown` at the next wait.
  virtual void cancel_all() = 0;
  /// Ends a wait. Thread-safe.
  virtual void wake() noexcept = 0;
};

/// An address range such as 10.0.0.0/8 or ::1/128.
struct AddressRange {
  bool v6 = false;
  std::array<std::uint8_t, 16> bytes{};
  int bits = 0;
};
Result<AddressRange> parse_address_range(std::string_view text);  // Errors: invalid
/// Loopback, private, shared, link-local, multicast, unspecified, also mapped into IPv6 (PROMISES 14).
bool is_inner_address(const std::array<std::uint8_t, 16>& bytes, bool v6) noexcept;

struct FetcherSettings {
  std::vector<AddressRange> allow_net;  // inner ranges a *name* may resolve to
  std::size_t max_total = 64;           // DESIGN 5
  std::size_t max_per_host = 8;
  Bytes body_budget{128U << 20};   // sum of `max_bytes` of the transfers at work (DESIGN 5)
  Millis connect_timeout{10'000};  // name look-up, connection and TLS handshake
  Millis stall_window{15'000};     // a body that brings less than 256 bytes in this time is given up
};
std::unique_ptr<Fetcher> make_curl_fetcher(FetcherSettings settings, Clock& clock);

}  // namespace prewarm::http
