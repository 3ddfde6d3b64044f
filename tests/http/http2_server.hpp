// SPDX-License-Identifier: Apache-2.0
// Just enough of HTTP/2 (RFC 9113) over TLS to answer each request with frames that a test composed, sound or
// not. Knows no flow control and no compression but the static table. One connection at a time, in a thread
// of its own.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/socket.hpp"
#include "support/tls_context.hpp"
#include "support/wire.hpp"

namespace prewarm::http::test {

inline constexpr std::uint8_t kEndStream = 0x1;

/// Frames of stream 1; status 200 and these fields.
std::string headers_frame(const std::vector<std::pair<std::string, std::string>>& fields,
                          std::uint8_t flags = 0);
std::string data_frame(std::string_view bytes, std::uint8_t flags = 0);
std::string reset_frame(std::uint32_t error);
std::string goaway_frame(std::uint32_t last_stream, std::uint32_t error);

class Http2Server {
 public:
  enum class Then : std::uint8_t { stay, notify_and_close, close };
  Http2Server(const testkit::CertificateFiles& files, std::string frames, Then then);
  ~Http2Server();
  Http2Server(const Http2Server&) = delete;
  Http2Server& operator=(const Http2Server&) = delete;

  std::string url() const;
  int requests() const { return requests_; }

 private:
  void serve();
  void answer(testkit::Wire& wire);

  std::string frames_;
  Then then_;
  testkit::TlsContext context_;
  testkit::Descriptor listener_ = testkit::listen_on_loopback();
  testkit::Gate stop_;
  std::atomic<int> requests_{0};
  std::thread thread_;
};

}  // namespace prewarm::http::test
