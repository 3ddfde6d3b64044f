// SPDX-License-Identifier: Apache-2.0
// `torture`: in a real run each allocation fails once, then each system call that may fail. The program may
// end, but by itself, in time and with a word about it; what it leaves must be sound and the next run do
// well. Cases: STORE/SCENE/memory/N, e.g. redis/replace/memory/312: its 312th allocation fails.
// STORE/SCENE/dry/N: and all after it. STORE/SCENE/call/N: its N-th system call that may fail does, with the
// likeliest errno; STORE/SCENE/other/N: with the one after it.
#include <atomic>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <stdexcept>
#include <thread>

#include "campaign/call_failures.hpp"
#include "campaign/campaigns.hpp"
#include "campaign/stage.hpp"
#include "support/temp_dir.hpp"

namespace prewarm::campaign {
namespace {

using namespace std::chrono_literals;
using testkit::Finished;

constexpr double kCiSeconds = 48;   // of the 60 that the row may take
constexpr auto kLimit = 60s;        // the run's 30, its pings' 15, and a busy machine
constexpr auto kPrompt = 20s;       // what takes longer waited for its deadline
constexpr int kLoaderFailed = 127;  // before the program's first instruction

struct Group {
  std::string store, scene_name;
  Scene scene;
  std::string kind;  // memory, dry, call, other
  std::string name() const { return store + "/" + scene_name + "/" + kind + "/"; }
};

/// How the run ended whose n-th something failed.
struct Struck {
  std::uint64_t counted = 0;  // somethings
  std::string what;           // failed; empty: it came to none
  Finished finished;
};

/// A code, or one of the lines that have none; the loader has words of its own.
bool is_named(const Struck& struck) {
  const Finished& end = struck.finished;
  const std::string said = end.out + end.err;
  if (struck.what.rfind("write", 0) == 0) return true;  // it may have been that very line
  if (end.exit_code == kLoaderFailed) return !end.err.empty();
  return said.find("PW") != std::string::npos || said.find("error ") != std::string::npos;
}

/// It may have failed, but it says so, and what it says is true.
Findings judge_end(const Struck& struck, const Stage& stage) {
  const Finished& end = struck.finished;
  Findings found;
  if (end.timed_out) found.push_back("it hung");
  if (end.duration > kPrompt && !end.timed_out) found.push_back("it waited for its deadline");
  if (end.signal != 0 && !end.timed_out)
    found.push_back("it was ended by signal " + std::to_string(end.signal));
  const bool well = end.exit_code == 0;
  if (well && !stage.all_new()) found.push_back("it said that all went well, and the new value is not there");
  if (!well && struck.what.empty()) found.push_back("nothing failed, and it failed");
  const bool documented = end.exit_code && (*end.exit_code <= 6 || *end.exit_code == kLoaderFailed);
  if (end.exit_code && !documented) found.push_back("it ended with status " + std::to_string(*end.exit_code));
  if (!well && !is_named(struck)) found.push_back("it failed and did not say why");
  if (!found.empty()) found.push_back("failed: " + struck.what + "; it said:\n" + end.out + end.err);
  return found;
}

/// The file that failing_malloc.cpp counts in.
class Book {
 public:
  Book() : file_(directory_.write("book", std::string(16, '\0'))) {}
  Struck run(testkit::ChildCommand command, std::uint64_t at, bool dry) {
    directory_.write("book", std::string(16, '\0'));
    command.environment["LD_PRELOAD"] = PREWARM_FAILING_MALLOC;
    command.environment["PREWARM_TORTURE_BOOK"] = file_.string();
    command.environment["PREWARM_TORTURE_NTH"] = std::to_string(at);
    if (dry) command.environment["PREWARM_TORTURE_ON"] = "1";
    if (tells_) command.environment["PREWARM_TORTURE_TELL"] = "1";
    Struck struck;
    struck.finished = testkit::run(command, kLimit);
    const std::string bytes = testkit::read_file(file_);
    std::uint64_t numbers[2];
    std::memcpy(numbers, bytes.data(), sizeof numbers);
    struck.counted = numbers[0];
    if (at != 0 && numbers[0] >= at) struck.what = "allocation of " + std::to_string(numbers[1]) + " bytes";
    return struck;
  }
  void tell_where() { tells_ = true; }

 private:
  testkit::TempDir directory_;
  std::filesystem::path file_;
  bool tells_ = false;
};

/// One hand's own servers.
class Bench {
 public:
  explicit Bench(const Group& group)
      : group_(group), stage_(group.store == "redis" ? redis_shelf() : sqlite_shelf(), group.scene) {}

  /// Findings of a run whose n-th something fails (0: none does).
  Findings strike(std::uint64_t at) {
    Findings found = stage_.prepare();
    const bool memory = group_.kind == "memory" || group_.kind == "dry";
    last_ = memory ? book_.run(stage_.command(), at, group_.kind == "dry") : fail_call(at);
    for (const std::string& line : stage_.judge()) found.push_back(line + " (failed: " + last_.what + ")");
    const Findings end = judge_end(last_, stage_);
    found.insert(found.end(), end.begin(), end.end());
    return found;
  }
  void tell_where() { book_.tell_where(); }
  const Struck& last() const noexcept { return last_; }

 private:
  Struck fail_call(std::uint64_t at) {
    const auto which = group_.kind == "call" ? CallFailures::Which::likeliest : CallFailures::Which::other;
    CallFailures failures(which, at);
    Traced traced = trace(stage_.command(), {.faults = &failures, .limit = kLimit});
    return {traced.calls, traced.struck_at, std::move(traced.finished)};
  }

  Group group_;
  Stage stage_;
  Book book_;
  Struck last_;
};

/// The cases of one group, some at a time.
class Torture {
 public:
  Torture(Campaign& campaign, Group group) : campaign_(campaign), group_(std::move(group)) {}

  /// Every one, or as many as fit into `seconds` (0: no matter how long).
  void run(double seconds) {
    if (const std::string& only = campaign_.options().only; !only.empty()) return run_one(only);
    const Findings found = measure(seconds);
    if (!found.empty()) return campaign_.run(group_.name() + "0", [&] { return found; });
    next_ = 1 + campaign_.options().seed % step_;
    std::vector<std::thread> hands;
    for (unsigned i = 0; i < kHands; ++i) hands.emplace_back([this] { work(); });
    for (std::thread& hand : hands) hand.join();
    tell();
  }

 private:
  static constexpr unsigned kHands = 3;

  void run_one(const std::string& only) {
    Bench bench(group_);
    bench.tell_where();
    campaign_.run(only, [&] { return bench.strike(std::stoull(only.substr(group_.name().size()))); });
  }

  // Runs in which nothing fails: how much there is to fail, and how long a case takes.
  Findings measure(double seconds) {
    Bench bench(group_);
    Findings found = bench.strike(0);
    const double begin = campaign_.seconds();
    const Findings again = bench.strike(0);
    found.insert(found.end(), again.begin(), again.end());
    count_ = bench.last().counted;
    const double all = static_cast<double>(count_) * (campaign_.seconds() - begin) / 2;  // two cores
    if (seconds > 0) step_ = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(all / seconds)));
    if (count_ == 0) found.push_back("nothing was counted");
    return found;
  }

  void work() {
    Bench bench(group_);
    for (;;) {
      const std::uint64_t at = next_.fetch_add(step_);
      if (at > count_ || campaign_.too_many()) return;
      campaign_.run(group_.name() + std::to_string(at), [&] {
        Findings found = bench.strike(at);
        note(bench.last());
        return found;
      });
    }
  }

  void note(const Struck& struck) {
    const std::lock_guard lock(mutex_);
    if (struck.what.empty()) return;
    ++struck_;
    ++ends_[struck.finished.exit_code.value_or(-1)];
    slowest_ = std::max(slowest_, std::chrono::duration<double>(struck.finished.duration).count());
  }

  void tell() const {
    std::string ends;
    for (const auto& [code, count] : ends_) ends += " " + std::to_string(code) + ": " + std::to_string(count);
    campaign_.tell(group_.name() + ": " + std::to_string(struck_) + " failed, every " +
                   std::to_string(step_) + " of some " + std::to_string(count_) + "; by exit status" + ends +
                   "; slowest " + std::to_string(slowest_) + " s");
  }

  Campaign& campaign_;
  Group group_;
  std::uint64_t count_ = 0, step_ = 1;
  std::atomic<std::uint64_t> next_{1};
  std::mutex mutex_;
  std::map<int, int> ends_;
  std::uint64_t struck_ = 0;
  double slowest_ = 0;
};

std::vector<Group> groups_of(const Campaign& campaign) {
  const bool few = campaign.ci() && campaign.options().only.empty();
  const std::vector<std::pair<const char*, Scene>> scenes{
      {"first", Scene::first},         {"replace", Scene::replace},         {"renew", Scene::renew},
      {"fan-first", Scene::fan_first}, {"fan-replace", Scene::fan_replace}, {"tls", Scene::tls}};
  std::vector<Group> groups;
  for (const std::string store : {"sqlite", "redis"})
    for (const auto& [name, scene] : scenes)
      for (const std::string kind : {"memory", "dry", "call", "other"}) {
        const bool in_ci = (kind == "memory" || kind == "call") &&
                           (store == "redis" ? scene == Scene::replace || scene == Scene::fan_replace
                                             : scene == Scene::first);
        if (in_ci || !few) groups.push_back({store, name, scene, kind});
      }
  return groups;
}

}  // namespace

void run_torture(Campaign& campaign) {
  if (std::string_view(PREWARM_FAILING_MALLOC).empty())
    throw std::runtime_error("torture does not go with a sanitizer.  do: PREWARM_PRESET=dev or release");
  const std::vector<Group> groups = groups_of(campaign);
  for (const Group& group : groups)
    if (campaign.wants_group(group.name()))
      Torture(campaign, group).run(campaign.ci() ? kCiSeconds / static_cast<double>(groups.size()) : 0);
}

}  // namespace prewarm::campaign
