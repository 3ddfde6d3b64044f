// SPDX-License-Identifier: Apache-2.0
// A window of several keys written by an optimistic transaction (DESIGN 2.4): a look (WATCH, TIME, heads and
// lengths, MULTI), the decision here, by fence.cpp; then the SETs that may go, EXEC and the read-backs.
// Values do not pass through the server's script engine, which makes it several times cheaper than the
// script. MULTI belongs to the look, so that no SET ever leaves outside of a transaction. Whatever does not
// go the ordinary way (another writer in between, any refusal, a look that has grown old) is left to the
// script with nothing written: it decides exactly and has the words for every trouble. Owned by the store
// thread.
#pragma once

#include <span>

#include "store/redis_link.hpp"
#include "store/redis_window.hpp"

namespace prewarm::store {

class OptimisticWriter {
 public:
  OptimisticWriter(Link& link, const Login& login, Clock& clock)
      : link_(link), login_(login), clock_(clock) {}

  /// Several keys, each once, and this connection's user may do it.
  bool suits(const Window& window) const noexcept;
  /// One window, once. False: nothing of it was written, and it is for the script. With `next` the look at
  /// that window goes along, which saves its round trip; then it is the next one to be written here, or
  /// `leave` is called. Errors, of the whole window: those of the link, protocol, not_primary.
  Result<bool> write(const Window& window, const Window* next);
  /// Ends what a look has begun; before anything else is sent on this link.
  void leave(BootTime deadline);

 private:
  enum class Begun : std::uint8_t { nothing, watch, transaction };
  struct Look {
    bool sound = false;  // it may be decided by
    WallTime now;        // the server's TIME
    BootTime asked;      // before it was
  };

  Result<void> look_at(const Window& window);
  Result<void> read_look(const Window& window, std::span<Reply> replies, BootTime asked);
  bool decide(const Window& window) const;
  bool accepted(const Reply& reply);
  Result<bool> read_transaction(const Window& window, Exchange& exchange, std::size_t mine);

  Link& link_;
  const Login& login_;
  Clock& clock_;
  Request request_;
  Begun begun_ = Begun::nothing;
  Look look_;
  bool may_ = true;  // until a command of it is refused to the user
};

}  // namespace prewarm::store
