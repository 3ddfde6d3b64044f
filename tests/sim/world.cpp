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
  explicit World(const Life& life);
  Outcome live();

 private:
  void settle(Seat& seat);
  void hire(Seat& seat);
  void plan_faults();
  void plan_operator();
  void plan_store();
  void plan_worker(Seat& seat);
  void plan_aimed();
  void aim(bool at_write, std::function<void(Seat&)> fault);
  void hit(const std::string& worker);
  void write_strange(const std::string& key);
  void stop(Seat& seat);
  void crash(Seat& seat);
  void replace(Seat& seat);
  void jump(Seat& seat);
  bool has(const char* fault, std::uint64_t one_in);
  void every(Nanos usual, std::function<void()> event);
  Nanos faults_end() const { return life_.faults_for; }
  Nanos end() const { return faults_end() + kCalm; }
  void check_the_end();
  bool with(std::uint64_t one_in) { return chance_.one_in(one_in); }
  WallTime wall(Millis off) const { return start_ + std::chrono::duration_cast<Millis>(tasks_.now()) + off; }
  std::string any_key();

  const Life life_;
  std::set<std::string> faults_;
  Chance chance_;
  const WallTime start_ = parse_instant("2026-03-28T20:00:00.000Z").value();
  History history_{kEnv};
  Tasks tasks_{chance_, history_.now};
  RedisModel redis_;
  Upstreams upstreams_{tasks_, chance_, history_};
  Sink sink_{tasks_, chance_, history_};
  StoreFaults store_faults_;
  std::function<void(Seat&)> aimed_;  // for the moment when a worker is there
  std::uint64_t aimed_after_ = 0;     // so many such moments
  std::vector<std::unique_ptr<Seat>> seats_;
  bool odd_clocks_ = false;
};

World::World(const Life& life)
    : life_(life), chance_(life.seed), redis_(tasks_, chance_, history_, {start_, 2}) {
  history_.telling = life.telling;
  const std::size_t count = 1 + chance_.below(3);
  odd_clocks_ = has("odd-clocks", 2);
  history_.one_worker = count == 1;
  history_.right_clocks = !odd_clocks_;
  for (std::size_t i = 0; i < count; ++i) {
    seats_.push_back(std::make_unique<Seat>());
    seats_.back()->name = "w" + std::to_string(i);
    if (with(4)) seats_.back()->version = kVersion + 1;
  }
  if (count == 3) history_.count("workers.three");
  if (std::any_of(seats_.begin(), seats_.end(),
                  [this](const auto& seat) { return seat->version != seats_.front()->version; }))
    history_.count("workers.two_versions");
}

// One world in so many has this kind of fault, unless it is to be lived without. The chance is drawn either
// way.
bool World::has(const char* fault, std::uint64_t one_in) {
  if (!with(one_in)) return false;
  faults_.insert(fault);
  return !life_.without.contains(fault);
}

void World::hire(Seat& seat) {
  SimClock::Start start{wall(0ms)};
  if (odd_clocks_) {
    start.wall += Millis(static_cast<std::int64_t>(chance_.below(240'000)) - 120'000);
    if (with(3)) start.rate = 999'000 + static_cast<std::int64_t>(chance_.below(2'001));
    if (start.rate != SimClock::Start{}.rate)
      history_.count(start.rate > SimClock::Start{}.rate ? "clock.fast" : "clock.slow");
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
  if (has("moods", 2))
    for (const Plan& plan : plans())
      every(50min, [this, &plan] {
        upstreams_.set_mood(plan.name, static_cast<Upstreams::Mood>(chance_.below(Upstreams::kMoods)));
        tasks_.at(tasks_.now() + chance_.between(1min, 30min),
                  [this, &plan] { upstreams_.set_mood(plan.name, Upstreams::Mood::well); });
      });
  if (has("pings", 3)) sink_.fails_one_in = 5;
  plan_store();
  plan_operator();
  plan_aimed();
  for (const auto& seat : seats_) plan_worker(*seat);
}

void World::plan_store() {
  if (has("links", 2)) store_faults_.link_dies_one_in = 20 + chance_.below(300);
  if (has("failover", 3)) every(3h, [this] { redis_.fail_over(); });
  if (has("restart", 3)) every(3h, [this] { redis_.go_down(chance_.between(1s, 10min), with(2)); });
  if (has("refusing", 3))
    every(2h, [this] {
      redis_.refusing = with(2) ? ErrorKind::refused : ErrorKind::not_primary;
      tasks_.at(tasks_.now() + chance_.between(1s, 15min), [this] { redis_.refusing.reset(); });
    });
  if (odd_clocks_ && has("store-clock", 2))
    every(4h, [this] {
      const Millis offset(with(2) ? 0 : static_cast<std::int64_t>(chance_.below(240'000)) - 120'000);
      if (offset.count() != 0)
        history_.count(offset.count() > 0 ? "store_clock.ahead" : "store_clock.behind");
      redis_.set_clock(offset);
    });
}

// And other programs with the right to write.
void World::plan_operator() {
  if (has("del", 3)) every(1h, [this] { redis_.del(any_key()), history_.count("operator.del"); });
  if (has("flush", 4)) every(5h, [this] { redis_.flush(), history_.count("operator.flush"); });
  if (has("stale-writer", 3)) every(40min, [this] { write_strange(any_key()); });
  if (has("heads", 4))
    every(30min, [this] {
      static const std::vector<Millis> kAhead{-1h, -1s, 45s, 2h};
      const auto version = kVersion + static_cast<std::int64_t>(chance_.below(2));
      const Millis ahead = kAhead[chance_.below(kAhead.size())];
      redis_.set(any_key(),
                 {envelope::seal(version, redis_.time() + ahead, "[]"), true, redis_.time() + 20min});
      history_.count("head_ahead");
    });
}

void World::write_strange(const std::string& key) {
  static const std::vector<std::string> kStrange{
      "[]",          "{\"data\":[1]}", "not json", "", "{\"version\":9,\"lastUpdated\":null,\"payload\":[]}",
      "\x1f\x8b\x08"};
  const bool hash = with(6);
  redis_.set(key, {kStrange[chance_.below(kStrange.size())], !hash, std::nullopt});
  history_.count("stale_writer");
}

// What happens at any time seldom happens in the milliseconds that matter.
void World::plan_aimed() {
  if (!has("aimed", 2)) return;
  every(15min, [this] {
    switch (chance_.below(9)) {
      case 0:
        return aim(true, [this](Seat& seat) { crash(seat); });
      case 1:
        return aim(false, [this](Seat& seat) { crash(seat); });
      case 2:
        return aim(true, [this](Seat& seat) { stop(seat); });
      case 3:
        return aim(false, [this](Seat& seat) { stop(seat); });
      case 4:
        return aim(with(2), [this](Seat& seat) { replace(seat); });
      case 5:
        return aim(true, [this](Seat& /*seat*/) { redis_.fail_over(); });
      case 6:
        return aim(true, [this](Seat& /*seat*/) { redis_.go_down(chance_.between(1s, 2min), with(2)); });
      case 7:
        return aim(true, [this](Seat& /*seat*/) { redis_.flush(), history_.count("operator.flush"); });
      default:
        return aim(true, [this](Seat& /*seat*/) { write_strange(any_key()); });
    }
  });
}

void World::aim(bool at_write, std::function<void(Seat&)> fault) {
  aimed_ = std::move(fault);
  aimed_after_ = chance_.below(at_write ? 12 : 3);
  const auto moment = [this](const std::string& worker) { hit(worker); };
  store_faults_.at_write = at_write ? moment : std::function<void(const std::string&)>();
  upstreams_.at_fetch = at_write ? std::function<void(const std::string&)>() : moment;
}

// Between two turns, so that it does not happen on the stack of what it happens to.
void World::hit(const std::string& worker) {
  if (!aimed_ || aimed_after_-- > 0) return;
  for (const auto& seat : seats_)
    if (worker.starts_with(seat->name + "."))
      tasks_.at(tasks_.now(), [fault = std::exchange(aimed_, nullptr), at = seat.get()] { fault(*at); });
}

void World::plan_worker(Seat& seat) {
  if (has("stops", 2)) every(90min, [this, &seat] { stop(seat); });
  if (has("crashes", 3)) every(4h, [this, &seat] { crash(seat); });
  if (has("replacements", 3)) every(5h, [this, &seat] { replace(seat); });
  if (odd_clocks_ && has("jumps", 2)) every(3h, [this, &seat] { jump(seat); });
}

void World::stop(Seat& seat) {
  const Nanos length = chance_.between(100ms, with(3) ? Nanos(20min) : Nanos(90s));
  seat.owner.stopped_until = tasks_.now() + length;
  history_.count("worker.stopped");
  const auto doing = seat.lives.back()->doing();
  if (doing == SimWorker::Doing::writing) history_.count("worker.stopped_writing");
  if (doing == SimWorker::Doing::nothing) return;
  if (length > 60s) history_.count("worker.stopped_past_deadline");
  if (length > 60s + store::kSendTimeout) history_.count("worker.stopped_past_fence");
}

void World::crash(Seat& seat) {
  const auto doing = seat.lives.back()->doing();
  history_.count("worker.crashed");
  history_.count(doing == SimWorker::Doing::writing   ? "worker.crashed_writing"
                 : doing == SimWorker::Doing::running ? "worker.crashed_fetching"
                                                      : "worker.crashed_idle");
  seat.lives.back()->crash();
  tasks_.at(tasks_.now() + chance_.between(1s, 5min), [this, &seat] { hire(seat); });
}

void World::replace(Seat& seat) {
  history_.count("worker.replaced");
  if (seat.lives.back()->doing() != SimWorker::Doing::nothing) history_.count("worker.replaced_at_work");
  seat.lives.back()->stop();
  const auto before = seat.version;
  if (with(2)) seat.version = kVersion + static_cast<std::int64_t>(chance_.below(2));
  if (seat.version != before) history_.count("worker.version_changed");
  hire(seat);
}

void World::jump(Seat& seat) {
  static const std::vector<Nanos> kJumps{1s, -1s, 1min, -1min, 45min, -45min, 5h, -5h};
  const Nanos by = kJumps[chance_.below(kJumps.size())];
  history_.count(by > 0ns ? "clock.jump_forward" : "clock.jump_back");
  seat.lives.back()->clock().jump(by);
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
    upstreams_.at_fetch = nullptr;
    aimed_ = nullptr;
    sink_.fails_one_in = 0;
    redis_.refusing.reset();
    redis_.set_clock(Millis(0));
  });
  tasks_.run(end());
  check_the_end();
  for (const auto& seat : seats_) {
    seat->owner.stopped_until = 0ns;
    for (const auto& life : seat->lives) life->crash();
  }
  tasks_.run(end() + 1h);
  return {history_.violations(), history_.situations(), faults_, history_.trace_hash(), tasks_.turns()};
}

}  // namespace

Outcome live(const Life& life) { return World(life).live(); }

}  // namespace prewarm::sim
