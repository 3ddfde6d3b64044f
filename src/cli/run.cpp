// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "cli/commands.hpp"
#include "cli/workspace.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/base/units.hpp"
#include "prewarm/pipeline/signals.hpp"
#include "prewarm/pipeline/worker.hpp"
#include "prewarm/revision.hpp"
#include "prewarm/run/outcome.hpp"
#include "prewarm/schedule/words.hpp"

namespace prewarm::cli {
namespace {

constexpr Millis kStartProbeTime{3000};  // slots wait for it; a store that is down is tried again by each run

// What is at the keys, for the start table and for warming; nothing when the store cannot be asked yet.
using Standings = std::optional<std::vector<pipeline::Standing>>;

// "3m 28s old (limit 10m 30s), cold in 56m 31s".
std::string standing_text(const pipeline::Standing& standing, bool warmed) {
  std::string text;
  if (standing.cls == envelope::Class::absent)
    text = "no value";
  else if (!standing.age)
    text = "a " + std::string(envelope::class_text(standing.cls)) + " value";
  else
    text =
        duration_text(*standing.age) + " old (limit " + duration_text(standing.schedule->stale_after) + ")";
  if (standing.cold_in) text += ", cold in " + duration_text(*standing.cold_in);
  const std::string what = standing.cls == envelope::Class::absent ? ": " : ": stale, ";
  return warmed ? text + (standing.stale() ? what : ": ") + "warming now" : text;
}

std::string row_of(const schedule::Schedule& schedule, WallTime now, std::size_t name_width,
                   std::size_t words_width) {
  std::string row = "  " + padded(schedule.name, name_width) + "  " +
                    padded(schedule::words_in(schedule.cron, schedule.zone), words_width);
  const auto next = schedule.cron.next(std::chrono::floor<std::chrono::seconds>(now), schedule.zone);
  if (!next) return row;
  return row + "  next " + slot_text(*next).substr(11) + " in " +
         duration_text(std::chrono::duration_cast<Millis>(WallTime(*next) - now));
}

void print_start_table(const Workspace& workspace, const Standings& standings,
                       const std::vector<schedule::SchedulePtr>& warmed, Output& out) {
  const WallTime now = workspace.clock->wall_now();
  const auto& schedules = workspace.loaded.catalog->schedules;
  out.note("prewarm " PREWARM_VERSION "  worker " + workspace.settings.log.worker + "  zone data " +
           schedule::zone_data_release());
  std::size_t name_width = 0, words_width = 0, row_width = 0;
  for (const auto& schedule : schedules) {
    name_width = std::max(name_width, schedule->name.size());
    words_width = std::max(words_width, schedule::words_in(schedule->cron, schedule->zone).size());
  }
  for (const auto& schedule : schedules)
    row_width = std::max(row_width, row_of(*schedule, now, name_width, words_width).size());
  for (std::size_t i = 0; i < schedules.size(); ++i) {
    const std::string row = row_of(*schedules[i], now, name_width, words_width);
    const bool warming = std::find(warmed.begin(), warmed.end(), schedules[i]) != warmed.end();
    out.note(standings ? padded(row, row_width) + "  " + standing_text((*standings)[i], warming) : row);
  }
  const auto warnings = workspace.loaded.findings.size();
  out.note(std::to_string(schedules.size()) + (schedules.size() == 1 ? " schedule" : " schedules") +
           ", 0 errors, " + std::to_string(warnings) + (warnings == 1 ? " warning" : " warnings"));
}

// The exit of a worker whose store refuses it, which was told and pinged; nothing when that may pass.
std::optional<int> refuse_store(const Workspace& workspace, const Error& error, Output& out) {
  if (error.kind != ErrorKind::store_auth && error.kind != ErrorKind::ledger_newer) return std::nullopt;
  out.error(code_text(code_of(error.kind)) + " " + error.message, error.remedy);
  refuse_start(workspace, OnFault::tell_and_ping, {code_of(error.kind), error.message});
  return error.kind == ErrorKind::ledger_newer ? 12 : 4;
}

// A store that refuses login or rights, also on the schedules' keys alone, ends the worker; one that cannot
// be reached is tried again by every run.
struct FirstLook {
  Standings standings;
  std::optional<int> exit;
};
FirstLook look_at_store(Workspace& workspace, pipeline::StoreWatch& watch, Output& out) {
  watch.listen(*workspace.store);
  const auto probed = workspace.store->probe(workspace.clock->boot_now() + kStartProbeTime);
  if (!probed) {
    const auto exit = refuse_store(workspace, probed.error(), out);
    if (!exit) watch.failed(probed.error());
    return {std::nullopt, exit};
  }
  watch.works();  // the probe writes
  auto seen = pipeline::look_around(*workspace.loaded.catalog, *workspace.store, *workspace.clock);
  if (!seen) return {std::nullopt, refuse_store(workspace, seen.error(), out)};
  return {std::move(seen).value(), std::nullopt};
}

std::vector<schedule::SchedulePtr> choose_warm(const Workspace& workspace, const Standings& standings) {
  std::vector<schedule::SchedulePtr> chosen;
  if (workspace.settings.warm_on_start == WarmOnStart::none) return chosen;
  if (workspace.settings.warm_on_start == WarmOnStart::all || !standings)
    return workspace.loaded.catalog->schedules;
  for (const auto& standing : *standings)
    if (standing.stale()) chosen.push_back(standing.schedule);
  return chosen;
}

LogLine event_line(Clock& clock, std::string event, std::string msg, Fields fields) {
  return {clock.wall_now(), Level::info, std::move(event), std::move(msg), std::move(fields)};
}

void log_start(const Workspace& workspace, Log& log) {
  log.write(event_line(*workspace.clock, "worker.started", "prewarm " PREWARM_VERSION " started",
                       {{"version", std::string(PREWARM_VERSION)},
                        {"revision", std::string(PREWARM_REVISION)},
                        {"tzdata", schedule::zone_data_release()},
                        {"schedules", static_cast<std::int64_t>(workspace.loaded.catalog->schedules.size())},
                        {"store", workspace.store->target()}}));
  const auto count = static_cast<std::int64_t>(workspace.loaded.catalog->schedules.size());
  log.write(event_line(*workspace.clock, "config.loaded", "the schedules are loaded",
                       {{"generation", std::int64_t{1}}, {"added", count}}));
}

void log_stopping(const Workspace& workspace, Log& log) {
  log.write(event_line(*workspace.clock, "worker.stopping", "stopping: nothing new starts",
                       {{"drain_left", static_cast<std::int64_t>(workspace.settings.drain.count() / 1000)}}));
}

// For people the start table comes first, so what is logged until it stands waits for it.
class LogBehindTable final : public Log {
 public:
  LogBehindTable(Log& log, bool waits) : log_(log), waits_(waits) {}
  void write(const LogLine& line) override {
    const std::lock_guard lock(mutex_);
    if (waits_)
      waiting_.push_back(line);
    else
      log_.write(line);
  }
  void release() {
    const std::lock_guard lock(mutex_);
    waits_ = false;
    for (const LogLine& line : std::exchange(waiting_, {})) log_.write(line);
  }

 private:
  Log& log_;
  std::mutex mutex_;  // a signal may come meanwhile
  bool waits_;
  std::vector<LogLine> waiting_;
};

// Until the first run may start there is nothing to drain, and the main thread may wait for the store.
[[noreturn]] void stop_at_once(const Workspace& workspace, LogBehindTable& log) {
  log.release();
  log_stopping(workspace, log);
  log.write(event_line(*workspace.clock, "worker.stopped", "stopped before the first run", {}));
  _exit(0);
}

// What lives as long as the process and is heard of by all of it.
struct Watches {
  pipeline::SignalWatch& signals;
  pipeline::StoreWatch& store;
};

int work(Workspace& workspace, const std::vector<schedule::SchedulePtr>& warmed, Watches watches, Log& log) {
  Clock& clock = *workspace.clock;
  const auto upstream = http::make_curl_fetcher(workspace.settings.net, clock);
  const auto heartbeats = http::make_curl_fetcher(workspace.settings.net, clock);
  pipeline::Services services{*workspace.store, *upstream, *heartbeats, clock, log, &watches.store};
  services.body_budget = workspace.settings.net.body_budget.count;
  pipeline::Worker worker(services, *workspace.loaded.catalog, workspace.settings.drain);
  worker.warm(warmed);
  watches.signals.connect([&] {
    log_stopping(workspace, log);
    worker.stop();
  });
  log.write(event_line(clock, "worker.ready", "waiting for slots", {}));
  const bool clean = worker.run();
  watches.signals.connect({});
  log.write(event_line(clock, "worker.stopped",
                       clean ? "stopped" : "stopped; a call that hung was left behind", {}));
  if (!clean) _exit(0);
  return 0;
}

}  // namespace

int command_run(const Options& options, Output& out) {
  int exit = 0;
  auto opened = open_workspace(options, out, {OnFault::tell_and_ping, std::nullopt, true, {}, true}, exit);
  if (!opened) return exit;
  Workspace& workspace = *opened;
  for (const auto& warning : workspace.loaded.findings) out.finding(warning);
  if (!open_store(workspace, out, OnFault::tell_and_ping)) return 2;
  pipeline::SignalWatch signals;
  const auto stderr_log = make_stderr_log(workspace.settings.log);
  const bool for_people = workspace.settings.log.format == LogFormat::human;
  LogBehindTable log(*stderr_log, for_people);
  log_start(workspace, log);
  signals.connect([&] { stop_at_once(workspace, log); });
  pipeline::StoreWatch store_watch(log, *workspace.clock);
  const auto [standings, refused] = look_at_store(workspace, store_watch, out);
  if (refused) {
    signals.connect({});
    log.release();
    return *refused;
  }
  const auto warmed = choose_warm(workspace, standings);
  if (for_people) print_start_table(workspace, standings, warmed, out);
  log.release();
  return work(workspace, warmed, {signals, store_watch}, log);
}

}  // namespace prewarm::cli
