// SPDX-License-Identifier: Apache-2.0
#include "cli/check_online.hpp"

#include <algorithm>
#include <mutex>
#include <tuple>

#include "prewarm/base/units.hpp"
#include "prewarm/pipeline/pipeline.hpp"
#include "prewarm/report/record.hpp"

namespace prewarm::cli {
namespace {

using schedule::Severity;

constexpr Millis kProbeTime{5000};

// "200 in 12 ms, 344 B > 3 items, 123 B".
std::string flow_of(const run::RunReport& report) {
  const run::FetchFacts& fetch = report.fetch;
  std::string text = std::to_string(fetch.http_status);
  if (report.fetch_took) text += " in " + std::to_string(report.fetch_took->count()) + " ms";
  text += ", " + size_text(fetch.body_bytes) + " > ";
  if (report.items) text += std::to_string(*report.items) + (*report.items == 1 ? " item, " : " items, ");
  return text + size_text(static_cast<std::uint64_t>(report.payload_bytes.value_or(0)));
}

// What one real run without a write ended with, as a finding about the schedule's file.
schedule::Finding online_finding(const run::RunReport& report) {
  schedule::Finding finding;
  finding.place = {report.schedule->file, 0, 0};
  finding.severity = Severity::ok;
  if (!report.error) {
    finding.message = flow_of(report);
    return finding;
  }
  const Error& error = *report.error;
  const auto kind = error.kind;
  finding.severity = Severity::error;
  finding.code = code_of(kind);
  finding.message = report.schedule->name + ": " + error.message;
  finding.remedy = report::remedy_text(report);
  if (run::outcome_of(kind) == run::Outcome::rejected && kind != ErrorKind::guard) {
    finding.severity = Severity::warning;
    finding.code = 402;
    finding.message = report.schedule->name + ": today's answer does not shape: " + error.message;
  }
  if (kind == ErrorKind::guard) {
    finding.severity = Severity::warning;
    finding.code = 404;
    finding.message = report.schedule->name + ": the guard would refuse today's answer: " + error.message;
  }
  return finding;
}

schedule::Finding store_finding(Workspace& workspace) {
  const BootTime from = workspace.clock->boot_now();
  const auto probed = workspace.store->probe(from + kProbeTime);
  if (!probed) {
    const Error& error = probed.error();
    const schedule::Schedule any;  // no remedy of a store names a schedule
    return setting_fault(code_of(error.kind), error.message,
                         error.remedy.empty() ? report::default_remedy(error.kind, any) : error.remedy);
  }
  const auto took = std::chrono::duration_cast<Millis>(workspace.clock->boot_now() - from);
  schedule::Finding finding;
  finding.severity = Severity::ok;
  finding.message = "store ok: wrote and read prewarm:" + workspace.settings.env +
                    ":probe:" + workspace.settings.store.worker + " in " + std::to_string(took.count()) +
                    " ms";
  return finding;
}

// Stands in for a store that cannot be asked, so that the upstreams still can: nothing is in it, and a dry
// run writes nothing.
class EmptyStore final : public store::Store {
 public:
  explicit EmptyStore(Clock& clock) : clock_(clock) {}
  const std::string& target() const noexcept override { return target_; }
  Result<void> probe(BootTime /*deadline*/) override { return {}; }
  Result<void> open(BootTime /*deadline*/) override { return {}; }
  Result<WallTime> time(BootTime /*deadline*/) override { return clock_.wall_now(); }
  Result<run::Found> read(const std::string& /*key*/, std::size_t /*cap*/, bool /*with_ttl*/,
                          BootTime /*deadline*/) override {
    return run::Found{};
  }
  Result<std::vector<run::Found>> look(std::span<const store::Look> keys, BootTime /*deadline*/) override {
    return std::vector<run::Found>(keys.size());
  }
  std::vector<run::ReadBack> renew(std::span<const run::Renewal> renewals, Millis /*max_age*/,
                                   BootTime /*deadline*/) override {
    return std::vector<run::ReadBack>(renewals.size());
  }
  std::vector<run::ReadBack> write(std::span<const run::Entry> entries, Millis /*max_age*/,
                                   BootTime /*deadline*/) override {
    return std::vector<run::ReadBack>(entries.size());
  }
  Result<void> read_set(const std::string& key, IdList& /*ids*/, BootTime /*deadline*/) override {
    return Error{
        ErrorKind::id_source, "the ids are in the store, at " + key + ", and it cannot be asked", {}};
  }
  Result<std::optional<std::string>> get_record(const std::string& /*key*/, BootTime /*deadline*/) override {
    return std::optional<std::string>();
  }
  Result<void> put_record(const std::string& /*key*/, std::string_view /*text*/, Millis /*ttl*/,
                          BootTime /*deadline*/) override {
    return {};
  }
  Result<std::vector<std::optional<std::string>>> get_records(std::span<const std::string> keys,
                                                              BootTime /*deadline*/) override {
    return std::vector<std::optional<std::string>>(keys.size());
  }
  Result<void> put_records(const store::Records& /*records*/, BootTime /*deadline*/) override { return {}; }
  void close() noexcept override {}

 private:
  Clock& clock_;
  std::string target_ = "nothing";
};

class Silence final : public Log {
  void write(const LogLine& /*line*/) override {}
};

std::vector<schedule::Finding> run_dry(Workspace& workspace) {
  std::vector<schedule::Finding> findings;
  std::mutex mutex;
  Silence silence;
  const auto upstream = http::make_curl_fetcher(workspace.settings.net, *workspace.clock);
  const auto heartbeats = http::make_curl_fetcher(workspace.settings.net, *workspace.clock);
  pipeline::Pipeline flow({*workspace.store, *upstream, *heartbeats, *workspace.clock, silence},
                          [&](const run::RunReport& report) {
                            const std::lock_guard lock(mutex);
                            findings.push_back(online_finding(report));
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

std::vector<schedule::Finding> check_online(Workspace& workspace, Output& out) {
  if (!open_store(workspace, out)) return {setting_fault(312, "the store cannot be opened", "see above")};
  std::vector<schedule::Finding> findings{store_finding(workspace)};
  if (schedule::has_errors(findings)) workspace.store = std::make_unique<EmptyStore>(*workspace.clock);
  for (auto& finding : run_dry(workspace)) findings.push_back(std::move(finding));
  return findings;
}

}  // namespace prewarm::cli
