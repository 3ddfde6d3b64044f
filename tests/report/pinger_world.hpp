// SPDX-License-Identifier: Apache-2.0
// A pinger with a scripted fetcher, a clock that only waiting moves, and a log that is kept.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "prewarm/report/pinger.hpp"
#include "report/sample.hpp"
#include "report/scripted_fetcher.hpp"

namespace prewarm::sample {

struct World {
  explicit World(ScriptedFetcher::Script script)
      : fetcher(clock, std::move(script)), begin(clock.boot_now()) {}

  report::Ping ping(const std::string& schedule, run::PingKind kind) const {
    report::Ping made;
    made.schedule = schedule;
    made.kind = kind;
    made.rid = "rid";
    made.message = "because";
    made.heartbeat.url = Secret("https://" + host + "/canary-5e1f-" + schedule);
    made.not_after = begin + std::chrono::seconds(60);
    return made;
  }
  // Turns until idle; the time that took.
  Millis settle() {
    const BootTime from = clock.boot_now();
    for (int turns = 0; !pinger.idle(); ++turns) {
      REQUIRE(turns < 10'000);
      pinger.turn(clock.boot_now() + std::chrono::hours(1));
    }
    return std::chrono::floor<Millis>(clock.boot_now() - from);
  }
  std::vector<Millis> times() const {
    std::vector<Millis> out;
    for (const Sent& sent : fetcher.sent()) out.push_back(std::chrono::floor<Millis>(sent.at - begin));
    return out;
  }
  std::string logged() const {
    std::string text;
    for (const LogLine& line : log.lines) {
      text += json_line(settings(), line) + "\n";
      text += human_line(settings(), line) + "\n";
    }
    return text;
  }

  std::string host = "hc-ping.example";
  testkit::FakeClock clock{instant("2026-05-01T13:00:00Z"), 1, testkit::FakeClock::Waits::advance};
  ScriptedFetcher fetcher;
  KeptLog log;
  report::Pinger pinger{fetcher, clock, log};
  BootTime begin;
};

}  // namespace prewarm::sample
