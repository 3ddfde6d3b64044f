// SPDX-License-Identifier: Apache-2.0
// A directory of a test's own, removed with all it holds when the object goes. Kept when PREWARM_KEEP_TEMP is
// set, to look around after a failure. Short on purpose: a unix socket's whole path may have 107 bytes. One
// owner.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace prewarm::testkit {

class TempDir {
 public:
  /// mkdtemp below TMPDIR, or below /tmp when that is unset or too long for unix sockets. Throws
  /// std::runtime_error.
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  /// Writes a file below the directory, making folders as needed, and returns its path.
  std::filesystem::path write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

/// The whole file. Throws std::runtime_error naming it.
std::string read_file(const std::filesystem::path& path);

/// A file of tests/data, e.g. sample("listenbrainz-recent.json").
std::string sample(std::string_view name);
std::filesystem::path sample_path(std::string_view name);

}  // namespace prewarm::testkit
