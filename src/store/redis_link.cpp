// SPDX-License-Identifier: Apache-2.0
#include "store/redis_link.hpp"

#include <fcntl.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <limits>
#include <system_error>

#include "prewarm/base/give_up.hpp"
#include "prewarm/base/planted.hpp"
#include "prewarm/store/store.hpp"

namespace prewarm::store {
namespace {

constexpr std::chrono::seconds kMaxPatience{1};
constexpr std::size_t kShortestReply = 3;  // "+", a line's end
constexpr std::size_t kManyReplies = 16;

Error stopped_behind(const Reply& huge, const std::string& target) {
  return {ErrorKind::no_answer,
          "the read-back from " + target + " was given up behind a foreign value of " +
              std::to_string(*huge.whole_length) + " bytes",
          "", true};
}

int size_for_tls(std::size_t size) noexcept {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

}  // namespace

Link::Link(Wire wire, std::string target, Clock& clock)
    : wire_(std::move(wire)), target_(std::move(target)), clock_(clock) {}

Link::~Link() {
  if (usable_) {
    if (wire_.tls) SSL_shutdown(wire_.tls.get());
    return;
  }
  const linger reset{1, 0};
  setsockopt(wire_.socket.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

Result<std::unique_ptr<Link>> Link::open(Wire wire, const std::string& target, Clock& clock,
                                         BootTime deadline) {
  // OpenSSL cannot be told to write without it.
  std::signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<Link> link(new Link(std::move(wire), target, clock));
  if (!link->wire_.tls) {
    fcntl(link->wire_.socket.get(), F_SETFL, 0);  // blocking: recv waits, see read_some
    return link;
  }
  ERR_clear_error();
  need_memory(SSL_set_fd(link->wire_.tls.get(), link->wire_.socket.get()) == 1);
  SSL_set_connect_state(link->wire_.tls.get());
  TRY(link->shake_hands(deadline));
  return link;
}

Result<void> Link::shake_hands(BootTime deadline) {
  SSL* tls = wire_.tls.get();
  usable_ = false;
  for (;;) {
    forget_errors();
    const int done = SSL_do_handshake(tls);
    if (done == 1) break;
    const int wants = SSL_get_error(tls, done);
    if (wants != SSL_ERROR_WANT_READ && wants != SSL_ERROR_WANT_WRITE) return broken();
    if (!poll_until(wire_.socket.get(), wants == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, clock_, deadline))
      return late();
  }
  usable_ = true;
  return {};
}

// Why the last call failed, from OpenSSL's queue or errno.
Error Link::broken() {
  const int error = errno;
  if (wire_.tls && has_tls_error()) {
    Error why = tls_error(wire_.tls.get(), target_);
    if (sent_ && why.kind == ErrorKind::unreachable) why.kind = ErrorKind::no_answer;
    return why;
  }
  const std::string why =
      error == 0 ? "the server closed the connection" : std::generic_category().message(error);
  if (sent_) return {ErrorKind::no_answer, "no answer from " + target_ + ": " + why, "", true};
  return {ErrorKind::unreachable, "could not reach " + target_ + ": " + why, "", true};
}

Error Link::late() const {
  if (sent_) return {ErrorKind::no_answer, "no answer from " + target_ + " in time", "", true};
  return {ErrorKind::unreachable, "could not reach " + target_ + ": no answer in time", "", true};
}

// So that what is found after a call is of that call. The first look at OpenSSL's queue loads all its texts:
// not for a link without TLS.
void Link::forget_errors() const noexcept {
  if (wire_.tls) ERR_clear_error();
  errno = 0;
}

// Bytes moved, 0 when it has to wait, nothing when the link is broken.
std::optional<std::size_t> Link::done_of(int count) const noexcept {
  if (count > 0) return static_cast<std::size_t>(count);
  if (wire_.tls) {
    const int wants = SSL_get_error(wire_.tls.get(), count);
    if (wants == SSL_ERROR_WANT_READ || wants == SSL_ERROR_WANT_WRITE) return 0;
  } else if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
    return 0;
  }
  return std::nullopt;
}

std::optional<std::size_t> Link::read_now(std::span<char> into, int flags) noexcept {
  forget_errors();
  if (wire_.tls) return done_of(SSL_read(wire_.tls.get(), into.data(), size_for_tls(into.size())));
  return done_of(static_cast<int>(recv(wire_.socket.get(), into.data(), into.size(), flags)));
}

std::optional<std::size_t> Link::write_now(std::string_view bytes) noexcept {
  forget_errors();
  if (wire_.tls) return done_of(SSL_write(wire_.tls.get(), bytes.data(), size_for_tls(bytes.size())));
  return done_of(
      static_cast<int>(::send(wire_.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT)));
}

Result<void> Link::send(std::string_view bytes, BootTime deadline) {
  const BootTime send_by = std::min(deadline, clock_.boot_now() + kSendTimeout);
  while (!bytes.empty()) {
    const auto count = write_now(bytes);
    if (!count) return broken();
    sent_ = true;
    bytes.remove_prefix(*count);
    if (*count == 0 && !poll_until(wire_.socket.get(), POLLOUT, clock_, send_by)) return late();
  }
  return {};
}

// How long a plain recv waits: for ever is looked at again after each second.
void Link::set_patience(BootTime::duration left) noexcept {
  const auto patience =
      std::clamp<std::chrono::microseconds>(std::chrono::duration_cast<std::chrono::microseconds>(left),
                                            std::chrono::milliseconds(1), kMaxPatience);
  if (patience == patience_) return;
  patience_ = patience;
  const auto whole = std::chrono::floor<std::chrono::seconds>(patience);
  const timeval wait{whole.count(), (patience - whole).count()};
  setsockopt(wire_.socket.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
}

// Waits for bytes and reads them; returns without when it is to be called again. A plain socket waits in recv
// itself: with a try before and a poll, a piece of a reply would take three calls instead of one. `least`: so
// many will come, so it does not wake for fewer.
Result<void> Link::read_some(std::size_t least, BootTime deadline) {
  const BootTime now = clock_.boot_now();
  const bool waits = !wire_.tls && now < deadline;
  std::span<char> room = reader_.room();
  if (waits) {
    set_patience(deadline - now);
    if (least > 1) room = room.first(std::min(least, room.size()));
  }
  const auto count = read_now(room, !waits ? MSG_DONTWAIT : least > 1 ? MSG_WAITALL : 0);
  if (!count) return broken();
  reader_.came(*count);
  if (*count > 0 || waits) return {};
  if (!poll_until(wire_.socket.get(), POLLIN, clock_, deadline)) return late();
  return {};
}

Result<void> Link::next_reply(const ReplyLimit& limit, BootTime deadline, Reply& into) {
  for (;;) {
    auto whole = reader_.next(limit, into);
    if (!whole.ok())
      return Error{
          ErrorKind::protocol, target_ + " sent what is no answer: " + whole.error().message,
          "look whether a Redis or Valkey server is there, and nothing in between that alters its answers"};
    if (*whole) return {};
    TRY(read_some(1, deadline));
  }
}

Result<void> Link::receive(std::span<const ReplyLimit> limits, BootTime deadline,
                           std::vector<Reply>& replies) {
  replies.reserve(limits.size());  // so that none moves while it is read
  // Without it each piece of a window that the server reads would wake us for some words of "QUEUED".
  if (limits.size() > kManyReplies) TRY(read_some(kShortestReply * limits.size(), deadline));
  for (const ReplyLimit& limit : limits) {
    if (const auto read = next_reply(limit, deadline, replies.emplace_back()); !read.ok()) {
      replies.pop_back();
      return read.error();
    }
    if (!reader_.stopped()) continue;
    usable_ = false;
    if (replies.size() == limits.size()) return {};
    return stopped_behind(replies.back(), target_);
  }
  if (reader_.has_surplus())
    return Error{ErrorKind::protocol, target_ + " sent more answers than it was asked for",
                 "look whether something between worker and server mixes connections"};
  return {};
}

Exchange Link::exchange(const Request& request, BootTime deadline) {
  ENSURE(usable_);
  Exchange exchange;
  sent_ = false;
  usable_ = false;
  Result<void> done = send(request.bytes(), deadline);
  if (done.ok()) {
    usable_ = true;
    done = receive(request.limits(), deadline, exchange.replies);
  }
  if (done.ok()) return exchange;
  usable_ = planted(Plant::link_kept_after_timeout);
  exchange.fault = std::move(done).error();
  if (exchange.fault->kind == ErrorKind::protocol) exchange.replies.clear();
  return exchange;
}

std::optional<Reply> Link::last_words() {
  Reply words;
  if (!next_reply({}, clock_.boot_now(), words).ok()) return std::nullopt;
  return words;
}

bool Link::usable() noexcept {
  // Anything to be read between two windows is a surplus byte or the end. TLS may have records of its own.
  char byte = 0;
  usable_ = usable_ && read_now({&byte, 1}, MSG_DONTWAIT) == std::optional<std::size_t>(0);
  return usable_;
}

}  // namespace prewarm::store
