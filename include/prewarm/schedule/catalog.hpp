// SPDX-License-Identifier: Apache-2.0
// All schedules of one environment, loaded and checked as a whole: either every file is sound, or there is no
// catalog and every error of every file is a finding. Reads no file and no environment itself: `cli` hands in
// bytes and look-ups, so that `check` is the worker's own loader stopped early and a test or fuzzer can call
// it directly. Pure; the catalog is immutable and shared between threads.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "prewarm/base/result.hpp"
#include "prewarm/schedule/definition.hpp"
#include "prewarm/schedule/finding.hpp"

namespace prewarm::schedule {

struct SourceFile {
  std::string path;   // as the user named it, for findings: "schedules/users.jsonc"
  std::string bytes;  // contents; at most 1 MiB + 1 byte need be read
  std::optional<std::string>
      unreadable{};  // why it could not be read ("is a folder", "permission denied"): PW107
};

/// What a file of ids may have; a million ids of 200 bytes fit.
inline constexpr std::size_t kMaxIdFileBytes = 256U << 20;

struct LoadInput {
  std::vector<SourceFile> files;
  std::string env;               // valid already
  WallTime now;                  // gaps, DST advice and TTL arithmetic look at the year after it
  bool store_is_redis = false;   // PW237, PW238
  Millis store_least_ttl{1000};  // PW222
  bool allow_unset = false;      // PW301 becomes a warning
  /// Of the process that is going to run them, in bytes (PROMISES 8, N7).
  std::optional<std::uint64_t> memory_limit{};
  /// The schedules that are meant to run: what is wrong with a variable of another one (PW301, 303, 306, 307)
  /// becomes a warning, and its text stays empty. Nothing: all may run.
  std::optional<std::set<std::string>> running{};
  /// A variable of the environment, nothing when unset.
  std::function<std::optional<std::string>(std::string_view)> variable;
  /// Reads a small file (NAME_FILE, caFile) whole; refuses above 64 KiB. Errors: invalid, with the reason.
  std::function<Result<std::string>(const std::string&)> read_file;
  /// Reads a file of ids whole; refuses above kMaxIdFileBytes. Without it `read_file` does. Errors: the same.
  std::function<Result<std::string>(const std::string&)> read_id_file{};
};

struct Catalog {
  std::vector<SchedulePtr> schedules;  // by name
  SchedulePtr find(std::string_view name) const;
};

struct LoadResult {
  std::shared_ptr<const Catalog> catalog;  // null if any finding is an error
  std::vector<Finding> findings;           // by file, then place
  /// Heartbeats that could be read although something is wrong, so that a worker that cannot start says so
  /// (SURFACE 7).
  struct Alarm {
    std::string schedule;
    HeartbeatSpec heartbeat;
  };
  std::vector<Alarm> alarms;
};

LoadResult load_catalog(const LoadInput& input);

/// At most three of `known` that were probably meant by `word`, nearest first.
std::vector<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

/// JSON Schema 2020-12 of a schedule file, and the field reference as Markdown; both from the one field
/// table.
std::string schema_json();
std::string schema_markdown();

}  // namespace prewarm::schedule
