// SPDX-License-Identifier: Apache-2.0
// `failover`: a worker whose Redis fails it in every way there is. Cases: FAULT/ROUND, e.g. oom/0; the round
// and the seed decide when and for how long.
#include <csignal>
#include <functional>
#include <optional>
#include <random>
#include <set>
#include <thread>

#include "campaign/campaigns.hpp"
#include "campaign/crew.hpp"
#include "campaign/shelf.hpp"
#include "campaign/watcher.hpp"
#include "cli/world.hpp"
#include "support/forwarder.hpp"

namespace prewarm::campaign {
namespace {

using namespace std::chrono_literals;
using testkit::Answer;
using testkit::RedisServer;
using testkit::UpstreamRequest;
using Strings = std::vector<std::string>;
using Steady = std::chrono::steady_clock;

const std::string kKey = "news:production:v1";
constexpr auto kGap = 2s;       // of the schedule
constexpr auto kDeadline = 1s;  // D
constexpr auto kSlack = 2s;     // for a busy machine

struct Ended {
  std::string outcome, code, instant;
};

/// A worker with one schedule, every 2 s, and the Redis that fails it.
class Rig {
 public:
  Rig(testkit::RedisSettings settings, std::uint64_t seed)
      : chance(seed), redis(with_tcp(std::move(settings))), link(redis.port()), watcher(redis, kKey) {
    world.schedule(
        "news", R"({"schedule":"@every 2s","timeout":"1s","fetch":{"timeout":"500ms","retries":0,"url":")" +
                    world.upstream.url("/news") + R"("},"store":{"version":1,"ttl":"1m"},"heartbeat":")" +
                    world.sink.url("/news") + "\"}");
    world.upstream.otherwise([this](const UpstreamRequest&) {
      const int edition = ++editions;
      return Answer::json("[" + std::to_string(edition) + ",\"" + std::string(5000, 'x') + "\"]");
    });
    world.sink.otherwise([this](const UpstreamRequest& ping) {
      if (ping.path() == "/news") see_success();
      return Answer::of(200, "OK");
    });
    world.env["PREWARM_STORE"] = "redis://127.0.0.1:" + std::to_string(link.port()) + "/0";
  }
  ~Rig() {
    worker.reset();
    world.upstream.stop();
    world.sink.stop();
  }
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  void start() {
    worker.emplace(world.command({"run", "--drain", "5s"}));
    if (!wait_for(0, "verified", 2, 15s)) throw std::runtime_error("the worker does not begin: " + log());
  }
  void pause_for(std::chrono::milliseconds least, std::chrono::milliseconds most) {
    std::this_thread::sleep_for(std::chrono::milliseconds(
        std::uniform_int_distribution<std::int64_t>(least.count(), most.count())(chance)));
  }
  std::string log() const { return worker->text(testkit::Process::Stream::err); }
  std::vector<Ended> ended() const {
    std::vector<Ended> all;
    const std::string text = log();
    const Strings outcomes = test::members(text, "run.ended", "outcome");
    // One line at a time, since not each has a code.
    std::size_t at = 0;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      at = text.find("\"run.ended\"", at);
      const std::size_t begin = text.rfind('\n', at) + 1, stop = text.find('\n', at);
      const std::string line = text.substr(begin, stop - begin);
      const auto first = [&](const char* member) {
        const Strings found = test::members(line, "run.ended", member);
        return found.empty() ? std::string() : found[0];
      };
      all.push_back({outcomes[i], first("code"), first("last_updated")});
      at = stop;
    }
    return all;
  }
  /// Until `count` runs behind the first `mark` ended so ("!verified": any other way).
  bool wait_for(std::size_t mark, const std::string& outcome, std::size_t count,
                std::chrono::milliseconds limit) const {
    for (const auto until = Steady::now() + limit; Steady::now() < until; std::this_thread::sleep_for(10ms)) {
      std::size_t seen = 0;
      const auto all = ended();
      for (std::size_t i = mark; i < all.size(); ++i)
        seen += outcome == "!verified" ? all[i].outcome != "verified" : all[i].outcome == outcome;
      if (seen >= count) return true;
    }
    return false;
  }
  /// A success ping speaks of a value that is at the primary (I3), as long as that can be read.
  void see_success() {
    ++successes;
    const RedisServer* server = primary;
    if (server == nullptr) return;
    try {
      const auto value = server->value(kKey);
      const auto parts = value ? whole(*value) : std::nullopt;
      const bool there = parts && parts->payload.rfind("[" + std::to_string(editions.load()) + ",", 0) == 0;
      if (there || primary != server) return;
      const std::lock_guard lock(mutex);
      findings.push_back("I3: a success ping over " + (value ? value->substr(0, 80) : "nothing"));
    } catch (const std::runtime_error&) {  // it has just been taken away
    }
  }

  std::mt19937_64 chance;
  RedisServer redis;
  testkit::Forwarder link;  // between worker and primary
  std::optional<RedisServer> replica;
  std::optional<testkit::Forwarder> replication;
  Watcher watcher;
  test::World world;
  std::atomic<int> editions{0};
  std::atomic<std::size_t> successes{0};
  std::atomic<const RedisServer*> primary{&redis};  // nullptr: not to be read now
  std::mutex mutex;
  Findings findings;  // guarded
  std::optional<testkit::Process> worker;
  std::optional<testkit::Resp> busy;

 private:
  static testkit::RedisSettings with_tcp(testkit::RedisSettings settings) {
    settings.tcp = true;
    return settings;
  }
};

struct Fault {
  std::string name;
  std::vector<std::string> config;
  std::function<void(Rig&)> strike;
  std::function<void(Rig&)> heal;
  std::set<std::string> codes;  // of runs that fail meanwhile; empty: none may
  bool must_fail = true;        // one of them at least
  bool lost = false;            // `value.lost` is to be told, once; else never
};

void set(Rig& rig, const std::string& name, const std::string& value) {
  const auto reply = rig.redis.command({"CONFIG", "SET", name, value});
  if (reply.is_error()) throw std::runtime_error("CONFIG SET " + name + ": " + reply.text);
}

void wait_until(const std::function<bool()>& condition, const std::string& what) {
  for (const auto until = Steady::now() + 10s; Steady::now() < until; std::this_thread::sleep_for(5ms))
    if (condition()) return;
  throw std::runtime_error("in vain waited for: " + what);
}

void kill_primary(Rig& rig) {
  rig.primary = nullptr;
  rig.redis.kill();
}

void start_again(Rig& rig) {
  rig.redis.start();
  rig.primary = &rig.redis;
}

void fail_to_save(Rig& rig) {
  std::filesystem::create_directory(rig.redis.socket_path().parent_path() / "dump.rdb");
  set(rig, "save", "1000000 1");
  rig.redis.command({"BGSAVE"});
  wait_until(
      [&] {
        return rig.redis.command({"INFO", "persistence"}).text.find("rdb_last_bgsave_status:err") !=
               std::string::npos;
      },
      "a BGSAVE that fails");
}

void load_slowly(Rig& rig) {
  rig.redis.command({"DEBUG", "POPULATE", "4000"});
  rig.wait_for(rig.ended().size(), "verified", 1, 5s);
  rig.redis.command({"SAVE"});
  kill_primary(rig);
  start_again(rig);  // returns when all is loaded
}

void be_busy(Rig& rig) {
  rig.primary = nullptr;
  rig.busy.emplace(rig.redis.connect());
  rig.busy->send({"EVAL", "while true do end", "0"});
}

void end_script(Rig& rig) {
  wait_until([&] { return !rig.redis.command({"SCRIPT", "KILL"}).is_error(); }, "SCRIPT KILL");
  rig.primary = &rig.redis;
}

void follow(Rig& rig) {
  testkit::RedisSettings settings;
  settings.tcp = true;
  rig.replica.emplace(settings);
  rig.replication.emplace(rig.redis.port());
  rig.replica->command({"REPLICAOF", "127.0.0.1", std::to_string(rig.replication->port())});
  wait_until([&] { return rig.replica->value(kKey).has_value(); }, "the replica");
}

// What the primary said last never reaches the replica, which is promoted at the primary's place.
void lose_the_tail(Rig& rig) {
  follow(rig);
  rig.replication->hold();
  if (!rig.wait_for(rig.ended().size(), "verified", 2, 10s)) throw std::runtime_error("no tail to lose");
  rig.pause_for(0ms, 1500ms);
  rig.watcher.turn_to(*rig.replica);
  kill_primary(rig);
  rig.replica->command({"REPLICAOF", "NO", "ONE"});
  rig.link.point_to(rig.replica->port());
  rig.primary = &*rig.replica;
}

std::vector<Fault> faults() {
  const auto nothing = [](Rig&) {};
  return {
      {"kill-empty",
       {},
       kill_primary,
       [](Rig& rig) {
         rig.pause_for(0ms, 2000ms);
         rig.watcher.new_history();
         start_again(rig);
       },
       {"PW701", "PW704"},
       true,
       true},
      {"kill-kept",
       {"appendonly yes", "appendfsync always"},
       kill_primary,
       [](Rig& rig) {
         rig.pause_for(0ms, 2000ms);
         start_again(rig);
       },
       {"PW701", "PW704"}},
      {"stop",
       {},
       [](Rig& rig) {
         rig.primary = nullptr;
         rig.redis.pause();
       },
       [](Rig& rig) {
         rig.pause_for(0ms, 3000ms);
         rig.redis.resume();
         rig.primary = &rig.redis;
       },
       {"PW704", "PW701", "PW644"}},
      {"scripts",
       {},
       [](Rig& rig) {
         rig.redis.command({"SCRIPT", "FLUSH"});
       },
       nothing,
       {},
       false},
      {"flushed",
       {},
       [](Rig& rig) {
         rig.watcher.new_history();
         rig.redis.command({"FLUSHALL"});
       },
       nothing,
       {},
       false,
       true},
      {"oom",
       {},
       [](Rig& rig) { set(rig, "maxmemory", "1"); },
       [](Rig& rig) { set(rig, "maxmemory", "0"); },
       {"PW703"}},
      {"readonly",
       {},
       [](Rig& rig) {
         rig.redis.command({"REPLICAOF", "127.0.0.1", "1"});
       },
       [](Rig& rig) {
         rig.redis.command({"REPLICAOF", "NO", "ONE"});
       },
       {"PW705"}},
      {"masterdown",
       {"replica-serve-stale-data no"},
       [](Rig& rig) {
         rig.primary = nullptr;
         rig.redis.command({"REPLICAOF", "127.0.0.1", "1"});
       },
       [](Rig& rig) {
         rig.redis.command({"REPLICAOF", "NO", "ONE"});
         rig.primary = &rig.redis;
       },
       {"PW705"}},
      {"noreplicas",
       {},
       [](Rig& rig) { set(rig, "min-replicas-to-write", "1"); },
       [](Rig& rig) { set(rig, "min-replicas-to-write", "0"); },
       {"PW703"}},
      {"busy", {"busy-reply-threshold 50"}, be_busy, end_script, {"PW703", "PW704", "PW701"}},
      {"misconf",
       {},
       fail_to_save,
       [](Rig& rig) {
         std::filesystem::remove(rig.redis.socket_path().parent_path() / "dump.rdb");
         set(rig, "save", "");
       },
       {"PW703"}},
      {"loading",
       {"enable-debug-command yes", "key-load-delay 1000", "loading-process-events-interval-bytes 1024"},
       load_slowly,
       nothing,
       {"PW701", "PW704"}},
      {"lost-tail", {}, lose_the_tail, nothing, {"PW701", "PW704"}, false, true},
  };
}

std::string last_verified(const Rig& rig) {
  std::string last;
  for (const Ended& run : rig.ended())
    if (run.outcome == "verified") last = run.instant;
  return last;
}

/// The value that readers have is the one of the last verified run. Between a write and its log line is a
/// moment.
Findings judge_kept(const Rig& rig) {
  const RedisServer* server = rig.primary;
  if (server == nullptr) return {};
  std::string found;
  for (const auto until = Steady::now() + kSlack; Steady::now() < until; std::this_thread::sleep_for(20ms)) {
    const auto value = server->value(kKey);
    const auto parts = value ? whole(*value) : std::nullopt;
    if (!parts) return {"I5: nothing whole is left"};
    const std::string last = last_verified(rig);
    if (parts->instant == last) return {};
    found = "I5: " + parts->instant + " is left, verified was " + last;
  }
  return {found};
}

Findings judge_failures(const Rig& rig, const Fault& fault) {
  Findings found;
  for (const Ended& run : rig.ended()) {
    if (run.outcome == "verified") continue;
    const bool expected = run.outcome == "store_failed" && fault.codes.count(run.code) == 1;
    if (!expected) found.push_back("a run ended " + run.outcome + " " + run.code);
  }
  return found;
}

/// In order, and every verified run has told so, no other.
Findings judge_end(Rig& rig, const Fault& fault) {
  Findings found;
  rig.worker->signal(SIGTERM);
  const auto outcome = rig.worker->wait();
  if (outcome.exit_code != 0) found.push_back("the worker did not end well: " + outcome.err);
  std::size_t verified = 0;
  for (const Ended& run : rig.ended()) verified += run.outcome == "verified" ? 1 : 0;
  if (rig.successes != verified)
    found.push_back(std::to_string(verified) + " verified runs and " + std::to_string(rig.successes) +
                    " pings");
  const std::size_t lost = test::members(outcome.err, "value.lost", "key").size();
  if (lost != (fault.lost ? 1U : 0U))
    found.push_back("value.lost was told " + std::to_string(lost) + " times");
  return found;
}

Findings live_through(const Fault& fault, std::uint64_t seed) {
  Rig rig(testkit::RedisSettings{.config = fault.config}, seed);
  Findings found;
  const auto add = [&](const Findings& more) { found.insert(found.end(), more.begin(), more.end()); };
  rig.start();
  rig.pause_for(0ms, 2000ms);
  std::size_t mark = rig.ended().size();
  fault.strike(rig);
  if (fault.must_fail && !rig.wait_for(mark, "!verified", 1, 2 * kGap + kDeadline + kSlack))
    found.push_back("no run failed");
  if (fault.must_fail) add(judge_kept(rig));
  fault.heal(rig);
  mark = rig.ended().size();
  if (!rig.wait_for(mark, "verified", 2, 3 * kGap + kDeadline + kSlack))
    found.push_back("not warm again within a gap");
  add(judge_failures(rig, fault));
  add(judge_end(rig, fault));
  add(rig.watcher.findings());
  const std::lock_guard lock(rig.mutex);
  add(rig.findings);
  if (!found.empty()) found.push_back("log:\n" + rig.log());
  return found;
}

/// The write of a run is on its way when the link falls silent; it arrives when another worker has written
/// (`expired`: and that value is lost, and D + U over).
class Late {
 public:
  explicit Late(bool expired) : expired_(expired), redis_(tcp()), link_(redis_.port()) {
    world_.schedule("news", R"({"schedule":"@every 2s","timeout":"1s","fetch":{"retries":0,"timeout":"1s",)"
                            R"("url":"${UP}"},"store":{"version":1,"ttl":"1m"}})");
    world_.upstream.on("/late", [this](const UpstreamRequest&) {
      if (++asked_ == 1) return Answer::json("[\"early\"]");  // its connection proves the fence
      link_.hold();
      return Answer::json("[\"late\"]");
    });
    world_.upstream.on("/other", Answer::json("[\"other\"]"));
  }
  ~Late() { world_.upstream.stop(); }
  Late(const Late&) = delete;
  Late& operator=(const Late&) = delete;

  Findings live() {
    become("/late", "redis://127.0.0.1:" + std::to_string(link_.port()) + "/0");
    testkit::Process worker(world_.command({"run"}));
    const auto line = worker.wait_for_line("\"outcome\":\"store_failed\"");
    const auto begin = Steady::now();
    worker.signal(SIGKILL);
    Findings found;
    if (!line || line->find("PW704") == std::string::npos)
      found.push_back("the late run is not unknown: " + worker.wait().err);
    const auto second = once("/other", redis_.unix_url());
    if (second.exit_code != 0) found.push_back("the other run: " + second.out + second.err);
    if (expired_) {
      redis_.command({"DEL", kKey});
      std::this_thread::sleep_until(begin + 12s);
    }
    const std::string before = scripts_run();
    link_.release();
    wait_until([&] { return scripts_run() != before; }, "the late bytes");
    const auto value = redis_.value(kKey);
    const auto parts = value ? whole(*value) : std::nullopt;
    if (expired_ && value) found.push_back("I4: older than D + U went in: " + *value);
    if (!expired_ && (!parts || parts->payload != "[\"other\"]"))
      found.push_back("I4: a late write took the place of a later one: " + value.value_or("nothing"));
    return found;
  }

 private:
  static testkit::RedisSettings tcp() {
    testkit::RedisSettings settings;
    settings.tcp = true;
    return settings;
  }
  void become(const std::string& path, const std::string& store) {
    world_.env["UP"] = world_.upstream.url(path);
    world_.env["PREWARM_STORE"] = store;
  }
  testkit::Finished once(const std::string& path, const std::string& store) {
    become(path, store);
    return world_.prewarm({"once", "news", "--json"});
  }
  std::string scripts_run() const {
    const std::string text = redis_.command({"INFO", "commandstats"}).text, name = "cmdstat_evalsha:calls=";
    const std::size_t at = text.find(name);
    return at == std::string::npos ? "" : text.substr(at, text.find(',', at) - at);
  }

  bool expired_;
  std::atomic<int> asked_{0};
  testkit::RedisServer redis_;
  testkit::Forwarder link_;
  test::World world_;
};

}  // namespace

void run_failover(Campaign& campaign) {
  const int rounds = campaign.ci() ? 1 : campaign.release() ? 120 : 12;
  Crew crew(campaign, 4);  // they wait more than they work
  for (const bool expired : {true, false})
    crew.add(expired ? "late-expired/0" : "late-superseded/0", [expired] { return Late(expired).live(); });
  for (int round = 0; round < rounds; ++round)
    for (const Fault& fault : faults())
      crew.add(fault.name + "/" + std::to_string(round), [&campaign, fault, round] {
        return live_through(fault, campaign.options().seed * 1'000'003 + static_cast<std::uint64_t>(round));
      });
  crew.run();
}

}  // namespace prewarm::campaign
