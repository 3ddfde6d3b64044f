// SPDX-License-Identifier: Apache-2.0
#include "campaign/store_faults.hpp"

#include <filesystem>
#include <stdexcept>

namespace prewarm::campaign {
namespace {

using namespace std::chrono_literals;
using Rig = FailoverRig;

void set(Rig& rig, const std::string& name, const std::string& value) {
  const auto reply = rig.redis.command({"CONFIG", "SET", name, value});
  if (reply.is_error()) throw std::runtime_error("CONFIG SET " + name + ": " + reply.text);
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
  wait_until([&] { return rig.replica->value(kFailoverKey).has_value(); }, "the replica");
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

}  // namespace

std::vector<StoreFault> store_faults() {
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

}  // namespace prewarm::campaign
