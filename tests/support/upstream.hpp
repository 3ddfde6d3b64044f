// SPDX-License-Identifier: Apache-2.0
// A programmable HTTP/1.1 server on a real loopback socket, plain or TLS, written on raw sockets so that it
// can do what no HTTP library would: see Answer. A test programs answers per path, runs, and looks at the
// requests received. Not a model of any real service and not fast. One thread accepts, each connection has
// one; the destructor ends them all, whatever they wait for. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/answer.hpp"
#include "support/request.hpp"
#include "support/socket.hpp"
#include "support/tls_context.hpp"

namespace prewarm::testkit {

struct UpstreamSettings {
  Family family = Family::v4;
  std::uint16_t port = 0;            // 0: any free one
  std::optional<TlsSettings> tls{};  // https
};

class Upstream {
 public:
  /// Called in the connections' threads, several at a time.
  using Handler = std::function<Answer(const UpstreamRequest&)>;

  Upstream() : Upstream(UpstreamSettings{}) {}
  explicit Upstream(const UpstreamSettings& settings);
  ~Upstream();
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  /// What `path` (without query) answers from now on; other paths answer 404.
  void on(const std::string& path, Answer always);
  /// One after the other; the last one stays.
  void on(const std::string& path, std::vector<Answer> in_turn);
  void on(const std::string& path, Handler handler);
  /// For every path not programmed, and for all HTTP/2 requests, whose paths are not read (see http2.hpp).
  void otherwise(Handler handler);

  std::uint16_t port() const noexcept;
  /// "http://127.0.0.1:PORT/x"; `host` as in the certificate or to be resolved otherwise.
  std::string url(const std::string& target = "/") const;
  std::string url_at(const std::string& host, const std::string& target = "/") const;

  /// Requests in the order in which they arrived, all or of one path.
  std::vector<UpstreamRequest> requests() const;
  std::vector<UpstreamRequest> requests(const std::string& path) const;
  /// Waits for the `number`th request (from 1) of that path, or of any if `path` is empty. Throws
  /// std::runtime_error when it does not come in time.
  UpstreamRequest wait_for_request(std::size_t number, const std::string& path = {},
                                   std::chrono::milliseconds limit = kDeadline) const;
  /// Waits until `count` connections have ended, whoever ended them. False when they have not in time.
  bool wait_for_closed(std::size_t count, std::chrono::milliseconds limit = kDeadline) const;

  std::size_t accepted() const;  // connections
  std::size_t closed() const;    // of these
  std::size_t failed_handshakes() const;
  /// Most requests at one time that had arrived and had not a byte of their answer yet. Never more than the
  /// clients had open, but for one that leaves before its answer: it counts until that is noticed.
  std::size_t most_at_once() const;

  /// Refuses new connections and ends the present ones. Also what the destructor does.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One after the other, shared by all who ask; the last one stays.
Upstream::Handler answers_in_turn(std::vector<Answer> answers);

}  // namespace prewarm::testkit
