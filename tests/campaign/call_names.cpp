// SPDX-License-Identifier: Apache-2.0
#include "campaign/call_names.hpp"

#include <sys/syscall.h>

#include <array>
#include <string_view>
#include <utility>

namespace prewarm::campaign {
namespace {

// The others are told by number.
constexpr auto kCalls =
    std::to_array<std::pair<long, std::string_view>>({{SYS_read, "read"},
                                                      {SYS_write, "write"},
                                                      {SYS_writev, "writev"},
                                                      {SYS_pread64, "pread"},
                                                      {SYS_pwrite64, "pwrite"},
                                                      {SYS_openat, "openat"},
                                                      {SYS_close, "close"},
                                                      {SYS_fsync, "fsync"},
                                                      {SYS_fdatasync, "fdatasync"},
                                                      {SYS_ftruncate, "ftruncate"},
                                                      {SYS_unlink, "unlink"},
                                                      {SYS_fcntl, "fcntl"},
                                                      {SYS_connect, "connect"},
                                                      {SYS_sendto, "sendto"},
                                                      {SYS_sendmsg, "sendmsg"},
                                                      {SYS_recvfrom, "recvfrom"},
                                                      {SYS_recvmsg, "recvmsg"},
                                                      {SYS_epoll_wait, "epoll_wait"},
                                                      {SYS_futex, "futex"},
                                                      {SYS_clone3, "clone3"},
                                                      {SYS_exit_group, "exit_group"},
                                                      {SYS_mmap, "mmap"},
                                                      {SYS_mprotect, "mprotect"},
                                                      {SYS_brk, "brk"},
                                                      {SYS_newfstatat, "newfstatat"},
                                                      {SYS_access, "access"},
                                                      {SYS_readlink, "readlink"},
                                                      {SYS_getdents64, "getdents64"},
                                                      {SYS_mkdir, "mkdir"},
                                                      {SYS_socket, "socket"},
                                                      {SYS_socketpair, "socketpair"},
                                                      {SYS_pipe2, "pipe2"},
                                                      {SYS_eventfd2, "eventfd2"},
                                                      {SYS_timerfd_create, "timerfd_create"},
                                                      {SYS_epoll_create1, "epoll_create1"},
                                                      {SYS_epoll_ctl, "epoll_ctl"},
                                                      {SYS_getsockopt, "getsockopt"},
                                                      {SYS_setsockopt, "setsockopt"},
                                                      {SYS_getsockname, "getsockname"},
                                                      {SYS_getpeername, "getpeername"},
                                                      {SYS_poll, "poll"},
                                                      {SYS_getrandom, "getrandom"},
                                                      {SYS_prlimit64, "prlimit64"}});

}  // namespace

std::string call_text(long number) {
  for (const auto& [known, name] : kCalls)
    if (known == number) return std::string(name);
  return "call " + std::to_string(number);
}

}  // namespace prewarm::campaign
