// SPDX-License-Identifier: Apache-2.0
// One connection to a Redis server and one window at a time on it (I12): commands are sent, exactly as many
// replies are read, under one deadline and a byte cap each. After a timeout, a broken link, a parse error or
// a surplus byte the link is of no more use: it is closed with a reset, so that the kernel drops unsent
// bytes, and never reconnected in place. Owned by the store thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "prewarm/base/clock.hpp"
#include "prewarm/base/result.hpp"
#include "store/redis_dial.hpp"
#include "store/redis_reply.hpp"
#include "store/redis_request.hpp"
#include "store/redis_tls.hpp"

namespace prewarm::store {

struct Exchange {
  std::vector<Reply> replies;  // in order; fewer than commands only if there is a fault
  /// unreachable: nothing was sent. no_answer: something was, so the outcome is unknown. protocol: what came
  /// is no sound answer, and nothing of it is to be believed. store_auth: TLS wants a client certificate.
  std::optional<Error> fault;
};

/// What a link is made of: a connected socket, and a TLS session unless it is plain.
struct Wire {
  Socket socket;
  TlsSession tls;
};

class Link {
 public:
  /// Finishes the TLS handshake if there is a session. Errors: unreachable, store_auth.
  static Result<std::unique_ptr<Link>> open(Wire wire, const std::string& target, Clock& clock,
                                            BootTime deadline);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  Exchange exchange(const Request& request, BootTime deadline);
  /// What the server said before it ended a connection that could not be written to: its reason, if any.
  std::optional<Reply> last_words();
  /// False when the link is of no more use, also because the server closed it or spoke unasked.
  bool usable() noexcept;
  /// What it is in the middle of cannot be ended in order.
  void give_up() noexcept { usable_ = false; }
  /// The fault of the last exchange is a reply beyond its limit.
  bool over_limit() const noexcept { return reader_.over_limit(); }

 private:
  Link(Wire wire, std::string target, Clock& clock);
  Result<void> shake_hands(BootTime deadline);
  Result<void> send(std::string_view bytes, BootTime deadline);
  Result<void> receive(std::span<const ReplyLimit> limits, BootTime deadline, std::vector<Reply>& replies);
  Result<void> next_reply(const ReplyLimit& limit, BootTime deadline, Reply& into);
  void set_patience(BootTime::duration left) noexcept;
  Result<void> read_some(std::size_t least, BootTime deadline);
  void forget_errors() const noexcept;
  std::optional<std::size_t> read_now(std::span<char> into, int flags) noexcept;
  std::optional<std::size_t> write_now(std::string_view bytes) noexcept;
  std::optional<std::size_t> done_of(int count) const noexcept;
  Error broken();
  Error late() const;

  Wire wire_;
  std::string target_;
  Clock& clock_;
  ReplyReader reader_;
  std::chrono::microseconds patience_{0};  // of a plain socket
  bool sent_ = false;                      // of the current window: some of it may have reached the server
  bool usable_ = true;
};

}  // namespace prewarm::store
