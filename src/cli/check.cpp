// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <algorithm>
#include <mutex>

#include "cli/commands.hpp"
#include "cli/workspace.hpp"
#include "prewarm/pipeline/pipeline.hpp"
#include "prewarm/report/record.hpp"

namespace prewarm::cli {
namespace {

constexpr Millis kProbeTime{10000};

struct Sources {
  std::vector<schedule::SourceFile> files;
  std::vector<schedule::Finding> faults;
};

bool is_folder(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

Sources read_sources(const std::vector<std::string>& paths) {
  Sources sources;
  for (const std::string& path : paths) {
    if (!is_folder(path)) {
      sources.files.push_back(read_source(path));
      continue;
    }
    Folder folder = read_folder(path);
    if (folder.fault) sources.faults.push_back(*folder.fault);
    for (auto& file : folder.files) sources.files.push_back(std::move(file));
  }
  return sources;
}

std::string counted(std::size_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// What one real run without a write would end with, as a finding about the schedule's file.
schedule::Finding online_finding(const run::RunReport& report) {
  schedule::Finding finding;
  const Error& error = *report.error;
  const auto kind = error.kind;
  finding.place = {report.schedule->file, 0, 0};
  finding.code = code_of(kind);
  finding.message = report.schedule->name + ": " + error.message;
  finding.remedy = error.remedy;
  if (kind == ErrorKind::shape || kind == ErrorKind::key || kind == ErrorKind::key_twice) {
    finding.severity = schedule::Severity::warning;
    finding.code = 402;
    finding.message = report.schedule->name + ": today's answer does not shape: " + error.message;
  }
  if (kind == ErrorKind::guard) {
    finding.severity = schedule::Severity::warning;
    finding.code = 404;
    finding.message = report.schedule->name + ": the guard would refuse today's answer: " + error.message;
  }
  return finding;
}

// --online: the store's probe, then every schedule fetched, shaped and guarded, nothing written.
std::vector<schedule::Finding> check_online(Workspace& workspace, Output& out) {
  std::vector<schedule::Finding> findings;
  if (!open_store(workspace, out)) return {setting_fault(312, "the store cannot be opened", "see above")};
  const auto probed = workspace.store->probe(workspace.clock->boot_now() + kProbeTime);
  if (!probed)
    return {setting_fault(code_of(probed.error().kind), probed.error().message, probed.error().remedy)};
  std::mutex mutex;
  class Silence final : public Log {
    void write(const LogLine& /*line*/) override {}
  } silence;
  const auto upstream = http::make_curl_fetcher(workspace.settings.net, *workspace.clock);
  const auto heartbeats = http::make_curl_fetcher(workspace.settings.net, *workspace.clock);
  pipeline::Pipeline flow({*workspace.store, *upstream, *heartbeats, *workspace.clock, silence},
                          [&](const run::RunReport& report) {
                            const std::lock_guard lock(mutex);
                            if (report.error) findings.push_back(online_finding(report));
                          });
  const WallTime now = workspace.clock->wall_now();
  for (const auto& schedule : workspace.loaded.catalog->schedules)
    flow.submit(
        {schedule, std::chrono::floor<std::chrono::seconds>(now), schedule::Trigger::once, now, true, false});
  flow.wait_idle(BootTime::max());
  const std::lock_guard lock(mutex);
  std::sort(findings.begin(), findings.end(), [](const auto& a, const auto& b) {
    return std::tie(a.place, a.code) < std::tie(b.place, b.code);
  });
  return findings;
}

}  // namespace

int command_check(const Options& options, Output& out) {
  Workspace workspace;
  workspace.clock = make_system_clock();
  const std::string dir =
      options.schedules ? *options.schedules : process_variable("PREWARM_SCHEDULES").value_or("schedules");
  Sources sources = read_sources(options.names.empty() ? std::vector<std::string>{dir} : options.names);
  const std::size_t files = sources.files.size();
  workspace.settings = resolve_settings(options, process_variable, "");
  std::vector<schedule::Finding> findings = workspace.settings.faults;
  findings.insert(findings.end(), sources.faults.begin(), sources.faults.end());
  auto input = load_input(workspace.settings, std::move(sources.files), workspace.clock->wall_now());
  input.allow_unset = options.allow_unset;
  if (files > 0) workspace.loaded = schedule::load_catalog(input);
  findings.insert(findings.end(), workspace.loaded.findings.begin(), workspace.loaded.findings.end());
  if (options.online && !schedule::has_errors(findings))
    for (auto& finding : check_online(workspace, out)) findings.push_back(std::move(finding));
  for (const auto& finding : findings) out.finding_data(finding);
  const auto errors =
      static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(), [](const auto& finding) {
        return finding.severity == schedule::Severity::error;
      }));
  const std::size_t warnings = findings.size() - errors;
  if (!options.json && !options.quiet)
    out.line(counted(files, "file") + ", " + counted(errors, "error") + ", " + counted(warnings, "warning"));
  out.exit_member("errors", static_cast<std::int64_t>(errors));
  out.exit_member("warnings", static_cast<std::int64_t>(warnings));
  const bool only_newer =
      errors > 0 && std::all_of(findings.begin(), findings.end(), [](const auto& finding) {
        return finding.severity == schedule::Severity::warning || finding.code == 902;
      });
  if (errors > 0) return only_newer ? 12 : 2;
  return options.strict && warnings > 0 ? 8 : 0;
}

}  // namespace prewarm::cli
