// SPDX-License-Identifier: Apache-2.0
#include "campaign/file_faults.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <array>
#include <filesystem>

namespace prewarm::campaign {
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

bool FileFaults::counts(const Call& call) {
  const auto& words = call.arguments;
  switch (call.number) {
    case SYS_pwrite64:
    case SYS_fsync:
    case SYS_fdatasync:
    case SYS_ftruncate: {
      // The folder is synced as well, after the journal in it came or went.
      const std::string path = path_of(call.thread, words[0]);
      const bool folder = path == std::filesystem::path(file_).parent_path();
      return !fault_.only_open && (folder || is_ours(path));
    }
    case SYS_unlink:
      return !fault_.only_open && is_ours(text_at(call.thread, words[0]));
    case SYS_openat:
      return (words[2] & (O_CREAT | O_RDWR)) != 0 && is_ours(text_at(call.thread, words[1]));
    default:
      return false;
  }
}

std::optional<Failure> FileFaults::failure(const Call& call, std::uint64_t number) {
  if (fault_.from == 0 || number < fault_.from || (fault_.once && number > fault_.from)) return std::nullopt;
  return Failure{fault_.error, fault_.cut && number == fault_.from && call.number == SYS_pwrite64};
}

}  // namespace prewarm::campaign
