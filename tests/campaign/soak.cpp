// SPDX-License-Identifier: Apache-2.0
// `soak`: one worker over links that fail all the while, for a long time: what it holds must not grow, and
// when the trouble ends all must be well. Cases: redis/MINUTES; with --only of any number of them.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "campaign/campaigns.hpp"
#include "campaign/shelf.hpp"
#include "campaign/soak_world.hpp"

namespace prewarm::campaign {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr int kStrikes = 4;              // between two looks at what the worker holds
constexpr auto kCalm = 5s;               // before a look: every connection that failed is closed
constexpr auto kAllWell = 20s;           // two of the longest gaps and the deadline, and a little
constexpr auto kMostAge = 16s;           // two of the longest gaps and the deadline
constexpr long kNoise = 256;             // KiB that malloc's mood of a moment may make
constexpr std::size_t kLogOfRun = 4096;  // bytes

/// What the worker holds while all is calm.
struct Footprint {
  long rss_kib = 0;
  std::size_t descriptors = 0, threads = 0;
};

std::size_t entries(const std::string& folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) count += entry.path().empty() ? 0 : 1;
  return count;
}

Footprint look(const testkit::Process& worker) {
  const std::string of = "/proc/" + std::to_string(worker.pid());
  return {worker.rss_kib(), entries(of + "/fd"), entries(of + "/task")};
}

long median_rss(std::vector<Footprint> some) {
  const auto middle = some.begin() + static_cast<std::ptrdiff_t>(some.size() / 2);
  std::nth_element(some.begin(), middle, some.end(),
                   [](const Footprint& a, const Footprint& b) { return a.rss_kib < b.rss_kib; });
  return middle->rss_kib;
}

/// The first third is for getting warm; the last is compared with the second.
Findings judge_growth(const Campaign& campaign, const std::vector<Footprint>& looks) {
  const std::size_t third = looks.size() / 3;
  if (third == 0) return {"too short: " + std::to_string(looks.size()) + " looks at what the worker holds"};
  const auto second = looks.begin() + static_cast<std::ptrdiff_t>(third);
  const auto last = looks.end() - static_cast<std::ptrdiff_t>(third);
  const long before = median_rss({second, last}), after = median_rss({last, looks.end()});
  campaign.tell(std::to_string(looks.size()) + " looks: " + std::to_string(before) + " KiB resident, then " +
                std::to_string(after) + "; " + std::to_string(looks.back().descriptors) + " descriptors, " +
                std::to_string(looks.back().threads) + " threads");
  Findings found;
  if (after > before + kNoise)
    found.push_back("memory grows: " + std::to_string(before) + " KiB, then " + std::to_string(after));
  for (const auto& [what, member] :
       {std::pair{"descriptors", &Footprint::descriptors}, {"threads", &Footprint::threads}}) {
    std::size_t most_before = 0, most_after = 0;
    for (auto at = looks.begin(); at != looks.end(); ++at) {
      std::size_t& most = at < last ? most_before : most_after;
      most = std::max(most, (*at).*member);
    }
    if (most_after > most_before)
      found.push_back(std::string(what) + " grow: at most " + std::to_string(most_before) + " before, then " +
                      std::to_string(most_after));
  }
  return found;
}

/// What the log says of the runs.
struct Runs {
  std::set<std::string> slots;              // schedule and slot of each that ran
  std::set<std::string> well;               // rids of those that may be told as success
  std::map<std::string, std::string> last;  // of a schedule: its last outcome
  std::map<std::string, std::size_t> outcomes;
  Findings twice;
  std::size_t count = 0;
};

Runs runs_of(const std::string& log) {
  Runs runs;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("\"run.ended\"") == line.npos) continue;
    const auto record = nlohmann::json::parse(line);
    const std::string outcome = record.at("outcome"), schedule = record.at("schedule");
    ++runs.count;
    ++runs.outcomes[outcome];
    if (outcome == "verified" || outcome == "unchanged") runs.well.insert(record.at("rid"));
    if (outcome != "cancelled") runs.last[schedule] = outcome;
    const std::string slot = schedule + " " + record.at("slot").get<std::string>();
    if (!runs.slots.insert(slot).second) runs.twice.push_back("I10: two records of " + slot);
  }
  return runs;
}

std::int64_t age_ms(const std::string& instant) {
  std::tm parts{};
  std::istringstream(instant.substr(0, 19)) >> std::get_time(&parts, "%Y-%m-%dT%H:%M:%S");
  return (std::time(nullptr) - timegm(&parts)) * 1000;
}

Findings judge_values(const SoakWorld& world) {
  Findings found;
  for (const std::string& key : world.keys()) {
    const auto parts = whole(world.value(key).value_or(""));
    if (!parts)
      found.push_back("I1: " + key + " holds no whole envelope");
    else if (age_ms(parts->instant) > kMostAge / 1ms)
      found.push_back("not warm again: " + key + " is of " + parts->instant);
  }
  return found;
}

Findings judge_log(const Campaign& campaign, const SoakWorld& world, const std::string& log) {
  const Runs runs = runs_of(log);
  Findings found = runs.twice;
  std::string sums;
  for (const auto& [outcome, count] : runs.outcomes) sums += ", " + std::to_string(count) + " " + outcome;
  campaign.tell(std::to_string(runs.count) + " runs" + sums + "; " + std::to_string(world.fetches()) +
                " requests; " + std::to_string(log.size() / std::max<std::size_t>(1, runs.count)) +
                " bytes of log a run");
  for (const std::string& name : world.names())
    if (const auto last = runs.last.find(name);
        last == runs.last.end() || (last->second != "verified" && last->second != "unchanged"))
      found.push_back(name + " does not end well");
  if (log.size() > runs.count * kLogOfRun)
    found.push_back("the log has " + std::to_string(log.size()) + " bytes");
  for (const std::string& rid : world.told_success())
    if (!runs.well.contains(rid)) found.push_back("I3: success was told of run " + rid);
  if (world.told_success().empty()) found.push_back("no success was ever told");
  return found;
}

Findings soak(Campaign& campaign, std::chrono::minutes how_long) {
  SoakWorld world(campaign.options().seed);
  testkit::Process worker(world.command());
  if (!worker.wait_for_line("worker.ready")) return {"the worker does not begin"};
  std::vector<Footprint> looks;
  std::map<std::string, std::size_t> struck;
  for (const auto until = Steady::now() + how_long; Steady::now() < until;) {
    for (int i = 0; i < kStrikes && worker.running(); ++i) ++struck[world.strike(worker)];
    std::this_thread::sleep_for(kCalm);
    if (!worker.running()) return {"the worker has ended: " + worker.text(testkit::Process::Stream::err)};
    looks.push_back(look(worker));
    if (looks.size() % 20 == 1)
      campaign.tell(std::to_string(looks.back().rss_kib) + " KiB resident, " +
                    std::to_string(looks.back().descriptors) + " descriptors");
  }
  std::string troubles;
  for (const auto& [what, count] : struck)
    troubles += (troubles.empty() ? "" : ", ") + what + " " + std::to_string(count);
  campaign.tell(troubles);
  std::this_thread::sleep_for(kAllWell);
  Findings found = judge_values(world);
  worker.signal(SIGTERM);
  const auto ended = worker.wait(20s);
  if (ended.exit_code != 0)
    found.push_back("the worker ended with " + std::to_string(ended.exit_code.value_or(-ended.signal)));
  for (const Findings& more : {judge_growth(campaign, looks), judge_log(campaign, world, ended.err)})
    found.insert(found.end(), more.begin(), more.end());
  return found;
}

}  // namespace

void run_soak(Campaign& campaign) {
  const std::string group = "redis/", &only = campaign.options().only;
  long minutes = campaign.ci() ? 2 : campaign.release() ? 72 * 60 : 6 * 60;
  if (only.starts_with(group)) minutes = std::strtol(only.c_str() + group.size(), nullptr, 10);
  if (minutes <= 0) throw std::runtime_error("--only redis/MINUTES");
  campaign.run(group + std::to_string(minutes),
               [&] { return soak(campaign, std::chrono::minutes(minutes)); });
}

}  // namespace prewarm::campaign
