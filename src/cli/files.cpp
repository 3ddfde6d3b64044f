// SPDX-License-Identifier: Apache-2.0
// Small files that settings name: secrets and certificates.
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "cli/settings.hpp"

namespace prewarm::cli {
namespace {

constexpr std::size_t kMaxSecretFile = 64U << 10;

}  // namespace

std::optional<std::string> no_file(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return std::generic_category().message(errno);
  if (S_ISREG(info.st_mode)) return std::nullopt;
  return S_ISDIR(info.st_mode) ? "is a folder" : "is not a file but a pipe, socket or device";
}

Result<std::string> read_small_file(const std::string& path) {
  if (const auto why = no_file(path))
    return Error{
        ErrorKind::invalid, path + (why->rfind("is ", 0) == 0 ? " " : " cannot be read: ") + *why, {}};
  std::ifstream file(path, std::ios::binary);
  std::string bytes(kMaxSecretFile + 1, '\0');
  if (!file) return Error{ErrorKind::invalid, path + " cannot be read", {}};
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad()) return Error{ErrorKind::invalid, path + " cannot be read", {}};
  if (bytes.size() > kMaxSecretFile) return Error{ErrorKind::invalid, path + " is above 64 KiB", {}};
  return bytes;
}

}  // namespace prewarm::cli
