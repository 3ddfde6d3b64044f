// SPDX-License-Identifier: Apache-2.0
// The fetch stage: many exchanges at once over one Fetcher. Takes flights, sends their requests, sends again
// what may be tried again, and gives back each flight with a body or an error. A fan-out's answers go ahead
// of their flight in batches; its requests are sent as room for answers allows. No thread of its own. Owned
// by the fetch thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "prewarm/base/log.hpp"
#include "prewarm/pipeline/batch_budget.hpp"
#include "prewarm/pipeline/departures.hpp"
#include "prewarm/pipeline/flow.hpp"
#include "prewarm/upstream/exchange.hpp"

namespace prewarm::pipeline {

/// What leaves the desk, in order: all batches of a run come before its flight. A recall is a question to the
/// store, whose answer comes back by `add`.
using Fetched = std::variant<Flight, Batch, Recall>;

class FetchDesk {
 public:
  /// All outlive the desk. Each attempt leaves a line `fetch.attempt` for those who debug.
  struct Seams {
    http::Fetcher& fetcher;
    Clock& clock;
    Log& log;
    BatchBudget& budget;
  };
  explicit FetchDesk(Seams seams) : seams_(seams) {}

  /// A flight whose fan has ids in `again` asks for these alone, naming no state.
  void add(Flight flight);
  void add(Recall recall);
  /// Waits until something is done, `until` is reached or the fetcher was woken; what is done.
  std::vector<Fetched> turn(BootTime until);
  /// Ends every exchange now; the flights come back with error `shutdown`.
  std::vector<Fetched> abandon();
  bool idle() const noexcept { return active_.empty() && fans_.empty(); }

 private:
  // A fan-out whose requests are being sent.
  struct FanWork {
    FanWork(Flight run, std::size_t count);
    Flight flight;
    Departures::Host* host = nullptr;
    bool has_twin = false;  // another fan-out here asks the same URL: answers may be shared
    upstream::FanoutRequests requests;
    std::size_t next = 0, total = 0;  // by number
    std::size_t under_way = 0;        // exchanges
    std::size_t failed_in_row = 0;    // requests that failed, none that did well in between
    BootTime began{}, entered{};
    Batch batch;                       // collecting
    std::optional<BootTime> leave_at;  // for the first of it
    std::optional<Error> given_up;     // no further request is sent, for this reason
    std::vector<std::size_t> again;    // not empty: the second round, of these ids alone
    std::deque<Recalled> recalled;     // of the ids of the next requests
    std::size_t recalled_to = 0;       // by number, those under way included
    bool recalling = false;

    upstream::IdRange range(std::size_t number) const;
    bool names_states() const noexcept { return !flight.fan->made_by.empty() && again.empty(); }
  };
  using Fans = std::list<FanWork>;
  // An exchange, or one that waits for the answer to another.
  struct Active {
    std::uint64_t id = 0;
    std::unique_ptr<upstream::Exchange> exchange;
    Departures::Host* host = nullptr;
    BootTime began{}, sent_at{};  // came to the desk; left it last, if it did
    std::string sameness{};       // of two requests that can share an answer; empty: it cannot
    std::vector<std::uint64_t> followers{};
    std::unique_ptr<Flight> flight{};  // of an ordinary run, or of a fan-out's id source
    Fans::iterator fan{};              // else
    upstream::IdRange ids{};
    std::unique_ptr<ledger::Kept> kept{};                   // what is remembered of its one id
    std::unique_ptr<const schedule::FetchSpec> id_fetch{};  // of an id source; the exchange goes by it
    const Flight& of() const { return flight ? *flight : fan->flight; }
    const run::Run& run() const { return of().run; }
    const schedule::FetchSpec& fetch() const { return id_fetch ? *id_fetch : of().schedule().fetch; }
  };
  using Actives = std::map<std::uint64_t, Active>;

  void begin(Active active, BootTime now);
  static bool was_sent(const Active& active) noexcept { return active.sent_at != BootTime{}; }
  void find_twins();
  void depart_or_join(Active& active, BootTime now);
  bool join(Active& active, BootTime now);
  bool may_follow(const Active& active, const Active& leader, BootTime now) const;
  void serve_followers(Active& leader, const upstream::Step& step, std::vector<Fetched>& done);
  void feed(FanWork& work, Fans::iterator at, BootTime now);
  void ask_recall(FanWork& work);
  void give_up_rest(FanWork& work, std::vector<Fetched>& done);
  BootTime send_due(BootTime now, BootTime until, std::vector<Fetched>& done);
  std::uint64_t random();
  // The instant at which an answer is dealt with.
  struct Now {
    BootTime boot;
    WallTime wall;
  };
  void tell_host(const Active& active, const Result<http::Response>& result, Now now);
  void log_attempt(const Active& active, const upstream::Step& step, std::optional<ErrorKind> fault);
  void settle(std::uint64_t id, Result<http::Response> result, std::vector<Fetched>& done);
  void end(Actives::iterator at, upstream::Step step, std::vector<Fetched>& done);
  static void add_facts(Flight& flight, run::FetchFacts facts);
  void settle(Active& active, upstream::Step&& step, run::FetchFacts facts, std::vector<Fetched>& done);
  void settle_flight(Active& active, upstream::Step&& step, run::FetchFacts facts,
                     std::vector<Fetched>& done);
  void settle_fan(Active& active, upstream::Step&& step, const run::FetchFacts& facts,
                  std::vector<Fetched>& done);
  void collect(FanWork& work, Answer answer, std::vector<Fetched>& done);
  void ship(FanWork& work, std::vector<Fetched>& done);
  void finish_fans(BootTime now, std::vector<Fetched>& done);

  Seams seams_;
  Actives active_;
  std::unordered_map<std::string, std::uint64_t> shared_;  // by sameness: the exchange that others may follow
  Fans fans_;
  Departures departures_;
  std::vector<Recall> recalls_;  // to be asked
  std::uint64_t next_id_ = 1;
  std::uint64_t random_ = 0;  // 0: not drawn yet
};

}  // namespace prewarm::pipeline
