// SPDX-License-Identifier: Apache-2.0
// `kill`: the real program is killed at each of its system calls in turn, and what it leaves must be sound.
// Those of pause.cpp come behind.
// Cases: STORE/SCENE/N, e.g. redis/replace/312: killed at its 312th call.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "campaign/campaigns.hpp"
#include "campaign/shelf.hpp"
#include "campaign/tracer.hpp"
#include "cli/world.hpp"

namespace prewarm::campaign {
namespace {

using testkit::Answer;
using testkit::UpstreamRequest;
using Strings = std::vector<std::string>;

constexpr double kCiSeconds = 48;  // of the 90 that the row may take; the rest is for pauses
constexpr std::int64_t kLongestLifeMs = 3'600'000;

enum class Scene : std::uint8_t { first, replace, renew, fan_first, fan_replace };

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

/// A schedule over a store, its upstream and its sink, and the promises that hold after a kill.
class Stage {
 public:
  Stage(std::unique_ptr<ShelfKeeper> keeper, Scene scene) : keeper_(std::move(keeper)), scene_(scene) {
    world_.env["PREWARM_STORE"] = keeper_->url();
    if (fan())
      write_fan_schedule();
    else
      write_schedule();
  }
  ~Stage() { world_.upstream.stop(); }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// Up to where the run begins that is to be killed.
  Findings prepare() {
    const bool first = scene_ == Scene::first || scene_ == Scene::fan_first;
    if (first) keeper_->wipe();
    Findings found;
    if (!first && keeper_->look(keys_).values.size() != keys_.size()) found = succeed("before it all");
    if (scene_ != Scene::renew) ++edition_;
    program_upstream();
    before_ = keeper_->look(keys_);
    return found;
  }

  Traced strike(std::uint64_t at) {
    ++strikes_;
    world_.env["PING"] = world_.sink.url(struck_path());
    return trace(world_.command({"once", "news"}), {at});
  }

  /// I1, I3, I6, the ledger and the store; then the next run, which must do well.
  Findings judge() {
    const Shelf after = keeper_->look(keys_);
    Findings found = after.unsound;
    for (const auto& [key, text] : after.ledger)
      if (!nlohmann::json::accept(text)) found.push_back("the record " + key + " is not readable: " + text);
    bool all_new = true;
    for (const std::string& key : keys_) all_new = look_at_key(after, key, found) && all_new;
    ++edition_;
    program_upstream();
    const Findings next = succeed("the next run");
    found.insert(found.end(), next.begin(), next.end());
    new_left_ += all_new ? 1 : 0;
    told_ += told_success() ? 1 : 0;
    if (!all_new && told_success()) found.push_back("I3: a success ping without the new value at each key");
    return found;
  }

  int new_left() const noexcept { return new_left_; }  // kills that found the new value in
  int told() const noexcept { return told_; }          // and those after the success ping

 private:
  bool fan() const { return scene_ == Scene::fan_first || scene_ == Scene::fan_replace; }

  void write_schedule() {
    world_.schedule("news", R"({"schedule":"*/5 * * * *","fetch":{"retries":0,"url":")" +
                                world_.upstream.url("/news") +
                                R"("},"store":{"version":1},"heartbeat":"${PING}"})");
    keys_ = {"news:production:v1"};
  }

  void write_fan_schedule() {
    std::string ids;
    for (int i = 0; i < 64; ++i) {
      const std::string id = "u" + std::to_string(i);
      ids += (ids.empty() ? "\"" : ",\"") + id + '"';
      keys_.push_back("news:production:" + id + ":v1");
    }
    world_.schedule(
        "news",
        R"({"schedule":"*/5 * * * *","fetch":{"retries":0,"url":")" + world_.upstream.url("/u/{id}") +
            R"("},"fanout":{"ids":[)" + ids +
            R"(]},"store":{"version":1,"keys":["news:{env}:{id}:v{version}"]},"heartbeat":"${PING}"})");
  }

  std::string payload(int edition) const {
    if (scene_ == Scene::renew) edition = 0;
    const std::size_t size = fan() ? 300 : 20'000;  // of several pages, so that a torn write would show
    return "[" + std::to_string(edition) + ",\"" + std::string(size, static_cast<char>('a' + edition % 26)) +
           "\"]";
  }

  void program_upstream() {
    const std::string body = payload(edition_);
    const bool states = scene_ == Scene::renew;
    world_.upstream.otherwise([body, states](const UpstreamRequest& request) {
      if (!states) return Answer::json(body);
      if (request.header("if-none-match") == "\"one\"") return Answer::of(304).header("ETag", "\"one\"");
      return Answer::json(body).header("ETag", "\"one\"");
    });
  }

  Findings succeed(const std::string& which) {
    program_upstream();
    world_.env["PING"] = world_.sink.url("/next");
    const auto run = world_.prewarm({"once", "news", "--json"});
    Findings found;
    const Strings outcomes = test::members(run.out, "run", "outcome");
    const bool good = run.exit_code == 0 && outcomes.size() == 1 &&
                      (outcomes[0] == "verified" || (scene_ == Scene::renew && outcomes[0] == "unchanged"));
    if (!good) found.push_back(which + " did not do well: " + run.out + run.err);
    const Shelf shelf = keeper_->look(keys_);
    for (const std::string& key : keys_) {
      const auto held = shelf.values.find(key);
      const auto parts = held == shelf.values.end() ? std::nullopt : whole(held->second.bytes);
      if (!parts || parts->payload != payload(edition_))
        found.push_back(which + " left another value at " + key);
    }
    if (shelf.ledger.empty()) found.push_back(which + " left no record");
    return found;
  }

  /// Whether the new value is there.
  bool look_at_key(const Shelf& after, const std::string& key, Findings& found) const {
    const auto was = before_.values.find(key), is = after.values.find(key);
    if (is == after.values.end()) {
      if (was != before_.values.end()) found.push_back("I1: the old value is gone from " + key);
      return false;
    }
    if (is->second.ttl_ms <= 0 || is->second.ttl_ms > kLongestLifeMs)
      found.push_back("I6: " + key + " has a life of " + std::to_string(is->second.ttl_ms) + " ms");
    if (was != before_.values.end() && was->second.bytes == is->second.bytes) return false;
    const auto parts = whole(is->second.bytes);
    if (!parts || parts->payload != payload(edition_))
      found.push_back("I1: neither the old nor the new envelope at " + key + ": " +
                      is->second.bytes.substr(0, 120));
    return true;
  }

  std::string struck_path() const { return "/struck" + std::to_string(strikes_); }

  // Looked for after the next run, since a ping may be under way when its sender is killed.
  bool told_success() const { return !world_.sink.requests(struck_path()).empty(); }

  std::unique_ptr<ShelfKeeper> keeper_;
  Scene scene_;
  test::World world_;
  Strings keys_;
  int edition_ = 0;
  Shelf before_;
  int strikes_ = 0, new_left_ = 0, told_ = 0;
};

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
    calls_ = stage_.strike(0).calls;
    const Findings after = stage_.judge();
    found.insert(found.end(), after.begin(), after.end());
    const double all = static_cast<double>(calls_) * (campaign_.seconds() - begin);
    if (seconds > 0) step_ = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(all / seconds)));
    return found;
  }

  void kill_at(std::uint64_t at) {
    campaign_.run(group_ + std::to_string(at), [&] {
      Findings found = stage_.prepare();
      const Traced traced = stage_.strike(at);
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
                   std::to_string(stage_.new_left()) + ", told after " + std::to_string(stage_.told()) +
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
