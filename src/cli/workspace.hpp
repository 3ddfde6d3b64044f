// SPDX-License-Identifier: Apache-2.0
// What most commands begin with: settings, schedule files, catalog, store; and how a start that fails is
// told: every fault in one pass, exit 2, and a fail ping to every heartbeat that can still be read (SURFACE
// 7). Owned by the main thread.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/output.hpp"
#include "cli/settings.hpp"
#include "prewarm/schedule/catalog.hpp"
#include "prewarm/store/store.hpp"

namespace prewarm::cli {

struct Workspace {
  Settings settings;
  std::unique_ptr<Clock> clock;
  schedule::LoadResult loaded;
  std::unique_ptr<store::Store> store;  // not opened yet
};

enum class OnFault : std::uint8_t { tell, tell_and_ping };

/// What the command is about to do with the schedules.
struct Purpose {
  OnFault on_fault = OnFault::tell;
  std::optional<std::set<std::string>> running{};  // only these need their variables; nothing: all do
  bool works = false;                              // runs schedules: the descriptors for that are claimed
  std::vector<schedule::Finding> faults{};         // of the command's own flags, to be told with all others
  bool service = false;  // where a JSON log was asked for, findings and notes are lines of it too
};
inline const std::set<std::string> kNothingRuns{};

/// Settings, files and catalog. Nothing when something is wrong: it has been told and the exit code is
/// `exit`.
std::optional<Workspace> open_workspace(const Options& options, Output& out, const Purpose& purpose,
                                        int& exit);
/// Makes the store and writes the target line. False: told, and pinged if asked for; exit 2.
bool open_store(Workspace& workspace, Output& out, OnFault on_fault = OnFault::tell);
/// The named schedules, in the order named. False: PW318 was told, exit 10.
bool find_schedules(const Workspace& workspace, const std::vector<std::string>& names, Output& out,
                    std::vector<schedule::SchedulePtr>& found);

/// The schedule files of a folder in name order, or what is wrong with it (PW108).
struct Folder {
  std::vector<schedule::SourceFile> files;
  std::optional<schedule::Finding> fault;
};
Folder read_folder(const std::string& path);
schedule::SourceFile read_source(const std::string& path);
schedule::LoadInput load_input(const Settings& settings, std::vector<schedule::SourceFile> files,
                               WallTime now);

/// The first error of a start that failed.
struct Refusal {
  int code = 0;
  std::string message;
};
/// Sends, if asked for, a fail ping to every heartbeat of the workspace's files.
void refuse_start(const Workspace& workspace, OnFault on_fault, const Refusal& why);
/// Sends a fail ping to each alarm and waits for them, at most 15 s.
void ping_alarms(const std::vector<schedule::LoadResult::Alarm>& alarms, const Settings& settings,
                 Clock& clock, const Refusal& why);

}  // namespace prewarm::cli
