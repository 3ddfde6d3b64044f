// SPDX-License-Identifier: Apache-2.0
// The modelled network: upstreams that follow a script of moods, a heartbeat service, and a worker's Fetcher
// for either.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "prewarm/http/fetcher.hpp"
#include "sim/clock.hpp"
#include "sim/history.hpp"

namespace prewarm::sim {

/// An answer and when it is there; `never`: silence.
struct Planned {
  Nanos at{0};
  bool never = false;
  Result<http::Response> result;
};

class Web {
 public:
  virtual ~Web() = default;
  /// What a request that leaves now will get.
  virtual Planned answer(const http::Request& request, const std::string& worker) = 0;
};

/// http://api.sim/SCHEDULE: an array of records that grows older by the second;
/// http://api.sim/SCHEDULE?user=a&user=b: an array with a record an id.
class Upstreams final : public Web {
 public:
  Upstreams(Tasks& tasks, Chance& chance, History& history)
      : tasks_(tasks), chance_(chance), history_(history) {}
  enum class Mood : std::uint8_t {
    well,
    slow,
    silent,
    refuses,
    overloaded,
    limited,
    empty_body,
    empty_list,
    page,
    cut,
    blank,
    shrunken,
    grown,
    lying_304,
    lagging
  };
  static constexpr std::size_t kMoods = 15;

  Planned answer(const http::Request& request, const std::string& worker) override;
  /// A worker asks.
  std::function<void(const std::string& worker)> at_fetch;
  /// All of a schedule's answers from now on.
  void set_mood(const std::string& schedule, Mood mood) { moods_[schedule] = mood; }

 private:
  http::Response list(const std::string& schedule, const std::string& since, Mood mood);
  http::Response records(const std::string& schedule, const std::string& query, Mood mood);
  std::int64_t tick(Mood mood);

  Tasks& tasks_;
  Chance& chance_;
  History& history_;
  std::map<std::string, Mood> moods_;
};

/// http://hc.sim/SCHEDULE[/start|/fail]: hears pings, now and then badly.
class Sink final : public Web {
 public:
  Sink(Tasks& tasks, Chance& chance, History& history) : tasks_(tasks), chance_(chance), history_(history) {}
  Planned answer(const http::Request& request, const std::string& worker) override;
  std::uint64_t fails_one_in = 0;

 private:
  Tasks& tasks_;
  Chance& chance_;
  History& history_;
};

class SimFetcher final : public http::Fetcher {
 public:
  struct Parts {
    Tasks& tasks;
    Chance& chance;
    History& history;
    SimClock& clock;
    Web& web;
    const bool& dead;
  };
  SimFetcher(Parts parts, std::string worker) : p_(parts), worker_(std::move(worker)) {}

  using http::Fetcher::submit;
  void submit(std::uint64_t id, std::shared_ptr<const http::Request> request) override;
  std::vector<http::Transfer> wait(BootTime until) override;
  void cancel_all() override;
  void wake() noexcept override;

 private:
  struct UnderWay {
    Nanos ends{0};
    Result<http::Response> result;
    std::string host;
  };
  Parts p_;
  const std::string worker_;
  std::map<std::uint64_t, UnderWay> under_way_;
  std::vector<http::Transfer> ended_;
  bool woken_ = false;
  Signal signal_;
};

}  // namespace prewarm::sim
