// SPDX-License-Identifier: Apache-2.0
#include "campaign/late_write.hpp"

#include <atomic>
#include <csignal>
#include <thread>

#include "campaign/failover_rig.hpp"
#include "campaign/shelf.hpp"

namespace prewarm::campaign {
namespace {

using namespace std::chrono_literals;
using testkit::Answer;
using testkit::UpstreamRequest;
using Steady = std::chrono::steady_clock;

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
      redis_.command({"DEL", kFailoverKey});
      std::this_thread::sleep_until(begin + 12s);
    }
    const std::string before = scripts_run();
    link_.release();
    wait_until([&] { return scripts_run() != before; }, "the late bytes");
    const auto value = redis_.value(kFailoverKey);
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

Findings write_late(bool expired) { return Late(expired).live(); }

}  // namespace prewarm::campaign
