// SPDX-License-Identifier: Apache-2.0
#include "store/redis_link.hpp"

#include <openssl/err.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include <hiredis/hiredis_ssl.h>

namespace prewarm::store {
namespace {

// hiredis moves what is left to the front of its buffer after each partial write; small pieces keep that
// cheap.
constexpr std::size_t kPiece = 128 << 10;
constexpr std::size_t kReadBytes = 64 << 10;

void append_command(std::string& out, const Command& command) {
  out += '*' + std::to_string(command.words.size()) + "\r\n";
  for (const std::string_view word : command.words) {
    out += '$' + std::to_string(word.size()) + "\r\n";
    out += word;
    out += "\r\n";
  }
}

redisContext* context_on(Socket socket) {
  redisOptions options{};
  options.type = REDIS_CONN_USERFD;
  options.options = REDIS_OPT_NONBLOCK | REDIS_OPT_NO_PUSH_AUTOFREE;
  options.endpoint.fd = socket.release();
  redisContext* context = redisConnectWithOptions(&options);
  ENSURE(context != nullptr && context->err == 0);
  return context;
}

Error stopped_behind(const Reply& huge, const std::string& target) {
  return {ErrorKind::no_answer,
          "the read-back from " + target + " was given up behind a foreign value of " +
              std::to_string(*huge.whole_length) + " bytes",
          "", true};
}

}  // namespace

Link::Link(redisContext* context, SSL* tls, std::string target, Clock& clock)
    : context_(context), tls_(tls), target_(std::move(target)), clock_(clock) {}

Link::~Link() {
  if (usable_) {
    if (tls_ != nullptr) SSL_shutdown(tls_);
    return;
  }
  const linger reset{1, 0};
  setsockopt(context_->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

Result<std::unique_ptr<Link>> Link::open(Wire wire, const std::string& target, Clock& clock,
                                         BootTime deadline) {
  // Neither hiredis nor OpenSSL can be told to write without it.
  std::signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<Link> link(new Link(context_on(std::move(wire.socket)), wire.tls.get(), target, clock));
  if (!wire.tls) return link;
  ERR_clear_error();
  if (redisInitiateSSL(link->context_.get(), wire.tls.get()) != REDIS_OK) {
    link->tls_ = nullptr;
    link->usable_ = false;
    if (has_tls_error()) return tls_error(wire.tls.get(), target);
    return link->broken();
  }
  // The context frees it from here on.
  static_cast<void>(wire.tls.release());
  TRY(link->shake_hands(deadline));
  return link;
}

Result<void> Link::shake_hands(BootTime deadline) {
  usable_ = false;
  for (;;) {
    ERR_clear_error();
    errno = 0;
    const int done = SSL_do_handshake(tls_);
    if (done == 1) break;
    const int wants = SSL_get_error(tls_, done);
    if (wants != SSL_ERROR_WANT_READ && wants != SSL_ERROR_WANT_WRITE) {
      if (has_tls_error()) return tls_error(tls_, target_);
      return broken();
    }
    if (!poll_until(context_->fd, wants == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, clock_, deadline))
      return late();
  }
  usable_ = true;
  return {};
}

// Why the last call failed, from OpenSSL's queue, hiredis or errno.
Error Link::broken() {
  const int error = errno;
  if (has_tls_error()) {
    Error why = tls_error(tls_, target_);
    if (sent_ && why.kind == ErrorKind::unreachable) why.kind = ErrorKind::no_answer;
    return why;
  }
  std::string why = "the server closed the connection";
  if (context_->err == REDIS_ERR_IO && error != 0) why = std::generic_category().message(error);
  if (sent_) return {ErrorKind::no_answer, "no answer from " + target_ + ": " + why, "", true};
  return {ErrorKind::unreachable, "could not reach " + target_ + ": " + why, "", true};
}

Error Link::late() const {
  if (sent_) return {ErrorKind::no_answer, "no answer from " + target_ + " in time", "", true};
  return {ErrorKind::unreachable, "could not reach " + target_ + ": no answer in time", "", true};
}

Result<void> Link::send(std::string_view bytes, BootTime deadline) {
  const BootTime send_by = std::min(deadline, clock_.boot_now() + kSendTimeout);
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPiece);
    bytes.remove_prefix(piece.size());
    ENSURE(redisAppendFormattedCommand(context_.get(), piece.data(), piece.size()) == REDIS_OK);
    for (int done = 0; done == 0;) {
      ERR_clear_error();
      errno = 0;
      if (redisBufferWrite(context_.get(), &done) != REDIS_OK) return broken();
      sent_ = true;
      if (done == 0 && !poll_until(context_->fd, POLLOUT, clock_, send_by)) return late();
    }
  }
  return {};
}

// Waits for bytes and feeds them to the reader. False: none came, but the link is sound.
Result<bool> Link::read_some(BootTime deadline) {
  std::array<char, kReadBytes> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
  ERR_clear_error();
  errno = 0;
  const ssize_t count = context_->funcs->read(context_.get(), bytes.data(), bytes.size());
  if (count < 0) return broken();
  if (count > 0) {
    reader_.feed({bytes.data(), static_cast<std::size_t>(count)});
    return true;
  }
  if (!poll_until(context_->fd, POLLIN, clock_, deadline)) return late();
  return false;
}

Result<std::optional<Reply>> Link::next_reply(const ReplyLimit& limit, BootTime deadline) {
  for (;;) {
    auto reply = reader_.next(limit);
    if (!reply.ok())
      return Error{
          ErrorKind::protocol, target_ + " sent what is no answer: " + reply.error().message,
          "look whether a Redis or Valkey server is there, and nothing in between that alters its answers"};
    if (*reply) return reply;
    TRY(read_some(deadline));
  }
}

Result<void> Link::receive(std::span<const Command> window, BootTime deadline, std::vector<Reply>& replies) {
  for (const Command& command : window) {
    TRY_ASSIGN(auto reply, next_reply(command.limit, deadline));
    replies.push_back(*std::move(reply));
    if (!reader_.stopped()) continue;
    usable_ = false;
    if (replies.size() == window.size()) return {};
    return stopped_behind(replies.back(), target_);
  }
  if (reader_.has_surplus())
    return Error{ErrorKind::protocol, target_ + " sent more answers than it was asked for",
                 "look whether something between worker and server mixes connections"};
  return {};
}

Exchange Link::exchange(std::span<const Command> window, BootTime deadline) {
  ENSURE(usable_);
  Exchange exchange;
  std::string bytes;
  for (const Command& command : window) append_command(bytes, command);
  sent_ = false;
  usable_ = false;
  Result<void> done = send(bytes, deadline);
  if (done.ok()) {
    usable_ = true;
    done = receive(window, deadline, exchange.replies);
  }
  if (done.ok()) return exchange;
  usable_ = false;
  exchange.fault = std::move(done).error();
  if (exchange.fault->kind == ErrorKind::protocol) exchange.replies.clear();
  return exchange;
}

std::optional<Reply> Link::last_words() {
  auto reply = next_reply({}, clock_.boot_now());
  return reply.ok() ? *std::move(reply) : std::nullopt;
}

bool Link::usable() noexcept {
  if (!usable_) return false;
  // Anything to be read between two windows is a surplus byte or the end. TLS may have records of its own.
  char byte = 0;
  ERR_clear_error();
  const ssize_t count = context_->funcs->read(context_.get(), &byte, 1);
  usable_ = count == 0;
  return usable_;
}

}  // namespace prewarm::store
