// SPDX-License-Identifier: Apache-2.0
#include "pipeline/fetch_log.hpp"

#include <algorithm>

#include "prewarm/base/time_text.hpp"
#include "prewarm/base/units.hpp"

namespace prewarm::pipeline {
namespace {

using upstream::Holding;

std::int64_t millis(BootClock::duration time) {
  return static_cast<std::int64_t>(std::chrono::duration_cast<Millis>(time).count());
}

std::string_view reason_of(Holding why) noexcept {
  switch (why) {
    case Holding::too_many:
      return "429";
    case Holding::unavailable:
      return "503";
    case Holding::none_left:
      return "none_left";
    case Holding::few_left:
      return "few_left";
    case Holding::rate:
    case Holding::nothing:
      break;
  }
  return "rate";
}

std::string sentence(const Held& held) {
  const std::string wait = duration_exact(std::chrono::ceil<Millis>(held.wait));
  switch (held.hold.why) {
    case Holding::too_many:
      return held.host + " answered 429: nothing is asked of it for " + wait;
    case Holding::unavailable:
      return held.host + " answered 503: nothing is asked of it for " + wait;
    case Holding::none_left:
      return held.host + " has no request left for us: nothing is asked of it for " + wait;
    default:
      return held.host + " has fewer requests left for us than are wanted: they are spread over " + wait;
  }
}

}  // namespace

LogLine attempt_line(const Attempt& attempt, WallTime now) {
  const schedule::Schedule& schedule = *attempt.run.schedule;
  const run::FetchFacts& facts = attempt.facts;
  const std::string number = std::to_string(facts.attempts);
  LogLine line{now, Level::debug, "fetch.attempt", schedule.name + " attempt " + number, {}};
  line.fields = {{"schedule", schedule.name},
                 {"run_id", attempt.run.run_id},
                 {"attempt", static_cast<std::int64_t>(facts.attempts)},
                 {"url", attempt.url}};
  if (facts.http_status != 0) line.fields.push_back({"status", static_cast<std::int64_t>(facts.http_status)});
  if (attempt.fault) line.fields.push_back({"code", code_text(code_of(*attempt.fault))});
  line.fields.push_back({"duration_ms", millis(attempt.took)});
  if (attempt.retry_in)
    line.fields.push_back({"retry_in_ms", millis(std::max(*attempt.retry_in, BootClock::duration::zero()))});
  return line;
}

LogLine shared_line(const Shared& shared, WallTime now) {
  const std::string& name = shared.run.schedule->name;
  LogLine line{
      now, Level::debug, "fetch.shared", name + " waits for the answer to " + shared.with.schedule->name, {}};
  line.fields = {
      {"schedule", name}, {"run_id", shared.run.run_id}, {"with", shared.with.run_id}, {"url", shared.url}};
  return line;
}

LogLine held_line(const Held& held, WallTime now) {
  const Holding why = held.hold.why;
  const bool asked = why == Holding::too_many || why == Holding::unavailable;
  LogLine line{now, asked ? Level::warn : Level::info, "fetch.held", sentence(held), {}};
  line.fields = {{"schedule", held.run.schedule->name},
                 {"run_id", held.run.run_id},
                 {"server.address", held.host},
                 {"reason", std::string(reason_of(why))},
                 {"until", instant_text(now + std::chrono::ceil<Millis>(held.wait))},
                 {"wait_ms", millis(std::chrono::ceil<Millis>(held.wait))}};
  return line;
}

}  // namespace prewarm::pipeline
