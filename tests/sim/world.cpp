// SPDX-License-Identifier: Apache-2.0
#include "sim/world.hpp"

#include <algorithm>
#include <memory>

#include "prewarm/base/check.hpp"
#include "prewarm/base/time_text.hpp"
#include "prewarm/envelope/envelope.hpp"
#include "sim/worker.hpp"

namespace prewarm::sim {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kDay = 24h;
constexpr Nanos kCalm = 1h;  // at the end; longer than two gaps, a deadline and a minute
constexpr const char* kEnv = "production";
constexpr std::int64_t kVersion = 9;  // and 10, in rolling deploys: as texts they order the other way

struct Plan {
  const char* name;
  Millis gap, timeout;
  std::vector<std::string> ids;
};
const std::vector<Plan>& plans() {
  static const std::vector<Plan> all{{"listens", 5min, 30s, {}},
                                     {"page", 7min, 20s, {}},
                                     {"experts", 10min, 60s, {"ada", "bob", "cyd", "dan", "eve"}}};
  return all;
}

std::shared_ptr<const schedule::Catalog> catalog(std::int64_t version, WallTime now) {
  const std::string v = std::to_string(version);
  schedule::LoadInput input;
  input.env = kEnv;
  input.now = now;
  input.store_is_redis = true;
  input.variable = [](std::string_view) { return std::optional<std::string>(); };
  input.read_file = [](const std::string&) {
    return Result<std::string>(Error{ErrorKind::invalid, "there are no files here", {}});
  };
  const std::string common = R"(, "allow": ["PW217", "PW231"], "store": {"version": )" + v;
  input.files.push_back(
      {"schedules/listens.jsonc",
       R"({"heartbeat": "http://hc.sim/listens", "schedule": "*/5 * * * *", "timeout": "30s", "jitter": "20s",
    "fetch": {"url": "http://api.sim/listens", "conditional": false},
    "guard": {"type": "array", "minItems": 5, "maxItems": 100, "required": ["/0/id"]})" +
           common + R"(, "ttl": "20m"}})"});
  input.files.push_back(
      {"schedules/page.jsonc",
       R"({"heartbeat": "http://hc.sim/page", "schedule": "*/7 * * * *", "timeout": "20s", "overlap": "queue-one",
    "fetch": {"url": "http://api.sim/page"},
    "guard": {"type": "array", "maxGrow": 2})" +
           common + R"(, "ttl": "30m", "staleIfError": "2h"}})"});
  input.files.push_back(
      {"schedules/experts.jsonc",
       R"({"heartbeat": "http://hc.sim/experts", "schedule": "*/10 * * * *", "timeout": "60s",
    "fetch": {"url": "http://api.sim/experts"}, "fanout": {"ids": ["ada", "bob", "cyd", "dan", "eve"], "batch": 2, "param": "user", "id": "/id"})" +
           common + R"(, "ttl": "40m"}})"});
  const auto loaded = schedule::load_catalog(input);
  for (const auto& finding : loaded.findings)
    if (!loaded.catalog) std::fprintf(stderr, "%s\n", finding_text(finding).c_str());
  ENSURE(loaded.catalog != nullptr);
  return loaded.catalog;
}

// One process after the other in one place.
struct Seat {
  std::string name;
  std::int64_t version = kVersion;
  Owner owner;
  std::vector<std::unique_ptr<SimWorker>> lives;
};

class World {
 public:
  World(std::uint64_t seed, bool telling);
  Outcome live();

 private:
  void settle(Seat& seat);
  void hire(Seat& seat);
  void plan_faults();
  void every(Nanos usual, std::function<void()> event);
  Nanos faults_end() const { return kDay - kCalm; }
  void check_the_end();
  bool with(std::uint64_t one_in) { return chance_.one_in(one_in); }
  WallTime wall(Millis off) const { return start_ + std::chrono::duration_cast<Millis>(tasks_.now()) + off; }
  std::string any_key();

  Chance chance_;
  const WallTime start_ = parse_instant("2026-03-28T20:00:00.000Z").value();
  History history_{kEnv};
  Tasks tasks_{chance_, history_.now};
  RedisModel redis_;
  Upstreams upstreams_{tasks_, chance_, history_};
  Sink sink_{tasks_, chance_, history_};
  StoreFaults store_faults_;
  std::vector<std::unique_ptr<Seat>> seats_;
  bool odd_clocks_ = false;
};

World::World(std::uint64_t seed, bool telling)
    : chance_(seed), redis_(tasks_, chance_, history_, {start_, 2}) {
  history_.telling = telling;
  const std::size_t count = 1 + chance_.below(3);
  odd_clocks_ = with(2);
  history_.one_worker = count == 1;
  history_.right_clocks = !odd_clocks_;
  for (std::size_t i = 0; i < count; ++i) {
    seats_.push_back(std::make_unique<Seat>());
    seats_.back()->name = "w" + std::to_string(i);
    if (with(4)) seats_.back()->version = kVersion + 1;
  }
}

void World::hire(Seat& seat) {
  SimClock::Start start{wall(0ms)};
  if (odd_clocks_) {
    start.wall += Millis(static_cast<std::int64_t>(chance_.below(240'000)) - 120'000);
    if (with(3)) start.rate = 999'000 + static_cast<std::int64_t>(chance_.below(2'001));
  }
  const std::string name = seat.name + "." + std::to_string(seat.lives.size());
  seat.lives.push_back(
      std::make_unique<SimWorker>(SimWorker::Surroundings{tasks_, chance_, history_, redis_, upstreams_,
                                                          sink_, store_faults_, seat.owner},
                                  name, catalog(seat.version, start.wall), start));
  seat.lives.back()->start();
}

// Until the calm; usually after that time, or half or one and a half of it.
void World::every(Nanos usual, std::function<void()> event) {
  const Nanos next = tasks_.now() + usual / 2 + chance_.between(0ns, usual);
  if (next >= faults_end()) return;
  tasks_.at(next, [this, usual, event = std::move(event)] {
    event();
    every(usual, event);
  });
}

std::string World::any_key() {
  const Plan& plan = plans()[chance_.below(plans().size())];
  const std::string id = plan.ids.empty() ? "" : ":" + plan.ids[chance_.below(plan.ids.size())];
  return std::string(plan.name) + ":" + kEnv + id + ":v" +
         std::to_string(kVersion + static_cast<std::int64_t>(chance_.below(2)));
}

// Each world has a part of what can go wrong.
void World::plan_faults() {
  if (with(2))
    for (const Plan& plan : plans())
      every(50min, [this, &plan] {
        upstreams_.set_mood(plan.name, static_cast<Upstreams::Mood>(chance_.below(Upstreams::kMoods)));
        tasks_.at(tasks_.now() + chance_.between(1min, 30min),
                  [this, &plan] { upstreams_.set_mood(plan.name, Upstreams::Mood::well); });
      });
  if (with(2)) store_faults_.link_dies_one_in = 20 + chance_.below(300);
  if (with(3)) sink_.fails_one_in = 5;
  if (with(3)) every(3h, [this] { redis_.fail_over(); });
  if (with(3)) every(3h, [this] { redis_.go_down(chance_.between(1s, 10min), with(2)); });
  if (with(3))
    every(2h, [this] {
      redis_.refusing = with(2) ? ErrorKind::refused : ErrorKind::not_primary;
      tasks_.at(tasks_.now() + chance_.between(1s, 15min), [this] { redis_.refusing.reset(); });
    });
  if (with(3)) every(1h, [this] { redis_.del(any_key()), history_.count("operator.del"); });
  if (with(4)) every(5h, [this] { redis_.flush(), history_.count("operator.flush"); });
  if (with(3))
    every(40min, [this] {
      static const std::vector<std::string> kStrange{"[]", "{\"data\":[1]}", "not json", "",
                                                     "{\"version\":9,\"lastUpdated\":null,\"payload\":[]}"};
      const bool hash = with(6);
      redis_.set(any_key(), {kStrange[chance_.below(kStrange.size())], !hash, std::nullopt});
      history_.count("stale_writer");
    });
  if (with(4))
    every(2h, [this] {
      const Millis ahead = with(2) ? Millis(45'000) : Millis(7'200'000);
      redis_.set(any_key(),
                 {envelope::seal(kVersion, redis_.time() + ahead, "[]"), true, redis_.time() + 3h});
      history_.count("head_ahead");
    });
  if (odd_clocks_ && with(2))
    every(4h, [this] {
      redis_.set_clock(with(2) ? Millis(0)
                               : Millis(static_cast<std::int64_t>(chance_.below(240'000)) - 120'000));
    });
  for (const auto& seat : seats_) {
    Seat* const at = seat.get();
    if (with(2))
      every(90min, [this, at] {
        at->owner.stopped_until = tasks_.now() + chance_.between(100ms, with(3) ? Nanos(20min) : Nanos(90s));
        history_.count("worker.stopped");
      });
    if (with(3))
      every(4h, [this, at] {
        at->lives.back()->crash();
        history_.count("worker.crashed");
        tasks_.at(tasks_.now() + chance_.between(1s, 5min), [this, at] { hire(*at); });
      });
    if (with(3))
      every(5h, [this, at] {
        at->lives.back()->stop();
        if (with(2)) at->version = kVersion + static_cast<std::int64_t>(chance_.below(2));
        history_.count("worker.replaced");
        hire(*at);
      });
    if (odd_clocks_ && with(2))
      every(3h, [this, at] {
        static const std::vector<Nanos> kJumps{1s, -1s, 1min, -1min, 45min, -45min, 5h, -5h};
        at->lives.back()->clock().jump(kJumps[chance_.below(kJumps.size())]);
      });
  }
}

void World::check_the_end() {
  std::vector<std::int64_t> versions;
  for (const auto& seat : seats_) versions.push_back(seat->version);
  for (const std::int64_t version : versions)
    for (const Plan& plan : plans()) {
      std::vector<std::string> ids = plan.ids;
      if (ids.empty()) ids.emplace_back();
      for (const std::string& id : ids) {
        const std::string key = std::string(plan.name) + ":" + kEnv + (id.empty() ? "" : ":" + id) + ":v" +
                                std::to_string(version);
        history_.must_be_fresh(key, redis_.get(key), redis_.time(),
                               2 * plan.gap + plan.timeout + Millis(60'000));
      }
    }
}

Outcome World::live() {
  for (const auto& seat : seats_) hire(*seat);
  plan_faults();
  tasks_.at(faults_end(), [this] {
    store_faults_ = {};
    sink_.fails_one_in = 0;
    redis_.refusing.reset();
    redis_.set_clock(Millis(0));
  });
  tasks_.run(kDay);
  check_the_end();
  for (const auto& seat : seats_) {
    seat->owner.stopped_until = 0ns;
    for (const auto& life : seat->lives) life->crash();
  }
  tasks_.run(kDay + 1h);
  return {history_.violations(), history_.situations(), history_.trace_hash(), tasks_.turns()};
}

}  // namespace

Outcome live(std::uint64_t seed, bool telling) { return World(seed, telling).live(); }

}  // namespace prewarm::sim
