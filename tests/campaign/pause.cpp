// SPDX-License-Identifier: Apache-2.0
// A run that is stopped at one of its system calls while another worker writes the same key, whose value is
// then lost in every second case. When it goes on, order holds (I4), nothing older than D + U goes in, and it
// tells success of nothing but what it had verified (I3). Cases: STORE/pause/N; N and the seed decide where
// and for how long.
#include <cmath>
#include <ctime>
#include <random>
#include <thread>

#include "campaign/campaigns.hpp"
#include "campaign/crew.hpp"
#include "campaign/shelf.hpp"
#include "campaign/tracer.hpp"
#include "cli/world.hpp"

namespace prewarm::campaign {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using testkit::Answer;
using testkit::UpstreamRequest;
using Strings = std::vector<std::string>;
using Wall = std::chrono::system_clock;

const std::string kKey = "news:production:v1";
constexpr auto kMaxAge = 11s;  // D + U: 1 s and 10 s
constexpr auto kEnd = 6s;      // of a run that goes on, on a busy machine

/// "2026-05-01T13:00:19.187Z"
Wall::time_point time_of(const std::string& instant) {
  std::tm parts{};
  strptime(instant.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  return Wall::from_time_t(timegm(&parts)) + milliseconds(std::stoi(instant.substr(20, 3)));
}

struct Plan {
  bool redis = false, lose = false;
  bool telling = false;  // at a call that tells the outside something, else at any
  double where = 0;      // share of these calls
  milliseconds length{0};
};

constexpr int kCiPlaces = 16;

Plan plan_of(const Campaign& campaign, bool redis, int number) {
  std::seed_seq seeds{campaign.options().seed, static_cast<std::uint64_t>(number), std::uint64_t{redis}};
  std::mt19937_64 chance(seeds);
  std::uniform_real_distribution<double> share(0, 1);
  Plan plan{redis, number % 2 == 1, number % 4 < 3, share(chance), {}};
  plan.length = milliseconds(std::llround(100 * std::pow(600, share(chance))));
  if (!campaign.ci()) return plan;
  // Each telling call, once with a short stop and once with one that is longer than D + U.
  const double place = number / 2;  // NOLINT: whole on purpose
  return {redis, plan.lose, true, (place + share(chance)) / kCiPlaces, plan.lose ? 11'500ms : 200ms};
}

/// The call to stop at, from 1, of those that a run makes.
std::uint64_t place_of(const Plan& plan, const Strings& names) {
  std::vector<std::uint64_t> places;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool tells =
        names[i] == "sendto" || names[i] == "pwrite" || names[i] == "fdatasync" || names[i] == "unlink";
    if (tells || (!plan.telling && i > names.size() / 4))
      places.push_back(i + 1);  // the first quarter loads libraries
  }
  return places.at(static_cast<std::size_t>(plan.where * static_cast<double>(places.size())));
}

class Duel {
 public:
  explicit Duel(const Plan& plan) : plan_(plan), keeper_(plan.redis ? redis_shelf() : sqlite_shelf()) {
    world_.env["PREWARM_STORE"] = keeper_->url();
    world_.schedule(
        "news",
        R"({"schedule":"*/5 * * * *","timeout":"1s","fetch":{"retries":0,"timeout":"1s","url":"${UP}"},)"
        R"("store":{"version":1},"heartbeat":"${PING}"})");
    world_.upstream.otherwise(
        [](const UpstreamRequest& request) { return Answer::json("[\"" + request.path() + "\"]"); });
  }
  ~Duel() { world_.upstream.stop(); }
  Duel(const Duel&) = delete;
  Duel& operator=(const Duel&) = delete;

  Findings fight() {
    once("/old");
    become("/measured");
    const Strings names = trace(world_.command({"once", "news"}), {}).names;
    become("/a");
    const Traced stopped =
        trace(world_.command({"once", "news"}), {place_of(plan_, names), [this] { pause(); }});
    if (stopped.struck_at.empty()) return {};  // it had fewer calls this time
    const auto took = Wall::now() - pause_end_;
    Findings found = judge();
    if (took > kEnd) found.push_back("it went on for " + std::to_string(took / 1ms) + " ms after the stop");
    if (const auto next = once("/next"); next.exit_code != 0)
      found.push_back("the next run: " + next.out + next.err);
    if (!found.empty())
      found.push_back("stopped at " + stopped.struck_at + " for " + std::to_string(plan_.length.count()) +
                      " ms, said:\n" + stopped.finished.out + stopped.finished.err);
    return found;
  }

 private:
  void become(const std::string& name) {
    world_.env["UP"] = world_.upstream.url(name);
    world_.env["PING"] = world_.sink.url(name);
  }
  testkit::Finished once(const std::string& name) {
    become(name);
    return world_.prewarm({"once", "news", "--json"});
  }
  std::optional<Whole> value() {
    const Shelf shelf = keeper_->look({kKey});
    findings_.insert(findings_.end(), shelf.unsound.begin(), shelf.unsound.end());
    const auto held = shelf.values.find(kKey);
    if (held == shelf.values.end()) return std::nullopt;
    auto parts = whole(held->second.bytes);
    if (!parts) findings_.push_back("I1: " + held->second.bytes.substr(0, 100));
    return parts;
  }

  void pause() {
    const auto begin = Wall::now();
    at_stop_ = value();
    const auto other = once("/b");
    const Strings outcomes = test::members(other.out, "run", "outcome");
    other_wrote_ = other.exit_code == 0;
    // On SQLite the stopped one may hold the file's lock.
    const bool locked_out = !plan_.redis && outcomes == Strings{"store_failed"};
    if (!other_wrote_ && !locked_out) findings_.push_back("the other worker: " + other.out + other.err);
    if (other_wrote_) of_other_ = value();
    if (plan_.lose && other_wrote_) keeper_->remove(kKey);
    std::this_thread::sleep_until(begin + plan_.length);
    pause_end_ = Wall::now();
  }

  Findings judge() {
    const auto last = value();
    const auto is = [](const std::optional<Whole>& parts, const char* name) {
      return parts && parts->payload == "[\"" + std::string(name) + "\"]";
    };
    Findings found = findings_;
    const bool told = !world_.sink.requests("/a").empty();
    if (told && !is(last, "/a") && !is(at_stop_, "/a"))
      found.push_back("I3: it told success of what is not there");
    if (!other_wrote_) return found;
    if (!plan_.lose && !last) found.push_back("I5: nothing is there");
    if (last && of_other_ && last->instant < of_other_->instant && !plan_.lose)
      found.push_back("I4: " + last->instant + " replaced " + of_other_->instant);
    if (plan_.lose && last && time_of(last->instant) + kMaxAge < pause_end_)
      found.push_back("I4: " + last->instant + " went in later than D + U");
    return found;
  }

  Plan plan_;
  std::unique_ptr<ShelfKeeper> keeper_;
  test::World world_;
  Findings findings_;
  std::optional<Whole> at_stop_, of_other_;
  bool other_wrote_ = false;
  Wall::time_point pause_end_;
};

}  // namespace

void run_pauses(Campaign& campaign) {
  Crew crew(campaign, 16);  // they sleep
  const int each = campaign.ci() ? 2 * kCiPlaces : campaign.release() ? 1000 : 250;
  for (int number = 0; number < each; ++number)
    for (const bool redis : {false, true}) {
      const std::string name = std::string(redis ? "redis" : "sqlite") + "/pause/" + std::to_string(number);
      crew.add(name, [plan = plan_of(campaign, redis, number)] { return Duel(plan).fight(); });
    }
  crew.run();
}

}  // namespace prewarm::campaign
