// SPDX-License-Identifier: Apache-2.0
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <variant>

#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "cli/workspace.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/base/units.hpp"
#include "prewarm/pipeline/pipeline.hpp"
#include "prewarm/pipeline/signals.hpp"
#include "prewarm/pipeline/worker.hpp"
#include "prewarm/report/record.hpp"

namespace prewarm::cli {
namespace {

using std::chrono::floor;
using std::chrono::seconds;

constexpr Millis kStopTime{5000};  // after a signal: for a window that is on its way, and for the pings

struct Plan {
  std::vector<pipeline::Order> orders;
  std::vector<std::string> not_due;  // said once the target is
  std::size_t name_width = 0;
};

// What was asked for, read once.
struct Wish {
  std::optional<Millis> due_within, if_older_than;
  std::string slot = "now";
};

Wish read_wish(const Options& options, std::vector<schedule::Finding>& faults) {
  Wish wish;
  wish.due_within = duration_flag("--due-within", options.due_within, faults);
  wish.if_older_than = duration_flag("--if-older-than", options.if_older_than, faults);
  wish.slot = options.slot.value_or(wish.due_within ? "latest" : "now");
  if (wish.due_within && wish.slot != "latest")
    faults.push_back(setting_fault(314, "--due-within implies --slot latest", "leave --slot out"));
  if (options.all && !options.names.empty())
    faults.push_back(setting_fault(314, "--all and schedule names exclude each other",
                                   "prewarm once --all, or prewarm once NAME"));
  if (!options.all && options.names.empty())
    faults.push_back(setting_fault(314, "no schedule is named", "prewarm once NAME, or prewarm once --all"));
  return wish;
}

// The slot that the wish names for this schedule; nothing when it is no slot of it, which was told.
std::optional<Slot> slot_of(const schedule::Schedule& schedule, const Wish& wish, Slot now, Output& out) {
  if (wish.slot == "now") return now;
  const auto latest = schedule.cron.latest(now, schedule.zone);
  if (wish.slot == "latest") return latest.value_or(now);
  const auto time = parse_rfc3339(wish.slot);
  if (!time) {
    out.finding(setting_fault(314, "--slot: \"" + wish.slot + "\" is neither now, latest nor a time",
                              time.error().remedy));
    return std::nullopt;
  }
  const Slot slot = floor<seconds>(*time);
  if (slot <= now && schedule.cron.latest(slot, schedule.zone) == slot) return slot;
  const std::string hint = latest ? "its latest slot is " + slot_text(*latest) : "it has had no slot yet";
  out.finding(
      setting_fault(314, "--slot: " + wish.slot + " is no past slot of \"" + schedule.name + "\"", hint));
  return std::nullopt;
}

// The plan, or the exit code of what was told.
std::variant<Plan, int> plan_runs(const Options& options, const Workspace& workspace, const Wish& wish,
                                  Output& out) {
  Plan plan;
  std::vector<schedule::SchedulePtr> chosen;
  if (!find_schedules(workspace, options.names, out, chosen)) return 10;
  if (options.all) chosen = workspace.loaded.catalog->schedules;
  const WallTime now = workspace.clock->wall_now();
  for (const auto& schedule : chosen) {
    const auto slot = slot_of(*schedule, wish, floor<seconds>(now), out);
    if (!slot) return 2;
    plan.name_width = std::max(plan.name_width, schedule->name.size());
    if (wish.due_within && now - WallTime(*slot) > *wish.due_within) {
      plan.not_due.push_back(schedule->name + "  not due: its latest slot was " + slot_text(*slot) + ", " +
                             duration_text(now - WallTime(*slot)) + " ago");
      continue;
    }
    // A run that is asked for now has a slot of its own, without jitter.
    const WallTime planned = wish.slot == "now" ? *slot : *slot + schedule->jitter_of(*slot);
    plan.orders.push_back({schedule, *slot, schedule::Trigger::once, planned, options.dry_run,
                           !options.no_heartbeat, schedule->fanout ? wish.if_older_than : std::nullopt});
  }
  return plan;
}

// --if-older-than: drops the schedules whose value is younger; the run of a fan-out looks at its ids one by
// one. A store that cannot be asked drops none: their runs say why.
void drop_fresh(Workspace& workspace, Millis limit, Plan& plan, Output& out) {
  schedule::Catalog asked;
  for (const auto& order : plan.orders) asked.schedules.push_back(order.schedule);
  const auto standings = pipeline::look_around(asked, *workspace.store, *workspace.clock);
  if (!standings) return;
  std::vector<pipeline::Order> left;
  for (std::size_t i = 0; i < plan.orders.size(); ++i) {
    const auto& standing = (*standings)[i];
    pipeline::Order& order = plan.orders[i];
    const bool fresh = !order.if_older_than && standing.cls == envelope::Class::current && standing.age &&
                       *standing.age < limit;
    if (fresh)
      out.note(
          report::skipped_line(order.schedule->name, plan.name_width,
                               duration_text(*standing.age) + " old, younger than " + duration_text(limit)));
    else
      left.push_back(std::move(order));
  }
  plan.orders = std::move(left);
}

// On a terminal the line of `once` says what the log line would; other lines take the place of the progress.
class QuietEnd final : public Log {
 public:
  QuietEnd(Log& log, ProgressLine& progress) : log_(log), progress_(progress) {}
  bool takes(Level level) const noexcept override { return log_.takes(level); }
  void write(const LogLine& line) override {
    if (line.event == "run.ended" || !log_.takes(line.level)) return;
    progress_.clear();
    log_.write(line);
  }

 private:
  Log& log_;
  ProgressLine& progress_;
};

int exit_of(const run::RunReport& report) {
  return report.error ? run::exit_code_of(report.outcome, report.error->kind) : 0;
}

// Ends of runs, counted on the record thread and read after it fell silent.
struct Tally {
  std::mutex mutex;
  std::vector<int> exits;
  std::string remedy;  // of the last run that failed

  void add(const run::RunReport& report) {
    const std::lock_guard lock(mutex);
    exits.push_back(exit_of(report));
    if (exits.back() != 0) remedy = report::remedy_text(report);
  }
};

int tell_end(const Options& options, const Plan& plan, const Tally& tally, Output& out) {
  const std::vector<int>& exits = tally.exits;
  const auto failed = std::count_if(exits.begin(), exits.end(), [](int code) { return code != 0; });
  out.exit_member("ok", static_cast<std::int64_t>(exits.size()) - failed);
  out.exit_member("failed", failed);
  std::string cure = options.all ? "prewarm once --all --if-older-than 10m"
                                 : "prewarm once " + plan.orders.front().schedule->name + " -v";
  // With one failure there is one cure, unless the others of many are to be done again at once.
  if (failed == 1 && (!options.all || exits.size() == 1) && !tally.remedy.empty()) cure = tally.remedy;
  if (failed > 0)
    out.note(std::to_string(failed) + " of " + std::to_string(exits.size()) + " failed.  do: " + cure);
  return run::combined_exit(exits);
}

// The threads of one run take turns: memory of its own for each of them costs more than it spares of waiting,
// 0.1 ms of 3.5. The many answers of a fan-out keep them all at work.
void share_memory_of_one_run(const Plan& plan) {
  if (plan.orders.size() != 1 || plan.orders.front().schedule->fanout) return;
  mallopt(M_ARENA_MAX, 1);  // NOLINT(concurrency-mt-unsafe): no other thread has begun
}

int run_plan(const Options& options, Workspace& workspace, const Plan& plan, Output& out) {
  share_memory_of_one_run(plan);
  Tally tally;
  pipeline::SignalWatch signals;
  const auto log = make_stderr_log(workspace.settings.log);
  ProgressLine progress(*workspace.clock);
  QuietEnd quiet_end(*log, progress);
  const bool line_suffices = workspace.settings.log.format == LogFormat::human && !options.verbose;
  const auto upstream = http::make_curl_fetcher(workspace.settings.net, *workspace.clock);
  const auto heartbeats = http::make_curl_fetcher(workspace.settings.net, *workspace.clock);
  const auto on_report = [&](const run::RunReport& report) {
    tally.add(report);
    progress.clear();
    if (options.quiet && !options.json && exit_of(report) == 0) return;
    out.line(options.json ? report::record_json(report) : report::once_line(report, plan.name_width));
  };
  Log& run_log = line_suffices ? static_cast<Log&>(quiet_end) : *log;
  pipeline::Services services{*workspace.store, *upstream, *heartbeats, *workspace.clock, run_log};
  if (isatty(STDERR_FILENO) == 1 && line_suffices && !options.quiet)
    services.on_progress = [&progress](const report::Progress& now) { progress.show(now); };
  services.body_budget = workspace.settings.net.body_budget.count;
  pipeline::Pipeline flow(std::move(services), on_report);
  signals.connect([&flow] { flow.abandon(); });
  for (const auto& order : plan.orders) flow.submit(order);
  const bool done =
      flow.finish(report::kPingBudget) || flow.wait_idle(workspace.clock->boot_now() + kStopTime);
  signals.connect({});
  if (!done) {
    flow.write_off(workspace.clock->boot_now() + kStopTime);
    _exit(out.finish(128 + signals.received()));
  }
  const int code = tell_end(options, plan, tally, out);
  return signals.received() != 0 ? 128 + signals.received() : code;
}

}  // namespace

int command_once(const Options& options, Output& out) {
  int exit = 0;
  Purpose purpose;
  if (!options.dry_run && !options.no_heartbeat) purpose.on_fault = OnFault::tell_and_ping;
  if (!options.all) purpose.running.emplace(options.names.begin(), options.names.end());
  purpose.works = true;
  const Wish wish = read_wish(options, purpose.faults);
  auto workspace = open_workspace(options, out, purpose, exit);
  if (!workspace) return exit;
  auto planned = plan_runs(options, *workspace, wish, out);
  if (const int* told = std::get_if<int>(&planned)) {
    refuse_start(*workspace, purpose.on_fault, {*told == 10 ? 318 : 314, std::string(out.first_error())});
    return *told;
  }
  Plan& plan = *std::get_if<Plan>(&planned);
  if (!open_store(*workspace, out, purpose.on_fault)) return 2;
  for (const std::string& note : plan.not_due) out.note(note);
  if (wish.if_older_than) drop_fresh(*workspace, *wish.if_older_than, plan, out);
  return plan.orders.empty() ? 0 : run_plan(options, *workspace, plan, out);
}

}  // namespace prewarm::cli
