// SPDX-License-Identifier: Apache-2.0
// `clock`: the product's agenda on a wall clock that is set, smeared and stopped, against a model of its
// rules. Cases: jump/ERA/MOVE/ROUND, smear/ERA/RATE, random/N.
#include <array>
#include <atomic>
#include <random>

#include "campaign/campaigns.hpp"
#include "campaign/clock_model.hpp"
#include "campaign/crew.hpp"
#include "prewarm/base/time_text.hpp"

namespace prewarm::campaign {
namespace {

using namespace prewarm::schedule;

constexpr std::int64_t kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr std::size_t kHands = 2;

struct Era {
  const char* name;
  const char* start;
};
// Around the first second, 2^31 seconds, a February without its 29th; and now.
constexpr std::array<Era, 4> kEras{{{"1970", "1970-01-01T00:00:03Z"},
                                    {"2026", "2026-05-01T13:00:01Z"},
                                    {"2038", "2038-01-19T03:10:07Z"},
                                    {"2100", "2100-02-28T23:50:00Z"}}};
struct Move {
  const char* name;
  std::int64_t ms;
};
constexpr std::array<Move, 12> kMoves{{{"+1s", kSecond},
                                       {"-1s", -kSecond},
                                       {"+1min", kMinute},
                                       {"-1min", -kMinute},
                                       {"+1h", kHour},
                                       {"-1h", -kHour},
                                       {"+3h", 3 * kHour},
                                       {"-3h", -3 * kHour},
                                       {"+1d", kDay},
                                       {"-1d", -kDay},
                                       {"+1y", 365 * kDay},
                                       {"-1y", -365 * kDay}}};

std::vector<GridLine> lines() {
  return {{"a", "*/5 * * * *", 300},
          {"b", "*/5 * * * *", 300, 20'000, true, false},
          {"c", "@every 90s", 90, 0, false, true},
          {"d", "0 * * * *", 3600, 0, true, true},
          {"e", "@daily", 86'400, 600'000},
          {"f", "0 */6 * * *", 21'600, 0, true, false},
          {"g", "@every 7m", 420, 100'000}};
}

Catalog catalog_of(const std::vector<GridLine>& lines) {
  Catalog catalog;
  for (const GridLine& line : lines) {
    auto schedule = std::make_shared<Schedule>();
    schedule->name = line.name;
    schedule->env = "test";
    schedule->cron = std::get<Cron>(Cron::parse(line.cron));
    schedule->jitter = Millis(line.jitter_ms);
    schedule->overlap = line.queue_one ? Overlap::queue_one : Overlap::skip;
    schedule->missed = line.skip_missed ? Missed::skip : Missed::run_latest;
    catalog.schedules.push_back(std::move(schedule));
  }
  return catalog;
}

/// An agenda and the model that watches it, on clocks of their own. Runs end after a random time.
class Watched {
 public:
  Watched(const char* start, std::uint64_t seed)
      : random_(seed),
        wall_(parse_rfc3339(start).value().time_since_epoch().count()),
        agenda_(catalog_of(lines()), WallTime(Millis(wall_)), boot()),
        model_(lines(), wall_, boot_) {}

  /// Time passes; the wall clock may go at another rate, a difference in 86,400.
  void pass(std::int64_t ms, std::int64_t smear = 0) {
    boot_ += ms;
    smeared_ += ms * smear;
    wall_ += ms + smeared_ / 86'400;
    smeared_ %= 86'400;
  }
  void set_wall(std::int64_t by) { wall_ = std::max<std::int64_t>(wall_ + by, 0); }
  void turn() {
    const Turn turn = agenda_.turn(WallTime(Millis(wall_)), boot());
    keep(model_.see(turn, wall_, boot_));
    runs_ += turn.due.size();
    for (const Due& due : turn.due)
      // A third ends at once, a third with the next slots, the others hold theirs up.
      ends_[due.schedule->name] = boot_ + pick({0, pick({kMinute, 5 * kMinute}), 20 * kMinute});
    see_wake();
  }
  /// Sleeps as the worker does, or until a run ends.
  void sleep(std::int64_t smear = 0) {
    std::int64_t until = agenda_.next_wake().time_since_epoch().count() - wall_;
    for (const auto& [name, end] : ends_) until = std::min(until, end - boot_);
    // A smeared clock has not quite arrived after that time: the timer of the wall clock waits on.
    pass(std::max<std::int64_t>(until, 0), smear);
    for (auto end = ends_.begin(); end != ends_.end();) {
      if (end->second > boot_) {
        ++end;
        continue;
      }
      agenda_.ended(end->first);
      model_.ended(end->first);
      end = ends_.erase(end);
    }
    see_wake();
    turn();
  }
  std::int64_t pick(std::initializer_list<std::int64_t> from) {
    return from.begin()[random_() % from.size()];
  }

  std::mt19937_64& random() { return random_; }
  std::size_t slots() const { return model_.slots(); }
  std::size_t runs() const { return runs_; }
  bool found() const { return !findings_.empty(); }
  const Findings& findings() const { return findings_; }

 private:
  BootTime boot() const { return BootTime(std::chrono::duration_cast<BootClock::duration>(Millis(boot_))); }
  void see_wake() { keep(model_.see_wake(agenda_.next_wake().time_since_epoch().count(), wall_)); }
  void keep(const Findings& found) {
    for (const std::string& line : found) findings_.push_back(line);
  }

  std::mt19937_64 random_;
  std::int64_t wall_, boot_ = kHour, smeared_ = 0;
  Agenda agenda_;
  ClockModel model_;
  std::map<std::string, std::int64_t> ends_;  // of boot time
  std::size_t runs_ = 0;
  Findings findings_;
};

class Clocks {
 public:
  explicit Clocks(Campaign& campaign) : campaign_(campaign), crew_(campaign, kHands) {}

  void run() {
    const int rounds = campaign_.ci() ? 5 : 100;
    for (const Era& era : kEras) {
      for (const Move& move : kMoves)
        for (int round = 0; round < rounds; ++round) add_jumps(era, move, round);
      for (const int rate : {1, -1}) add_smear(era, rate);
    }
    for (int i = 0; i < (campaign_.ci() ? 40 : 2000); ++i) add_random(i);
    crew_.run();
    campaign_.tell(std::to_string(slots_) + " slots accounted for, " + std::to_string(runs_) +
                   " of them runs");
  }

 private:
  std::uint64_t seed_of(const std::string& name) const {
    std::uint64_t seed = campaign_.options().seed;
    for (const char c : name) seed = seed * 1'099'511'628'211ULL + static_cast<unsigned char>(c);
    return seed;
  }
  void add(const std::string& name, const char* start, std::function<void(Watched&)> body) {
    crew_.add(name, [this, name, start, body = std::move(body)]() -> Findings {
      Watched watched(start, seed_of(name));
      body(watched);
      slots_ += watched.slots();
      runs_ += watched.runs();
      if (watched.slots() == 0) return {"no slot came up: nothing was compared"};
      return watched.findings();
    });
  }
  // The same move again and again: at a slot, just before and behind one, and anywhere.
  void add_jumps(const Era& era, const Move& move, int round) {
    add(std::string("jump/") + era.name + "/" + move.name + "/" + std::to_string(round), era.start,
        [move](Watched& watched) {
          for (int step = 0; step < 60 && !watched.found(); ++step) {
            for (std::uint64_t n = 1 + watched.random()() % 6; n > 0; --n) watched.sleep();
            watched.pass(watched.pick({0, 1, 999, kSecond, 29'999, 3 * kMinute}));
            watched.set_wall(move.ms);
            watched.turn();
          }
        });
  }
  // The day of a leap second that is spread over it: no jump, and no slot but at its time.
  void add_smear(const Era& era, int rate) {
    add(std::string("smear/") + era.name + "/" + (rate > 0 ? "+" : "-"), era.start, [rate](Watched& watched) {
      for (int step = 0; step < 3000 && !watched.found(); ++step) watched.sleep(rate);
    });
  }
  void add_random(int number) {
    add("random/" + std::to_string(number), kEras[static_cast<std::size_t>(number) % kEras.size()].start,
        [](Watched& watched) {
          for (int step = 0; step < 300 && !watched.found(); ++step) one_step(watched);
        });
  }
  static void one_step(Watched& watched) {
    switch (watched.random()() % 8) {
      case 0:  // set by anything up to a day and a half
        watched.set_wall(static_cast<std::int64_t>(watched.random()() % (3 * kDay)) - 3 * kDay / 2);
        return watched.turn();
      case 1:
        watched.set_wall(kMoves[watched.random()() % kMoves.size()].ms);
        return watched.turn();
      case 2:  // about the limits of a jump and of a correction
        watched.set_wall(
            watched.pick({2000, 2001, -2000, -2001, 3 * kHour, 3 * kHour + 1, -3 * kHour, -3 * kHour - 1}));
        return watched.turn();
      case 3:  // stopped, or the host asleep
        watched.pass(watched.pick({9999, 10'000, 10'001, kMinute, kHour, kDay}));
        return watched.turn();
      case 4:  // set while it was stopped
        watched.pass(watched.pick({kMinute, 10 * kMinute, kHour}));
        watched.set_wall(watched.pick({-kHour, -kMinute, kMinute, kHour}));
        return watched.turn();
      default:
        return watched.sleep(watched.pick({0, 0, 1, -1}));
    }
  }

  Campaign& campaign_;
  Crew crew_;
  std::atomic<std::size_t> slots_{0}, runs_{0};
};

}  // namespace

void run_clock(Campaign& campaign) { Clocks(campaign).run(); }

}  // namespace prewarm::campaign
