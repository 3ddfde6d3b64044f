// SPDX-License-Identifier: Apache-2.0
// `inputs`: all bad inputs of PROMISES 11, each a directory below bad_inputs. Cases: ID-NAME, or ID-NAME/N
// where a directory holds several. Each is judged alike: exit and outcome of its class, code and text, not a
// byte of the old value another, no success told that was none, no secret, no end by a signal, in time. Those
// that need namespaces are for nights.
#include <algorithm>
#include <mutex>

#include "campaign/campaigns.hpp"
#include "campaign/crew.hpp"
#include "campaign/input_stage.hpp"
#include "campaign/namespaces.hpp"
#include "campaign/shelf.hpp"

namespace prewarm::campaign {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using Strings = std::vector<std::string>;

constexpr int kDatabases = 16;  // of a redis-server, one for each case under way
constexpr std::int64_t kOldLifeMs = 600'000;
constexpr auto kInTime = 3300ms + 3s;  // D and a tenth, and a process on a busy machine

/// Databases that no case uses.
class Databases {
 public:
  Databases() {
    for (int number = 0; number < kDatabases; ++number) free_.push_back(number);
  }
  int take() {
    const std::lock_guard lock(mutex_);
    const int number = free_.back();
    free_.pop_back();
    return number;
  }
  void give(int number) {
    const std::lock_guard lock(mutex_);
    free_.push_back(number);
  }

 private:
  std::mutex mutex_;
  std::vector<int> free_;
};

class Loan {
 public:
  explicit Loan(Databases& databases) : databases_(databases), number_(databases.take()) {}
  ~Loan() { databases_.give(number_); }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  int number() const noexcept { return number_; }

 private:
  Databases& databases_;
  int number_;
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
bool among(const Strings& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

Findings judge_end(const BadInput& one, const Expected& expected, const testkit::Finished& run) {
  Findings found;
  if (run.timed_out) return {"it did not end"};
  if (run.signal != 0) return {"ended by signal " + std::to_string(run.signal)};
  if (*run.exit_code != expected.exit)
    found.push_back("exit " + std::to_string(*run.exit_code) + " instead of " +
                    std::to_string(expected.exit));
  const auto limit = kInTime + std::chrono::seconds(one.input.value("more_s", 0));
  if (run.duration > limit) found.push_back("it took " + std::to_string(run.duration / 1ms) + " ms");
  return found;
}

Findings judge_words(const Expected& expected, const Names& names, const testkit::Finished& run) {
  Findings found;
  const std::string all = run.out + run.err;
  const Strings outcomes = test::members(run.out, "run", "outcome");
  const Strings codes = test::members(run.out, "run", "code");
  const bool fits = outcomes.size() == 1 && has("|" + expected.outcome + "|", "|" + outcomes.front() + "|");
  if (!expected.outcome.empty() && !fits)
    found.push_back("the outcome is " + json(outcomes).dump() + " instead of " + expected.outcome);
  if (expected.outcome.empty() && !outcomes.empty()) found.push_back("something ran");
  if (!expected.code.empty() && !expected.outcome.empty() && !among(codes, expected.code))
    found.push_back("the code is " + json(codes).dump() + " instead of " + expected.code);
  if (!expected.code.empty() && !has(all, expected.code)) found.push_back(expected.code + " is not said");
  if (expected.code.empty() && !codes.empty()) found.push_back("a code: " + json(codes).dump());
  for (const std::string& text : expected.texts)
    if (!has(all, filled(text, names))) found.push_back("it does not say: " + filled(text, names));
  return found;
}

/// The payload that must be at the key, if the case says so: bytes or, as "body", those of the upstream.
std::optional<std::string> wanted_payload(const BadInput& one, const Names& names) {
  if (!one.expected.contains("stored")) return std::nullopt;
  const json& stored = one.expected.at("stored");
  return stored == "body" ? one.bytes("body.json", "body", names) : cooked(stored, names);
}

Findings judge_value(const BadInput& one, const Expected& expected, const InputStage& stage) {
  const auto value = stage.value();
  if (one.expected.value("old", "") == "whatever") return {};  // it is somebody else's
  if (expected.keeps_old) {
    if (one.has("before")) return {};
    if (value.value_or("") != stage.old()) return {"I5: the old value is another: " + value.value_or("none")};
    if (one.expected.value("life", "") == "any") return {};
    const std::int64_t ttl = stage.ttl_ms();
    const bool lives = stage.old().empty() || (ttl <= kOldLifeMs && ttl > kOldLifeMs - 60'000);
    return lives ? Findings{} : Findings{"I5: the old value lives " + std::to_string(ttl) + " ms"};
  }
  if (!value) return {"there is no value"};
  if (*value == stage.old()) return {"the old value is still there"};
  const auto parts = whole(*value);
  if (!parts) return {"I1: not a whole envelope: " + value->substr(0, 200)};
  if (stage.ttl_ms() <= 0) return {"I6: a value without TTL"};
  if (const auto wanted = wanted_payload(one, stage.names()); wanted && parts->payload != *wanted)
    return {"stored is " + parts->payload.substr(0, 200)};
  return {};
}

Findings judge_pings(const BadInput& one, const Expected& expected, const InputStage& stage, bool one_run) {
  const Strings pings = stage.pings();
  const bool well = expected.group == "ok";
  Findings found;
  if (!well && among(pings, "success")) found.push_back("I3: a success ping of what was none");
  if (!one_run || expected.outcome.empty()) return found;
  if (one.expected.value("no_ping", false)) return pings.empty() ? Findings{} : Findings{"a ping"};
  if (well && (pings.empty() || pings.back() != "success")) found.push_back("success was not told");
  const bool silent = expected.group == "P" && expected.exit == 0;
  if (!well && !silent && (pings.empty() || pings.back() != "fail")) found.push_back("failure was not told");
  if (silent && among(pings, "fail")) found.push_back("a superseded run told a failure");
  return found;
}

/// Nothing that was printed, told to the heartbeat or left in files may hold a secret.
Findings judge_secrets(const InputStage& stage, const testkit::Finished& run) {
  Findings found;
  if (has(run.out, kCanary) || has(run.err, kCanary)) found.push_back("I13: a secret was printed");
  for (const auto& ping : stage.world().sink.requests())
    if (has(ping.body, kCanary) || has(ping.query(), kCanary)) found.push_back("I13: a secret in a ping");
  return found;
}

/// That the traps are set at all: a request carries the secret header, a twisted store was twisted.
Findings judge_stage(const BadInput& one, const Expected& expected, const InputStage& stage) {
  Findings found;
  for (const auto& request : stage.requests())
    if (request.version != "HTTP/2" && !has(request.header("authorization").value_or(""), kCanary) &&
        !one.has("no_header"))
      found.push_back("a request came without its secret");
  if (expected.group == "C" && !stage.requests().empty()) found.push_back("the upstream was asked");
  if (!stage.store_was_twisted() && !one.input.at("store").value("byte_by_byte", false))
    found.push_back("the store was not asked what it was to answer");
  if (one.has("names") && expected.group != "ok" && stage.connections() > 0)
    found.push_back("a connection reached the upstream");
  const std::size_t exactly = one.expected.value("asked", std::size_t{0});
  if (stage.least_asked() == 0 || (exactly != 0 && stage.least_asked() != exactly))
    found.push_back("the name server was asked " + std::to_string(stage.least_asked()) + " times");
  return found;
}

Findings show(const BadInput& one, const testkit::RedisServer& redis, int database) {
  const Expected expected = expected_of(one.expected);
  const InputStage stage(one, redis, database);
  Findings found;
  const auto add = [&](const Findings& more) { found.insert(found.end(), more.begin(), more.end()); };
  const auto commands = stage.commands(expected.group == "C");
  for (const Strings& words : commands) {
    const testkit::Finished run = stage.run(words);
    Findings here = judge_end(one, expected, run);
    for (const Findings& more : {judge_words(expected, stage.names(), run), judge_secrets(stage, run)})
      here.insert(here.end(), more.begin(), more.end());
    if (!here.empty())
      here.push_back("said by " + json(words).dump() + ":\n" + (run.out + run.err).substr(0, 3000));
    add(here);
  }
  add(judge_value(one, expected, stage));
  add(judge_pings(one, expected, stage, commands.size() == 1));
  add(judge_stage(one, expected, stage));
  return found;
}

std::vector<BadInput> wanted(const Campaign& campaign) {
  auto all = read_bad_inputs(std::filesystem::path(PREWARM_SOURCE_DIR) / "tests/campaign/bad_inputs");
  std::erase_if(
      all, [&](const BadInput& one) { return !campaign.wants(one.name) || (campaign.ci() && one.inside()); });
  return all;
}

testkit::RedisSettings settings() {
  testkit::RedisSettings settings;
  settings.password = kStorePassword;
  return settings;
}

}  // namespace

void run_inputs(Campaign& campaign) {
  const auto all = wanted(campaign);
  if (std::any_of(all.begin(), all.end(), [](const BadInput& one) { return one.inside(); }))
    demand_namespaces();
  const testkit::RedisServer redis(settings());
  Databases databases;
  Crew crew(campaign, campaign.ci() ? 5 : 6);  // many of them wait for a deadline
  for (const BadInput& one : all)
    crew.add(one.name, [&] {
      const Loan database(databases);
      return show(one, redis, database.number());
    });
  crew.run();
}

}  // namespace prewarm::campaign
