// SPDX-License-Identifier: Apache-2.0
#include "cli/workspace.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "cli/descriptors.hpp"
#include "cli/redact.hpp"
#include "prewarm/base/memory_limit.hpp"
#include "prewarm/report/heartbeat.hpp"
#include "prewarm/report/pinger.hpp"

namespace prewarm::cli {
namespace {

constexpr std::size_t kMaxFileBytes = (1U << 20) + 1;  // one more than a schedule file may have
constexpr Millis kPingTime{15000};

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// "recent-listens:ENV:v3", for PW310: the files are loaded as if an environment were set.
std::string example_key(const std::vector<schedule::SourceFile>& files, WallTime now) {
  Settings stand_in;
  stand_in.env = "ENV";
  schedule::LoadInput input = load_input(stand_in, files, now);
  input.allow_unset = true;
  const auto loaded = schedule::load_catalog(input);
  if (!loaded.catalog || loaded.catalog->schedules.empty()) return {};
  const schedule::Schedule& first = *loaded.catalog->schedules.front();
  return first.store.keys.front().pattern(first.key_names());
}

}  // namespace

schedule::SourceFile read_source(const std::string& path) {
  schedule::SourceFile file{path, {}, std::nullopt};
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    file.unreadable = std::generic_category().message(errno);
    return file;
  }
  if (!S_ISREG(info.st_mode)) {
    file.unreadable = S_ISDIR(info.st_mode) ? "is a folder" : "is not a file";
    return file;
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    file.unreadable = std::generic_category().message(errno);
    return file;
  }
  file.bytes.resize(std::min<std::size_t>(static_cast<std::size_t>(info.st_size) + 1, kMaxFileBytes));
  stream.read(file.bytes.data(), static_cast<std::streamsize>(file.bytes.size()));
  file.bytes.resize(static_cast<std::size_t>(stream.gcount()));
  if (stream.bad()) file.unreadable = "cannot be read";
  return file;
}

Folder read_folder(const std::string& path) {
  Folder folder;
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name[0] != '.' && (ends_with(name, ".jsonc") || ends_with(name, ".json"))) names.push_back(name);
  }
  if (error || names.empty()) {
    const std::string why = error ? "cannot be read: " + error.message() : "holds no *.jsonc or *.json file";
    folder.fault =
        setting_fault(108, "the schedule folder \"" + path + "\" " + why,
                      "put schedule files there, or name their folder with --schedules or PREWARM_SCHEDULES");
    return folder;
  }
  std::sort(names.begin(), names.end());
  const std::string prefix = ends_with(path, "/") ? path : path + "/";
  for (const std::string& name : names) folder.files.push_back(read_source(prefix + name));
  return folder;
}

schedule::LoadInput load_input(const Settings& settings, std::vector<schedule::SourceFile> files,
                               WallTime now) {
  schedule::LoadInput input;
  input.files = std::move(files);
  input.env = settings.env.empty() ? "env" : settings.env;
  input.now = now;
  input.store_is_redis = settings.store_url.reveal().rfind("redis", 0) == 0;
  input.variable = process_variable;
  input.read_file = read_small_file;
  input.read_id_file = read_id_file;
  return input;
}

// What bodies may take together: less than usual in a small container (PROMISES 8, N7).
std::optional<std::uint64_t> fit_into_memory(Settings& settings) {
  const auto limit = memory_limit();
  std::uint64_t& budget = settings.net.body_budget.count;
  const std::uint64_t most = body_budget(limit, budget);
  if (most < budget)
    settings.notes.push_back("bodies: at most " + size_text(most) + " at once, for a memory limit of " +
                             size_text(*limit));
  budget = most;
  return limit;
}

std::optional<Workspace> open_workspace(const Options& options, Output& out, const Purpose& purpose,
                                        int& exit) {
  if (const auto fault = purpose.works ? claim_descriptors(1) : std::nullopt; fault && !can_connect()) {
    out.finding(*fault);
    exit = 2;
    return std::nullopt;
  }
  Workspace workspace;
  workspace.clock = make_system_clock();
  const WallTime now = workspace.clock->wall_now();
  const std::string dir = schedules_dir(options);
  Folder folder = read_folder(dir);
  const bool no_env = !options.env && process_variable("PREWARM_ENV").value_or("").empty();
  workspace.settings =
      resolve_settings(options, process_variable, no_env ? example_key(folder.files, now) : "");
  if (purpose.service && workspace.settings.json_asked) out.use_log(workspace.settings.log);
  std::vector<schedule::Finding> faults = purpose.faults;
  faults.insert(faults.end(), workspace.settings.faults.begin(), workspace.settings.faults.end());
  if (purpose.works)
    if (auto fault = claim_descriptors(purpose.running ? purpose.running->size() : folder.files.size()))
      faults.push_back(*std::move(fault));
  if (folder.fault) {
    faults.push_back(*folder.fault);
  } else {
    schedule::LoadInput input = load_input(workspace.settings, std::move(folder.files), now);
    input.running = purpose.running;
    if (purpose.works) input.memory_limit = fit_into_memory(workspace.settings);
    workspace.loaded = schedule::load_catalog(input);
  }
  for (const std::string& note : workspace.settings.notes) out.note(note);
  for (const schedule::Finding& finding : workspace.loaded.findings) faults.push_back(finding);
  if (!schedule::has_errors(faults)) return workspace;  // warnings are `check`'s and `run`'s to tell
  const auto is_error = [](const schedule::Finding& finding) {
    return finding.severity == schedule::Severity::error;
  };
  // What is only odd in a file is for `check` and `run` to say; elsewhere it would hide the reason.
  for (const schedule::Finding& finding : faults)
    if (is_error(finding) || purpose.service) out.finding(finding);
  const auto first = std::find_if(faults.begin(), faults.end(), is_error);
  out.refused(std::count_if(faults.begin(), faults.end(), is_error), *first);
  const bool only_newer = std::all_of(faults.begin(), faults.end(), [](const schedule::Finding& finding) {
    return finding.severity == schedule::Severity::warning || finding.code == 902;
  });
  exit = only_newer ? 12 : 2;
  refuse_start(workspace, purpose.on_fault, {first->code, schedule::place_and_message(*first)});
  return std::nullopt;
}

void refuse_start(const Workspace& workspace, OnFault on_fault, const Refusal& why) {
  if (on_fault == OnFault::tell_and_ping)
    ping_alarms(workspace.loaded.alarms, workspace.settings, *workspace.clock, why);
}

bool open_store(Workspace& workspace, Output& out, OnFault on_fault) {
  auto made = store::make_store(workspace.settings.store_url, workspace.settings.store, *workspace.clock);
  if (!made) {
    const auto fault = store_fault(workspace.settings, made.error());
    out.finding(fault);
    refuse_start(workspace, on_fault, {fault.code, fault.message});
    return false;
  }
  workspace.store = std::move(made).value();
  workspace.settings.store_url = workspace.settings.store.password = {};  // the store has its own
  out.note("target: " + workspace.settings.env + " on " + workspace.store->target());
  return true;
}

bool find_schedules(const Workspace& workspace, const std::vector<std::string>& names, Output& out,
                    std::vector<schedule::SchedulePtr>& found) {
  std::vector<std::string> known;
  for (const auto& schedule : workspace.loaded.catalog->schedules) known.push_back(schedule->name);
  bool all = true;
  for (const std::string& name : names) {
    if (auto schedule = workspace.loaded.catalog->find(name)) {
      if (std::find(found.begin(), found.end(), schedule) == found.end())
        found.push_back(std::move(schedule));
      continue;
    }
    std::string hint;
    for (const std::string& near : schedule::nearest(name, known)) hint += (hint.empty() ? "" : ", ") + near;
    out.finding(setting_fault(318,
                              "there is no schedule \"" + name + "\" in " + workspace.settings.schedules_dir,
                              hint.empty() ? "prewarm next lists them all" : "did you mean " + hint + "?"));
    all = false;
  }
  return all;
}

void ping_alarms(const std::vector<schedule::LoadResult::Alarm>& alarms, const Settings& settings,
                 Clock& clock, const Refusal& why) {
  if (alarms.empty()) return;
  const BootTime until = clock.boot_now() + kPingTime;
  const std::string message = without_credentials(why.message);
  const auto log = make_stderr_log(settings.log);
  const auto fetcher = http::make_curl_fetcher(settings.net, clock);
  report::Pinger pinger(*fetcher, clock, *log);
  const Slot now = std::chrono::floor<std::chrono::seconds>(clock.wall_now());
  for (const auto& alarm : alarms) {
    auto ping = report::preflight_ping(
        {alarm.schedule, alarm.heartbeat, settings.env, why.code, message, now, until});
    if (ping) pinger.add(std::move(*ping));
  }
  while (!pinger.idle() && clock.boot_now() < until) pinger.turn(until);
}

}  // namespace prewarm::cli
