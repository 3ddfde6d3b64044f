// SPDX-License-Identifier: Apache-2.0
#include "campaign/call_failures.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace prewarm::campaign {
namespace {

struct Row {
  long number;
  int likeliest, other = 0;
};

// Whatever they are called on.
constexpr Row kRows[] = {{SYS_mmap, ENOMEM},
                         {SYS_mprotect, ENOMEM},
                         {SYS_mremap, ENOMEM},
                         {SYS_clone3, EAGAIN, ENOMEM},
                         {SYS_openat, EMFILE, EACCES},
                         {SYS_newfstatat, EACCES, EIO},
                         {SYS_access, EACCES, EIO},
                         {SYS_readlink, EACCES, EIO},
                         {SYS_getdents64, EIO},
                         {SYS_mkdir, ENOSPC, EIO},
                         {SYS_rename, EIO, ENOSPC},
                         {SYS_unlink, EIO, EACCES},
                         {SYS_pread64, EIO},
                         {SYS_pwrite64, ENOSPC, EIO},
                         {SYS_fsync, EIO, ENOSPC},
                         {SYS_fdatasync, EIO, ENOSPC},
                         {SYS_ftruncate, EIO},
                         {SYS_socket, EMFILE, ENOBUFS},
                         {SYS_socketpair, EMFILE, ENOBUFS},
                         {SYS_pipe2, EMFILE, ENFILE},
                         {SYS_eventfd2, EMFILE, ENOMEM},
                         {SYS_timerfd_create, EMFILE, ENOMEM},
                         {SYS_epoll_create1, EMFILE, ENOMEM},
                         {SYS_bind, EADDRINUSE, ENOBUFS},
                         {SYS_connect, ECONNREFUSED, EADDRNOTAVAIL},
                         {SYS_sendto, ECONNRESET, EPIPE},
                         {SYS_sendmsg, ECONNRESET, EPIPE},
                         {SYS_recvfrom, ECONNRESET, ETIMEDOUT},
                         {SYS_recvmsg, ECONNRESET, ETIMEDOUT},
                         {SYS_getsockopt, ENOBUFS},
                         {SYS_setsockopt, ENOBUFS},
                         {SYS_getsockname, ENOBUFS},
                         {SYS_getpeername, ENOTCONN, ENOBUFS},
                         {SYS_epoll_wait, EINTR},
                         {SYS_poll, EINTR, ENOMEM},
                         {SYS_getrandom, EINTR},
                         {SYS_prlimit64, EPERM}};

Row by_number(const Call& call) {
  const auto* const row = std::find_if(std::begin(kRows), std::end(kRows),
                                       [&](const Row& each) { return each.number == call.number; });
  return row == std::end(kRows) ? Row{call.number, 0} : *row;
}

Row of_read(Call::Object object) {
  switch (object) {
    case Call::Object::file:
      return {SYS_read, EIO, EINTR};
    case Call::Object::socket:
      return {SYS_read, ECONNRESET, ETIMEDOUT};
    case Call::Object::event:
      return {SYS_read, EINTR};
    default:
      return {SYS_read, 0};
  }
}

Row of_write(Call::Object object) {
  switch (object) {
    case Call::Object::file:
    case Call::Object::output:
      return {SYS_write, ENOSPC, EIO};
    case Call::Object::socket:
      return {SYS_write, EPIPE, ECONNRESET};
    default:
      return {SYS_write, 0};  // what wakes a thread always has room
  }
}

Row of_fcntl(std::uint64_t command) {
  if (command == F_SETLK || command == F_SETLKW) return {SYS_fcntl, ENOLCK, EAGAIN};
  if (command == F_DUPFD || command == F_DUPFD_CLOEXEC) return {SYS_fcntl, EMFILE};
  return {SYS_fcntl, 0};
}

Row row_of(const Call& call) {
  switch (call.number) {
    case SYS_read:
      return of_read(call.object);
    case SYS_write:
    case SYS_writev:
      return of_write(call.object);
    case SYS_fcntl:
      return of_fcntl(call.arguments[1]);
    case SYS_brk:
      return {SYS_brk, call.arguments[0] == 0 ? 0 : ENOMEM};
    case SYS_epoll_ctl:
      return {SYS_epoll_ctl, call.arguments[1] == EPOLL_CTL_ADD ? ENOSPC : 0, ENOMEM};
    default:
      return by_number(call);
  }
}

}  // namespace

bool CallFailures::counts(const Call& call) {
  loaded_ = loaded_ || call.number == SYS_rseq;  // the last thing that the loader does for the first thread
  return loaded_ && error_of(call) != 0;
}

std::optional<Failure> CallFailures::failure(const Call& call, std::uint64_t number) {
  if (number != at_) return std::nullopt;
  return Failure{error_of(call)};
}

// 0: it cannot fail, or not with another one.
int CallFailures::error_of(const Call& call) const {
  const Row row = row_of(call);
  return which_ == Which::likeliest ? row.likeliest : row.likeliest == 0 ? 0 : row.other;
}

}  // namespace prewarm::campaign
