// SPDX-License-Identifier: Apache-2.0
#include "campaign/soak_world.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <thread>

namespace prewarm::campaign {
namespace {

using namespace std::chrono_literals;
using testkit::Answer;
using testkit::Ending;

constexpr auto kTrouble = 1500ms;  // with a timeout of 2 s some runs live through it, some do not
constexpr std::size_t kIds = 20;
constexpr std::array<int, 6> kGaps{1, 1, 2, 3, 5, 7};  // seconds

std::string nth_id(std::size_t n) { return "id" + std::to_string(n); }

testkit::RedisSettings on_tcp() {
  testkit::RedisSettings settings;
  settings.tcp = true;
  return settings;
}

/// A state of the upstream lives for three seconds.
std::string state_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::to_string(now / 3s);
}

Answer ill_answer(std::size_t kind) {
  switch (kind % 8) {
    case 0:
      return Answer::of(500, "no");
    case 1:
      return Answer::of(429, "slowly").header("Retry-After", "1");
    case 2:
      return Answer::json("[1,2,3]").cut_body(3, Ending::reset);
    case 3:
      return Answer::json("[1,2");
    case 4:
      return Answer::json("[]");
    case 5:
      return Answer::of(204);
    case 6:
      return Answer::of(200, "<html>sign in</html>", "text/html");
    default:
      return Answer::json("[1,2,3]").trickle_body(500ms);
  }
}

template <class Link>
void hold(Link& link) {
  link.hold();
  std::this_thread::sleep_for(kTrouble);
  link.release();
}

}  // namespace

SoakWorld::SoakWorld(std::uint64_t seed)
    : random_(seed),
      redis_(on_tcp()),
      store_(redis_.port()),
      upstream_(world_.upstream.port()),
      sink_(world_.sink.port()) {
  world_.upstream.otherwise([this](const testkit::UpstreamRequest& request) { return answer(request); });
  world_.env["PREWARM_STORE"] = "redis://127.0.0.1:" + std::to_string(store_.port()) + "/0";
  write_schedules();
}

void SoakWorld::write_schedules() {
  const std::string upstream = "http://127.0.0.1:" + std::to_string(upstream_.port());
  const std::string sink = "http://127.0.0.1:" + std::to_string(sink_.port());
  const auto add = [&](const std::string& name, int gap, const std::string& path, const std::string& more) {
    names_.push_back(name);
    world_.schedule(name, R"({"schedule":"@every )" + std::to_string(gap) +
                              R"(s","timeout":"2s","fetch":{"timeout":"2s","retries":1,"url":")" + upstream +
                              path + R"("},"heartbeat":")" + sink + "/" + name + R"(",)" + more + "}");
  };
  for (std::size_t i = 0; i < kGaps.size(); ++i) {
    const std::string name = "one" + std::to_string(i);
    add(name, kGaps[i], "/" + name, R"("guard":{"minItems":1},"store":{"version":1,"ttl":"10m"})");
  }
  std::string ids;
  for (std::size_t i = 0; i < kIds; ++i) ids += (i == 0 ? "\"" : ",\"") + nth_id(i) + "\"";
  add("many", 4, "/many/{id}",
      R"("fanout":{"ids":[)" + ids +
          R"(]},"store":{"version":1,"ttl":"10m","keys":["{name}:{env}:{id}:v{version}"]})");
}

Answer SoakWorld::answer(const testkit::UpstreamRequest& request) {
  const std::size_t number = ++fetches_;
  if (upstream_is_ill_ && number % 3 != 0) return ill_answer(number / 3);
  const std::string state = state_now(), tag = "\"" + state + "\"";
  if (request.header("if-none-match") == tag) return Answer::of(304).header("ETag", tag);
  return Answer::json("[\"" + request.path() + "\"," + state + ",\"" + std::string(300, 'x') + "\"]")
      .header("ETag", tag);
}

testkit::ChildCommand SoakWorld::command() const {
  return world_.command({"run", "--drain", "10s", "--log-format", "json"});
}

std::vector<std::string> SoakWorld::keys() const {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < kGaps.size(); ++i) keys.push_back("one" + std::to_string(i) + ":production:v1");
  for (std::size_t i = 0; i < kIds; ++i) keys.push_back("many:production:" + nth_id(i) + ":v1");
  return keys;
}

std::set<std::string> SoakWorld::told_success() const {
  std::set<std::string> rids;
  for (const auto& request : world_.sink.requests()) {
    const std::string& target = request.target;
    const auto query = target.find("?rid=");
    const std::string path = target.substr(0, query);
    if (query != target.npos && !path.ends_with("/start") && !path.ends_with("/fail"))
      rids.insert(target.substr(query + 5, 36));
  }
  return rids;
}

std::string SoakWorld::strike(const testkit::Process& worker) {
  switch (any(13)) {
    case 0:
      store_.drop();
      return "store link reset";
    case 1:
      hold(store_);
      return "store link silent";
    case 2:
      redis_.pause();
      std::this_thread::sleep_for(kTrouble);
      redis_.resume();
      return "store stopped";
    case 3:
      redis_.command({"FLUSHALL"});
      return "store emptied";
    case 4:
      redis_.command({"SCRIPT", "FLUSH"});
      return "scripts forgotten";
    case 5: {
      const auto all = keys();
      redis_.command({"SET", all[any(all.size())], "[]"});
      return "an old worker's value";
    }
    case 6:
      redis_.kill();
      redis_.start();
      return "store killed";
    case 7:
      upstream_.drop();
      return "upstream link reset";
    case 8:
      hold(upstream_);
      return "upstream link silent";
    case 9:
      sink_.drop();
      return "heartbeat link reset";
    case 10:
      hold(sink_);
      return "heartbeat link silent";
    case 11:
      worker.signal(SIGSTOP);
      std::this_thread::sleep_for(kTrouble);
      worker.signal(SIGCONT);
      return "worker stopped";
    default:
      upstream_is_ill_ = true;
      std::this_thread::sleep_for(2 * kTrouble);
      upstream_is_ill_ = false;
      return "upstream ill";
  }
}

}  // namespace prewarm::campaign
