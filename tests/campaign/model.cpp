// SPDX-License-Identifier: Apache-2.0
// The simulation's model of the store, kept honest: one trace of operations is lived by the model, by Redis
// (windows by transaction, and by script) and by SQLite, side by side; after each operation what they
// answered and what lies in them is compared. A case is "trace/SEED".
#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "campaign/campaigns.hpp"
#include "campaign/compare.hpp"
#include "campaign/crew.hpp"
#include "campaign/sides.hpp"
#include "prewarm/envelope/envelope.hpp"

namespace prewarm::campaign {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kOperations = 60;
constexpr Millis kNear = 500ms;     // to a limit: not asked, stores are asked one after the other
constexpr auto kDisturbed = 150ms;  // an operation that took longer says nothing about stores
constexpr int kTries = 3;

WallTime wall_now() { return std::chrono::floor<Millis>(std::chrono::system_clock::now()); }

// Whether a head is about to lose or gain its token by the time that passes.
bool is_near_limit(const Shown& shown, WallTime now) {
  for (const auto& [key, lying] : shown) {
    const auto head = lying.text ? envelope::read_head(lying.bytes) : std::nullopt;
    if (head && std::chrono::abs(head->last_updated - now - envelope::kMaxAhead) < kNear) return true;
  }
  return false;
}

bool is_refused(const Outcome& outcome) {
  return outcome.error == ErrorKind::refused ||
         std::ranges::any_of(outcome.answers, [](const run::ReadBack& answer) {
           return answer.error && answer.error->kind == ErrorKind::refused;
         });
}

struct Lived {
  Findings findings;
  bool disturbed = false;
};

Lived live(std::uint64_t seed, const testkit::RedisServer& server) {
  const auto model = model_side();
  const std::array others{redis_side(server, false), redis_side(server, true), sqlite_side()};
  Trace trace(seed);
  Lived lived;
  for (std::size_t i = 0; i < kOperations; ++i) {
    Shown shown = model->show(wall_now());
    while (is_near_limit(shown, wall_now())) std::this_thread::sleep_for(20ms);
    const auto begin = std::chrono::steady_clock::now();
    const Operation operation = trace.next(wall_now(), shown = model->show(wall_now()));
    const std::string place = "; operation " + std::to_string(i + 1) + ": " + text_of(operation);
    const Outcome expected = model->act(operation);
    for (const auto& other : others) {
      const bool is_file = other == others.back();
      if (is_file && is_refused(expected)) continue;  // a file is never full
      for (const auto& line : differences(operation, expected, other->act(operation), is_file))
        lived.findings.push_back(std::string(other->name()) + ": " + line + place);
    }
    const WallTime now = wall_now();
    const Shown after = model->show(now);
    for (const auto& other : others)
      for (const auto& line : differences(after, other->show(now)))
        lived.findings.push_back(std::string(other->name()) + ": " + line + place);
    lived.disturbed = std::chrono::steady_clock::now() - begin > kDisturbed;
    if (!lived.findings.empty()) break;  // from here on they live different lives
  }
  return lived;
}

// A machine that stood still in the middle makes differences of its own, which do not come again.
Findings run_trace(const Campaign& campaign, std::uint64_t seed, const testkit::RedisServer& server) {
  for (int tries = 1;; ++tries) {
    Lived lived = live(seed, server);
    if (lived.findings.empty() || !lived.disturbed || tries == kTries) return lived.findings;
    campaign.tell("trace/" + std::to_string(seed) + " was disturbed, again: " + lived.findings.front());
  }
}

}  // namespace

void run_model(Campaign& campaign) {
  const std::uint64_t first = campaign.options().seed;
  const std::uint64_t traces = campaign.ci() ? 20 : campaign.release() ? 5'000 : 500;
  constexpr std::size_t kHands = 2;
  Crew crew(campaign, kHands);
  for (std::uint64_t seed = first; seed < first + traces; ++seed)
    crew.add("trace/" + std::to_string(seed), [&campaign, seed] {
      // Of this thread: it is its operator who fills it. Traces of one hand take turns.
      const thread_local testkit::RedisServer server(side_settings());
      return run_trace(campaign, seed, server);
    });
  crew.run();
}

}  // namespace prewarm::campaign
