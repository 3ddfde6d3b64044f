// SPDX-License-Identifier: Apache-2.0
// A disk that fails: what calls that change a file answer instead of being made. Counted are those on files
// whose name begins with `file`: pwrite64, fsync, fdatasync, ftruncate, unlink, and openat where it may
// create or change. Owned by the thread that traces.
#pragma once

#include <string>

#include "campaign/tracer.hpp"

namespace prewarm::campaign {

struct DiskFault {
  std::uint64_t from = 0;  // the first that fails, from 1; 0: none
  int error = 0;           // errno
  bool once = false;       // else all of them from then on
  bool cut = false;        // if the first is a write, half of it is made
  bool only_open = false;  // openat alone counts
};

class FileFaults : public CallFaults {
 public:
  /// `file`: a path; what SQLite puts behind it is meant too, and its folder, which is synced as well.
  FileFaults(std::string file, const DiskFault& fault) : file_(std::move(file)), fault_(fault) {}

  bool counts(const Call& call) override;
  std::optional<Failure> failure(const Call& call, std::uint64_t number) override;

 private:
  bool is_ours(const std::string& path) const { return path.rfind(file_, 0) == 0; }

  std::string file_;
  DiskFault fault_;
};

}  // namespace prewarm::campaign
