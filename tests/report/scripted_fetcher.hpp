// SPDX-License-Identifier: Apache-2.0
// A fetcher under which time passes only when somebody waits: what a server would answer, and when, comes
// from a function, so minutes of retries take no time and end the same way each time. Single-threaded.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "prewarm/base/log.hpp"
#include "prewarm/http/fetcher.hpp"
#include "support/fake_clock.hpp"

namespace prewarm::sample {

/// What one attempt meets: a status after `takes`, or an error. Longer than the request's timeout: timeout.
struct Answer {
  Millis takes{10};
  int status = 200;
  std::optional<Error> error{};
};

struct Sent {
  std::string url, body;
  Millis timeout{};
  BootTime at;
};

class ScriptedFetcher final : public http::Fetcher {
 public:
  using Script = std::function<Answer(const Sent&)>;
  ScriptedFetcher(testkit::FakeClock& clock, Script script) : clock_(clock), script_(std::move(script)) {}

  void submit(std::uint64_t id, std::shared_ptr<const http::Request> what) override {
    const http::Request& request = *what;
    Sent sent{request.url.reveal(), request.body.reveal(), request.timeout, clock_.boot_now()};
    sent_.push_back(sent);
    Answer answer = script_(sent);
    if (answer.takes > request.timeout)
      answer = {request.timeout, 0, Error{ErrorKind::timeout, "no answer from " + request.display}};
    flying_[id] = {clock_.boot_now() + answer.takes, answer};
    most_flying = std::max(most_flying, flying_.size());
  }
  std::vector<http::Transfer> wait(BootTime until) override {
    if (woken) {
      woken = false;
      return {};
    }
    BootTime first = until;
    for (const auto& [id, flight] : flying_) first = std::min(first, flight.ends);
    static_cast<void>(clock_.sleep_until(first));
    const BootTime now = clock_.boot_now();
    std::vector<http::Transfer> ended;
    for (auto flight = flying_.begin(); flight != flying_.end();) {
      if (flight->second.ends > now) {
        ++flight;
        continue;
      }
      ended.push_back({flight->first, result_of(flight->second.answer)});
      flight = flying_.erase(flight);
    }
    return ended;
  }
  void cancel_all() override {
    cancelled = true;
    for (auto& [id, flight] : flying_)
      flight = {clock_.boot_now(), {Millis(0), 0, Error{ErrorKind::shutdown, "cancelled"}}};
  }
  void wake() noexcept override { woken = true; }

  const std::vector<Sent>& sent() const { return sent_; }
  std::size_t most_flying = 0;
  bool woken = false, cancelled = false;

 private:
  struct Flight {
    BootTime ends;
    Answer answer;
  };
  static Result<http::Response> result_of(const Answer& answer) {
    if (answer.error) return *answer.error;
    http::Response response;
    response.status = answer.status;
    return response;
  }

  testkit::FakeClock& clock_;
  Script script_;
  std::map<std::uint64_t, Flight> flying_;
  std::vector<Sent> sent_;
};

class KeptLog final : public Log {
 public:
  void write(const LogLine& line) override {
    (line.level == Level::debug ? debug_lines : lines).push_back(line);
  }
  std::vector<LogLine> lines, debug_lines;
};

}  // namespace prewarm::sample
