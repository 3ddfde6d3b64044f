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

namespace {

Result<std::string> read_whole_file(const std::string& path, std::size_t most, std::string_view most_text) {
  if (const auto why = no_file(path))
    return Error{
        ErrorKind::invalid, path + (why->rfind("is ", 0) == 0 ? " " : " cannot be read: ") + *why, {}};
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{ErrorKind::invalid, path + " cannot be read", {}};
  std::string bytes;
  constexpr std::size_t kPiece = 64 << 10;
  while (file && bytes.size() <= most) {
    const std::size_t had = bytes.size();
    bytes.resize(had + kPiece);
    file.read(bytes.data() + had, static_cast<std::streamsize>(kPiece));
    bytes.resize(had + static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) return Error{ErrorKind::invalid, path + " cannot be read", {}};
  if (bytes.size() > most) return Error{ErrorKind::invalid, path + " is above " + std::string(most_text), {}};
  return bytes;
}

}  // namespace

Result<std::string> read_small_file(const std::string& path) {
  return read_whole_file(path, kMaxSecretFile, "64 KiB");
}

Result<std::string> read_id_file(const std::string& path) {
  return read_whole_file(path, schedule::kMaxIdFileBytes, "256 MiB");
}

}  // namespace prewarm::cli
