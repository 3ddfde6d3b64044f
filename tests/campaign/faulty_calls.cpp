// SPDX-License-Identifier: Apache-2.0
#include "campaign/faulty_calls.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>

#include <array>
#include <cstring>
#include <filesystem>

namespace prewarm::campaign {

#ifdef __x86_64__

namespace {

std::string text_at(pid_t thread, std::uint64_t address) {
  std::array<char, 256> bytes{};
  const iovec here{bytes.data(), bytes.size() - 1}, there{reinterpret_cast<void*>(address), bytes.size() - 1};
  if (process_vm_readv(thread, &here, 1, &there, 1, 0) <= 0) return {};
  return bytes.data();
}

std::string path_of(pid_t thread, std::uint64_t descriptor) {
  std::error_code none;
  return std::filesystem::read_symlink(
             "/proc/" + std::to_string(thread) + "/fd/" + std::to_string(descriptor), none)
      .string();
}

}  // namespace

bool FaultyCalls::counts(pid_t thread, const __ptrace_syscall_info& info) const {
  if (fault_.file.empty()) return false;
  const auto& words = info.entry.args;
  switch (info.entry.nr) {
    case SYS_pwrite64:
    case SYS_fsync:
    case SYS_fdatasync:
    case SYS_ftruncate: {
      // The folder is synced as well, after the journal in it came or went.
      const std::string path = path_of(thread, words[0]);
      const bool folder = path == std::filesystem::path(fault_.file).parent_path();
      return !fault_.only_open && (folder || path.rfind(fault_.file, 0) == 0);
    }
    case SYS_unlink:
      return !fault_.only_open && text_at(thread, words[0]).rfind(fault_.file, 0) == 0;
    case SYS_openat:
      return (words[2] & (O_CREAT | O_RDWR)) != 0 && text_at(thread, words[1]).rfind(fault_.file, 0) == 0;
    default:
      return false;
  }
}

void FaultyCalls::enter(pid_t thread, const __ptrace_syscall_info& info, Traced& result) {
  if (!counts(thread, info)) return;
  const std::uint64_t number = ++result.file_calls;
  if (fault_.from == 0 || number < fault_.from || (fault_.once && number > fault_.from)) return;
  user_regs_struct registers{};
  if (ptrace(PTRACE_GETREGS, thread, nullptr, &registers) != 0) return;
  if (fault_.cut && number == fault_.from && info.entry.nr == SYS_pwrite64) {
    registers.rdx /= 2;
  } else {
    registers.orig_rax = static_cast<unsigned long long>(-1);
    pending_[thread] = fault_.error;
  }
  ptrace(PTRACE_SETREGS, thread, nullptr, &registers);
}

void FaultyCalls::leave(pid_t thread) {
  const auto failed = pending_.extract(thread);
  if (failed.empty()) return;
  user_regs_struct registers{};
  if (ptrace(PTRACE_GETREGS, thread, nullptr, &registers) != 0) return;
  registers.rax = static_cast<unsigned long long>(-failed.mapped());
  ptrace(PTRACE_SETREGS, thread, nullptr, &registers);
}

#else

bool FaultyCalls::counts(pid_t, const __ptrace_syscall_info&) const { return false; }
void FaultyCalls::enter(pid_t, const __ptrace_syscall_info&, Traced&) {}
void FaultyCalls::leave(pid_t) {}

#endif

}  // namespace prewarm::campaign
