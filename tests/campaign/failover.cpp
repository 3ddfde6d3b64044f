// SPDX-License-Identifier: Apache-2.0
// `failover`: a worker whose Redis fails it in every way there is. Cases: FAULT/ROUND, e.g. oom/0; the round
// and the seed decide when and for how long.
#include <csignal>
#include <thread>

#include "campaign/campaigns.hpp"
#include "campaign/crew.hpp"
#include "campaign/late_write.hpp"
#include "campaign/shelf.hpp"
#include "campaign/store_faults.hpp"

namespace prewarm::campaign {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

std::string last_verified(const FailoverRig& rig) {
  std::string last;
  for (const EndedRun& run : rig.ended())
    if (run.outcome == "verified") last = run.instant;
  return last;
}

/// The value that readers have is the one of the last verified run. Between a write and its log line is a
/// moment.
Findings judge_kept(const FailoverRig& rig) {
  const testkit::RedisServer* server = rig.primary;
  if (server == nullptr) return {};
  std::string found;
  for (const auto until = Steady::now() + kFailoverSlack; Steady::now() < until;
       std::this_thread::sleep_for(20ms)) {
    const auto value = server->value(kFailoverKey);
    const auto parts = value ? whole(*value) : std::nullopt;
    if (!parts) return {"I5: nothing whole is left"};
    const std::string last = last_verified(rig);
    if (parts->instant == last) return {};
    found = "I5: " + parts->instant + " is left, verified was " + last;
  }
  return {found};
}

Findings judge_failures(const FailoverRig& rig, const StoreFault& fault) {
  Findings found;
  for (const EndedRun& run : rig.ended()) {
    if (run.outcome == "verified") continue;
    const bool expected = run.outcome == "store_failed" && fault.codes.count(run.code) == 1;
    if (!expected) found.push_back("a run ended " + run.outcome + " " + run.code);
  }
  return found;
}

/// In order, and every verified run has told so, no other.
Findings judge_end(FailoverRig& rig, const StoreFault& fault) {
  Findings found;
  rig.worker->signal(SIGTERM);
  const auto outcome = rig.worker->wait();
  if (outcome.exit_code != 0) found.push_back("the worker did not end well: " + outcome.err);
  std::size_t verified = 0;
  for (const EndedRun& run : rig.ended()) verified += run.outcome == "verified" ? 1 : 0;
  if (rig.successes != verified)
    found.push_back(std::to_string(verified) + " verified runs and " + std::to_string(rig.successes) +
                    " pings");
  const std::size_t lost = test::members(outcome.err, "value.lost", "key").size();
  if (lost != (fault.lost ? 1U : 0U))
    found.push_back("value.lost was told " + std::to_string(lost) + " times");
  return found;
}

Findings live_through(const StoreFault& fault, std::uint64_t seed) {
  FailoverRig rig(testkit::RedisSettings{.config = fault.config}, seed);
  Findings found;
  const auto add = [&](const Findings& more) { found.insert(found.end(), more.begin(), more.end()); };
  rig.start();
  rig.pause_for(0ms, 2000ms);
  std::size_t mark = rig.ended().size();
  fault.strike(rig);
  if (fault.must_fail &&
      !rig.wait_for(mark, "!verified", 1, 2 * kFailoverGap + kFailoverDeadline + kFailoverSlack))
    found.push_back("no run failed");
  if (fault.must_fail) add(judge_kept(rig));
  fault.heal(rig);
  mark = rig.ended().size();
  if (!rig.wait_for(mark, "verified", 2, 3 * kFailoverGap + kFailoverDeadline + kFailoverSlack))
    found.push_back("not warm again within a gap");
  add(judge_failures(rig, fault));
  add(judge_end(rig, fault));
  add(rig.watcher.findings());
  const std::lock_guard lock(rig.mutex);
  add(rig.findings);
  if (!found.empty()) found.push_back("log:\n" + rig.log());
  return found;
}

}  // namespace

void run_failover(Campaign& campaign) {
  const int rounds = campaign.ci() ? 1 : campaign.release() ? 120 : 12;
  Crew crew(campaign, 4);  // they wait more than they work
  for (const bool expired : {true, false})
    crew.add(expired ? "late-expired/0" : "late-superseded/0", [expired] { return write_late(expired); });
  for (int round = 0; round < rounds; ++round)
    for (const StoreFault& fault : store_faults())
      crew.add(fault.name + "/" + std::to_string(round), [&campaign, fault, round] {
        return live_through(fault, campaign.options().seed * 1'000'003 + static_cast<std::uint64_t>(round));
      });
  crew.run();
}

}  // namespace prewarm::campaign
