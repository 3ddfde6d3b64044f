// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <set>

#include "cli/check_online.hpp"
#include "cli/commands.hpp"
#include "cli/workspace.hpp"

namespace prewarm::cli {
namespace {

using schedule::Severity;
namespace fs = std::filesystem;

struct AskedFiles {
  std::vector<schedule::SourceFile> files;
  std::vector<schedule::Finding> faults;
};

bool is_there(const std::string& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

// The file in `dir` that makes the schedule `name`, if there is one.
std::optional<std::string> file_of(const std::string& name, const std::string& dir) {
  for (const char* extension : {".jsonc", ".json"}) {
    const fs::path path = fs::path(dir) / (name + extension);
    if (is_there(path)) return path.string();
  }
  return std::nullopt;
}

schedule::Finding not_there(const std::string& path, const std::string& dir) {
  std::vector<std::string> known;
  std::error_code ignored;
  for (fs::directory_iterator entry(dir, ignored), end; entry != end; entry.increment(ignored))
    known.push_back(entry->path().stem().string());
  const std::string stem = fs::path(path).stem().string();
  std::string hint;
  for (const std::string& near : schedule::nearest(stem, known))
    if (const auto file = file_of(near, dir)) hint += (hint.empty() ? "" : ", ") + *file;
  schedule::Finding finding =
      setting_fault(107, "is not there: no file, no folder, and no schedule of " + dir,
                    hint.empty() ? "prewarm check, for all of " + dir : "did you mean " + hint + "?");
  finding.place = {path, 0, 0};
  return finding;
}

// Where a file stands, however it was named. Two links to one file are two schedules.
fs::path place_of(const fs::path& path) {
  std::error_code ignored;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
  return fs::weakly_canonical(folder, ignored) / path.filename();
}

// `paths` may also be names of schedules in `dir`. A file that is asked for twice is taken once.
AskedFiles read_asked(const std::vector<std::string>& paths, const std::string& dir) {
  AskedFiles asked;
  std::set<fs::path> taken;
  const auto take = [&](schedule::SourceFile file) {
    if (taken.insert(place_of(file.path)).second) asked.files.push_back(std::move(file));
  };
  std::error_code ignored;
  for (const std::string& path : paths) {
    if (path == dir || fs::is_directory(path, ignored)) {  // the folder of schedules is told as what it is
      Folder folder = read_folder(path);
      const bool told = !taken.insert(fs::weakly_canonical(path, ignored)).second;
      if (folder.fault && !told) asked.faults.push_back(*folder.fault);
      for (auto& file : folder.files) take(std::move(file));
    } else if (is_there(path)) {
      take(read_source(path));
    } else if (const auto file = file_of(path, dir)) {
      take(read_source(*file));
    } else {
      asked.faults.push_back(not_there(path, dir));
    }
  }
  return asked;
}

// The URL and PEM files, tried as far as that goes without a connection.
void check_store(const Workspace& workspace, std::vector<schedule::Finding>& findings) {
  const auto& faults = workspace.settings.faults;
  const bool file_missing =
      std::any_of(faults.begin(), faults.end(), [](const auto& fault) { return fault.code == 312; });
  const auto made =
      store::make_store(workspace.settings.store_url, workspace.settings.store, *workspace.clock);
  if (made) return;
  const auto fault = store_fault(workspace.settings, made.error());
  // A PEM file that cannot be read was told already.
  if (!file_missing || fault.message.find("the store URL") != std::string::npos) findings.push_back(fault);
}

std::size_t count_of(const std::vector<schedule::Finding>& findings, Severity severity) {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [severity](const auto& finding) { return finding.severity == severity; }));
}

std::string counted(std::size_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

int tell_end(const Options& options, const std::vector<schedule::Finding>& findings, std::size_t files,
             Output& out) {
  for (const auto& finding : findings) out.finding_data(finding);
  const std::size_t errors = count_of(findings, Severity::error);
  const std::size_t warnings = count_of(findings, Severity::warning);
  if (!options.json && !options.quiet)
    out.line(counted(files, "file") + ", " + counted(errors, "error") + ", " + counted(warnings, "warning"));
  out.exit_member("errors", static_cast<std::int64_t>(errors));
  out.exit_member("warnings", static_cast<std::int64_t>(warnings));
  const bool only_newer = std::all_of(findings.begin(), findings.end(), [](const auto& finding) {
    return finding.severity != Severity::error || finding.code == 902;
  });
  if (errors > 0) return only_newer ? 12 : 2;
  return options.strict && warnings > 0 ? 8 : 0;
}

}  // namespace

int command_check(const Options& options, Output& out) {
  Workspace workspace;
  workspace.clock = make_system_clock();
  const std::string dir = schedules_dir(options);
  AskedFiles asked = read_asked(options.names.empty() ? std::vector<std::string>{dir} : options.names, dir);
  const std::size_t files = asked.files.size();
  workspace.settings = resolve_settings(options, process_variable, "");
  for (const std::string& note : workspace.settings.notes) out.note(note);
  std::vector<schedule::Finding> findings = workspace.settings.faults;
  check_store(workspace, findings);
  findings.insert(findings.end(), asked.faults.begin(), asked.faults.end());
  auto input = load_input(workspace.settings, std::move(asked.files), workspace.clock->wall_now());
  input.allow_unset = options.allow_unset;
  if (files > 0) workspace.loaded = schedule::load_catalog(input);
  findings.insert(findings.end(), workspace.loaded.findings.begin(), workspace.loaded.findings.end());
  if (options.online && !schedule::has_errors(findings))
    for (auto& finding : check_online(workspace, out)) findings.push_back(std::move(finding));
  return tell_end(options, findings, files, out);
}

}  // namespace prewarm::cli
