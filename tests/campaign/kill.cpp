// SPDX-License-Identifier: Apache-2.0
// `kill`: the real program is killed at each of its system calls in turn, and what it leaves must be sound.
// Those of pause.cpp come behind.
// Cases: STORE/SCENE/N, e.g. redis/replace/312: killed at its 312th call.
#include <algorithm>
#include <cmath>

#include "campaign/campaigns.hpp"
#include "campaign/stage.hpp"
#include "campaign/tracer.hpp"

namespace prewarm::campaign {
namespace {

constexpr double kCiSeconds = 48;  // of the 90 that the row may take; the rest is for pauses

struct SceneRow {
  Scene scene;
  std::string name;
  bool in_ci;
};
const std::vector<SceneRow> kScenes{{Scene::first, "first", true},
                                    {Scene::replace, "replace", true},
                                    {Scene::renew, "renew", false},
                                    {Scene::fan_first, "fan-first", false},
                                    {Scene::fan_replace, "fan-replace", false}};

/// The kills of one scene on one store.
class Kills {
 public:
  Kills(Campaign& campaign, std::string group, Stage& stage)
      : campaign_(campaign), group_(std::move(group)), stage_(stage) {}

  /// Every one, or as many as fit into `seconds` (0: no matter how long).
  void run(double seconds) {
    if (const Findings found = measure(seconds); !found.empty())
      return campaign_.run(group_ + "0", [&] { return found; });
    if (const std::string& only = campaign_.options().only; !only.empty())
      return kill_at(std::stoull(only.substr(group_.size())));
    for (std::uint64_t at = 1 + campaign_.options().seed % step_; !over_ && !campaign_.too_many();
         at += step_)
      kill_at(at);
    tell();
  }

 private:
  // A run that nobody kills: how many calls it makes and how long a case takes.
  Findings measure(double seconds) {
    const double begin = campaign_.seconds();
    Findings found = stage_.prepare();
    calls_ = trace(stage_.command(), {}).calls;
    const Findings after = stage_.judge();
    found.insert(found.end(), after.begin(), after.end());
    const double all = static_cast<double>(calls_) * (campaign_.seconds() - begin);
    if (seconds > 0) step_ = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(all / seconds)));
    return found;
  }

  void kill_at(std::uint64_t at) {
    campaign_.run(group_ + std::to_string(at), [&] {
      Findings found = stage_.prepare();
      const Traced traced = trace(stage_.command(), {at});
      over_ = traced.struck_at.empty();
      if (over_ && traced.finished.exit_code != 0)
        found.push_back("was not killed, and failed: " + traced.finished.err);
      if (!over_) ++kills_, ++struck_[traced.struck_at];
      for (const std::string& line : stage_.judge())
        found.push_back(line + " (killed at " + traced.struck_at + ")");
      return found;
    });
    over_ = over_ || at > 2 * calls_;  // nothing ran because all had passed before
  }

  void tell() const {
    std::string where;
    for (const auto& [name, count] : struck_)
      if (name.find(' ') == std::string::npos) where += " " + name + " " + std::to_string(count);
    campaign_.tell(group_ + ": " + std::to_string(kills_) + " kills, every " + std::to_string(step_) +
                   " of some " + std::to_string(calls_) + " calls; the new value was in after " +
                   std::to_string(stage_.new_left()) + ", told after " + std::to_string(stage_.told_count()) +
                   "; at" + where);
  }

  Campaign& campaign_;
  std::string group_;
  Stage& stage_;
  std::uint64_t calls_ = 0, step_ = 1;
  std::map<std::string, int> struck_;
  int kills_ = 0;
  bool over_ = false;
};

}  // namespace

void run_kill(Campaign& campaign) {
  for (const SceneRow& row : kScenes) {
    if (campaign.ci() && !row.in_ci && campaign.options().only.empty()) continue;
    for (const std::string store : {"sqlite", "redis"}) {
      const std::string group = store + "/" + row.name + "/";
      if (!campaign.wants_group(group)) continue;
      Stage stage(store == "redis" ? redis_shelf() : sqlite_shelf(), row.scene);
      Kills(campaign, group, stage).run(campaign.ci() ? kCiSeconds / 4 : 0);
    }
  }
  run_pauses(campaign);
}

}  // namespace prewarm::campaign
