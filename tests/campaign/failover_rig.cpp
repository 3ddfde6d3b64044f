// SPDX-License-Identifier: Apache-2.0
#include "campaign/failover_rig.hpp"

#include <thread>

#include "campaign/shelf.hpp"

namespace prewarm::campaign {
namespace {

using namespace std::chrono_literals;
using testkit::Answer;
using testkit::RedisServer;
using testkit::UpstreamRequest;
using Strings = std::vector<std::string>;
using Steady = std::chrono::steady_clock;

testkit::RedisSettings with_tcp(testkit::RedisSettings settings) {
  settings.tcp = true;
  return settings;
}

}  // namespace

FailoverRig::FailoverRig(testkit::RedisSettings settings, std::uint64_t seed)
    : chance(seed), redis(with_tcp(std::move(settings))), link(redis.port()), watcher(redis, kFailoverKey) {
  world.schedule("news",
                 R"({"schedule":"@every 2s","timeout":"1s","fetch":{"timeout":"500ms","retries":0,"url":")" +
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

FailoverRig::~FailoverRig() {
  worker.reset();
  world.upstream.stop();
  world.sink.stop();
}

void FailoverRig::start() {
  worker.emplace(world.command({"run", "--drain", "5s"}));
  if (!wait_for(0, "verified", 2, 15s)) throw std::runtime_error("the worker does not begin: " + log());
}

void FailoverRig::pause_for(std::chrono::milliseconds least, std::chrono::milliseconds most) {
  std::this_thread::sleep_for(std::chrono::milliseconds(
      std::uniform_int_distribution<std::int64_t>(least.count(), most.count())(chance)));
}

std::vector<EndedRun> FailoverRig::ended() const {
  std::vector<EndedRun> all;
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

bool FailoverRig::wait_for(std::size_t mark, const std::string& outcome, std::size_t count,
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

// A success ping speaks of a value that is at the primary (I3), as long as that can be read.
void FailoverRig::see_success() {
  ++successes;
  const RedisServer* server = primary;
  if (server == nullptr) return;
  try {
    const auto value = server->value(kFailoverKey);
    const auto parts = value ? whole(*value) : std::nullopt;
    const bool there = parts && parts->payload.rfind("[" + std::to_string(editions.load()) + ",", 0) == 0;
    if (there || primary != server) return;
    const std::lock_guard lock(mutex);
    findings.push_back("I3: a success ping over " + (value ? value->substr(0, 80) : "nothing"));
  } catch (const std::runtime_error&) {  // it has just been taken away
  }
}

void wait_until(const std::function<bool()>& condition, const std::string& what) {
  for (const auto until = Steady::now() + 10s; Steady::now() < until; std::this_thread::sleep_for(5ms))
    if (condition()) return;
  throw std::runtime_error("in vain waited for: " + what);
}

}  // namespace prewarm::campaign
