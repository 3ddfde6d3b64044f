// SPDX-License-Identifier: Apache-2.0
// One connection to a Redis server and one window at a time on it (I12): commands are sent, exactly as many
// replies are read, under one deadline and a byte cap each. After a timeout, a broken link, a parse error or
// a surplus byte the link is of no more use: it is closed with a reset, so that the kernel drops unsent
// bytes, and never reconnected in place. Owned by the store thread.
#pragma once

#include <hiredis/hiredis.h>

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "prewarm/base/clock.hpp"
#include "prewarm/base/result.hpp"
#include "store/redis_dial.hpp"
#include "store/redis_reply.hpp"
#include "store/redis_tls.hpp"

namespace prewarm::store {

/// Its words must live until the exchange is over.
struct Command {
  std::vector<std::string_view> words;
  ReplyLimit limit{};
};

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

  Exchange exchange(std::span<const Command> window, BootTime deadline);
  /// What the server said before it ended a connection that could not be written to: its reason, if any.
  std::optional<Reply> last_words();
  /// False when the link is of no more use, also because the server closed it or spoke unasked.
  bool usable() noexcept;
  /// The fault of the last exchange is a reply beyond its limit.
  bool over_limit() const noexcept { return reader_.over_limit(); }

 private:
  struct FreeContext {
    void operator()(redisContext* context) const noexcept { redisFree(context); }
  };
  Link(redisContext* context, SSL* tls, std::string target, Clock& clock);
  Result<void> shake_hands(BootTime deadline);
  Result<void> send(std::string_view bytes, BootTime deadline);
  Result<void> receive(std::span<const Command> window, BootTime deadline, std::vector<Reply>& replies);
  Result<std::optional<Reply>> next_reply(const ReplyLimit& limit, BootTime deadline);
  Result<bool> read_some(BootTime deadline);
  Error broken();
  Error late() const;

  std::unique_ptr<redisContext, FreeContext> context_;
  SSL* tls_;  // owned by the context
  std::string target_;
  Clock& clock_;
  ReplyReader reader_;
  bool sent_ = false;  // of the current window: some of it may have reached the server
  bool usable_ = true;
};

}  // namespace prewarm::store
