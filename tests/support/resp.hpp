// SPDX-License-Identifier: Apache-2.0
// A client for the Redis protocol (RESP2) of a few lines, so that tests look at a store without the product's
// own client code. Blocking, with a deadline; throws std::runtime_error when the connection breaks. Owned by
// one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/socket.hpp"

namespace prewarm::testkit {

struct Reply {
  enum class Kind : std::uint8_t { status, error, integer, bulk, nil, array };
  Kind kind = Kind::nil;
  std::string text{};  // of status, error, integer and bulk
  std::vector<Reply> items{};

  bool is_nil() const noexcept { return kind == Kind::nil; }
  bool is_error() const noexcept { return kind == Kind::error; }
  std::int64_t number() const;  // of an integer, else throws
};

class Resp {
 public:
  explicit Resp(Descriptor socket) : socket_(std::move(socket)) {}
  Reply command(const std::vector<std::string>& words);
  /// Without waiting for the reply, e.g. SUBSCRIBE or what a paused server will answer later.
  void send(const std::vector<std::string>& words);
  Reply receive();

 private:
  std::string line();
  Descriptor socket_;
};

}  // namespace prewarm::testkit
