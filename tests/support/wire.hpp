// SPDX-License-Identifier: Apache-2.0
// One accepted connection, plain or TLS, whose every wait can be ended from outside: each call also watches a
// stop descriptor that the server makes readable once and for all. Nothing throws; false means that the
// client has gone or the server is stopping, and the connection is then only good for closing. Owned by one
// thread.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "support/socket.hpp"

namespace prewarm::testkit {

/// An eventfd that is opened once and stays open: a stop sign, or what a test lets an answer wait for.
/// Thread-safe.
class Gate {
 public:
  Gate();
  void open() const noexcept;
  int descriptor() const noexcept { return event_.get(); }

 private:
  Descriptor event_;
};

class Wire {
 public:
  /// `stop` outlives the wire.
  Wire(Descriptor socket, const Gate& stop);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  bool start_tls(SSL_CTX* context);
  /// After start_tls: the client and we agreed on HTTP/2.
  bool is_http2() const noexcept;
  /// Appends what is there, waiting for at least a byte.
  bool read_some(std::string& into);
  bool write(std::string_view bytes);
  /// False too when the client leaves meanwhile.
  bool pause(std::chrono::milliseconds duration);
  bool wait_for(const Gate& gate);
  /// Until the client leaves or the server stops.
  void wait_for_the_end();

  /// Ends our direction in order, then waits for the client to do the same, as a closing server should, but a
  /// second at most. `notify`: with TLS, say so before (close_notify).
  enum class Notify : bool { no, yes };
  void finish(Notify notify);
  /// Everything written so far arrives, then RST.
  void reset();

 private:
  struct FreeTls {
    void operator()(SSL* tls) const noexcept { SSL_free(tls); }
  };
  bool watch(short events, int other, std::chrono::milliseconds limit, bool& timed_out);
  bool ready(short events);
  bool retry_tls(int result);

  Descriptor socket_;
  const Gate& stop_;
  std::unique_ptr<SSL, FreeTls> tls_;
};

}  // namespace prewarm::testkit
