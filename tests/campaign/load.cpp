// SPDX-License-Identifier: Apache-2.0
// `load`: one worker whose schedules all fall due in the same second, on a real Redis and several upstreams.
// How late each run began is what its record says (lag_ms). Cases: burst/SCHEDULES, bodies/SCHEDULESxMIB.
#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <thread>

#include "campaign/campaigns.hpp"
#include "cli/world.hpp"

namespace prewarm::campaign {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kUpstreams = 16;  // a worker takes 8 transfers at once of each, 64 in all
constexpr std::int64_t kMiB = 1 << 20;
constexpr std::int64_t kMostBodies = 128 * kMiB;  // that the worker holds at once
constexpr std::size_t kMostRuns = 256;            // that it has under way
constexpr std::int64_t kRunItself = 4096;         // bytes of a run under way beside its body

struct Load {
  std::string name;
  std::size_t schedules = 1000;
  std::chrono::seconds gap = 5s;
  std::size_t bursts = 2;
  std::int64_t body_bytes = 2000;
  std::string max_bytes = "1MiB";  // what a run reserves; so many at once decide how many are under way
  std::optional<std::int64_t> most_lag_ms = 250;  // p99; nothing: none is promised
};

struct Record {
  std::string schedule, slot, outcome;
  std::int64_t lag_ms = 0;
};

std::vector<Record> records_of(const std::string& log) {
  std::vector<Record> records;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("\"run.ended\"") == std::string::npos) continue;
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_discarded()) continue;  // not written to its end yet
    records.push_back({json.value("schedule", ""), json.value("slot", ""), json.value("outcome", ""),
                       json.value("lag_ms", std::int64_t{-1})});
  }
  return records;
}

/// The share of all that is not above the answer; `values` must hold some.
std::int64_t share(std::vector<std::int64_t> values, double part) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1,
                         static_cast<std::size_t>(part * static_cast<double>(values.size())))];
}

class Bench {
 public:
  Bench(Campaign& campaign, const Load& load) : campaign_(campaign), load_(load) {
    // Each answer is another, so that none of the values is just renewed.
    const std::string filling(static_cast<std::size_t>(load.body_bytes), 'x');
    for (auto& upstream : upstreams_)
      upstream.otherwise([this, filling](const testkit::UpstreamRequest&) {
        return testkit::Answer::json("[" + std::to_string(++fetches_) + ",\"" + filling + "\"]");
      });
    for (std::size_t i = 0; i < load.schedules; ++i) {
      const std::string name = "s" + std::to_string(i), gap = std::to_string(load.gap.count());
      world_.schedule(name, R"({"schedule":"@every )" + gap + R"(s","timeout":"30s","fetch":{"maxBytes":")" +
                                load.max_bytes + R"(","retries":0,"url":")" +
                                upstreams_[i % kUpstreams].url("/" + name) +
                                R"("},"store":{"version":1,"ttl":"1h"}})");
    }
    world_.use(redis_);
  }

  Findings run() {
    worker_.emplace(world_.command({"run", "--warm-on-start", "none", "--drain", "20s"}));
    const auto records = wait_for_bursts();
    rss_kib_ = worker_->peak_rss_kib();
    worker_->signal(SIGTERM);
    const auto ended = worker_->wait(40s);
    campaign_.tell(load_.name + ": " + std::to_string(ended.processor.count() / 1000) +
                   " ms of the processors went to the worker, from its start to its end");
    Findings findings;
    if (ended.exit_code != 0)
      findings.push_back("the worker ended with " + std::to_string(ended.exit_code.value_or(-ended.signal)));
    // What fell due while it was told to stop belongs to no burst that is looked at, but to the sums.
    look_at_slots(records_of(ended.err), findings);
    look_at_lags(records, findings);
    look_at_memory(findings);
    return findings;
  }

 private:
  // Until that many runs have ended; a worker that does not come so far is a finding by its numbers. While it
  // has not fetched as often nobody reads its log, which would take its processors.
  std::vector<Record> wait_for_bursts() {
    const std::size_t wanted = load_.schedules * load_.bursts;
    const auto until = Steady::now() + load_.gap * static_cast<std::int64_t>(load_.bursts + 2) + 60s;
    while (Steady::now() < until && worker_->running()) {
      std::this_thread::sleep_for(200ms);
      if (fetches_ >= wanted && records_of(log()).size() >= wanted) break;
    }
    auto records = records_of(log());
    records.resize(std::min(records.size(), wanted));
    return records;
  }
  std::string log() const { return worker_->text(testkit::Process::Stream::err); }

  // Every schedule has a run of each slot that any has, one each; a run that began is a fetch.
  void look_at_slots(const std::vector<Record>& records, Findings& findings) {
    std::map<std::string, std::set<std::string>> slots;  // of a slot: who ran
    std::map<std::string, std::size_t> outcomes;
    for (const Record& record : records) {
      if (!slots[record.slot].insert(record.schedule).second)
        findings.push_back("twice: " + record.schedule + " at " + record.slot);
      ++outcomes[record.outcome];
    }
    for (const auto& [slot, who] : slots)
      if (who.size() != load_.schedules)
        findings.push_back(slot + " had " + std::to_string(who.size()) + " runs of " +
                           std::to_string(load_.schedules));
    if (slots.size() < load_.bursts)
      findings.push_back(std::to_string(slots.size()) + " bursts, not " + std::to_string(load_.bursts));
    const std::size_t cancelled = outcomes["cancelled"];
    for (const auto& [outcome, count] : outcomes)
      if (outcome != "verified" && outcome != "cancelled")
        findings.push_back(std::to_string(count) + " runs ended " + outcome);
    const std::size_t fetches = fetches_;
    // A cancelled run may have got as far as its fetch.
    if (fetches < outcomes["verified"] || fetches > outcomes["verified"] + cancelled)
      findings.push_back(std::to_string(fetches) + " fetches for " + std::to_string(outcomes["verified"]) +
                         " verified and " + std::to_string(cancelled) + " cancelled runs");
    campaign_.tell(load_.name + ": " + std::to_string(slots.size()) + " bursts, " + std::to_string(fetches) +
                   " fetches for " + std::to_string(records.size()) + " runs, " + std::to_string(cancelled) +
                   " of them cancelled");
  }

  void look_at_lags(const std::vector<Record>& records, Findings& findings) {
    std::vector<std::int64_t> lags;
    for (const Record& record : records) lags.push_back(record.lag_ms);
    if (lags.empty()) return findings.push_back("no run has ended: " + log().substr(0, 2000));
    const std::int64_t p50 = share(lags, 0.5), p99 = share(lags, 0.99), most = share(lags, 1);
    campaign_.tell(load_.name + ": began late by " + std::to_string(p50) + " ms (p50), " +
                   std::to_string(p99) + " ms (p99), " + std::to_string(most) + " ms (most)");
    if (share(lags, 0) < 0) findings.push_back("a record says no lag");
    if (load_.most_lag_ms && p99 >= *load_.most_lag_ms)
      findings.push_back("p99 of the lag is " + std::to_string(p99) + " ms, at most " +
                         std::to_string(*load_.most_lag_ms) + " are promised");
  }

  void look_at_memory(Findings& findings) {
    const auto under_way = static_cast<std::int64_t>(std::min(load_.schedules, kMostRuns));
    const std::int64_t in_flight =
        std::min(under_way * load_.body_bytes, kMostBodies) + under_way * kRunItself;
    const std::int64_t most_kib = (64 * kMiB + 3 * in_flight) / 1024;
    campaign_.tell(load_.name + ": " + std::to_string(rss_kib_) + " KiB resident at most, " +
                   std::to_string(most_kib) + " are promised");
    if (rss_kib_ <= 0 || rss_kib_ >= most_kib)
      findings.push_back(std::to_string(rss_kib_) + " KiB resident, at most " + std::to_string(most_kib) +
                         " are promised");
  }

  Campaign& campaign_;
  Load load_;
  std::atomic<std::size_t> fetches_{0};  // answered
  testkit::RedisServer redis_;
  std::array<testkit::Upstream, kUpstreams> upstreams_;
  test::World world_;
  std::optional<testkit::Process> worker_;
  long rss_kib_ = 0;
};

}  // namespace

void run_load(Campaign& campaign) {
  std::vector<Load> loads{{.name = "burst/1000"}};
  if (!campaign.ci()) {
    loads.push_back({.name = "burst/10000", .schedules = 10'000, .gap = 60s, .most_lag_ms = 1000});
    loads.push_back({.name = "bodies/32x8",
                     .schedules = 32,
                     .gap = 10s,
                     .bursts = 3,
                     .body_bytes = 8 * kMiB,
                     .max_bytes = "16MiB",
                     .most_lag_ms = std::nullopt});
  }
  for (const Load& load : loads) campaign.run(load.name, [&] { return Bench(campaign, load).run(); });
}

}  // namespace prewarm::campaign
