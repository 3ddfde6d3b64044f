// SPDX-License-Identifier: Apache-2.0
// The budget of a host on the built program, as its upstream sees it: a rate, rate headers, 429, and what
// they do to other hosts and to runs with a deadline. Times are lower bounds, or far from what they tell
// apart.
#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <memory>
#include <mutex>

#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using namespace std::chrono_literals;
using testkit::Answer;
using testkit::Upstream;
using testkit::UpstreamRequest;
using Strings = std::vector<std::string>;
using Instant = std::chrono::steady_clock::time_point;
using Instants = std::vector<Instant>;

namespace {

// Of what a busy machine may move a request by on its way.
constexpr std::chrono::milliseconds kShift{300};

std::string list_of_ids(std::size_t count) {
  std::string list;
  for (std::size_t i = 0; i < count; ++i) list += (list.empty() ? "\"" : ",\"") + std::to_string(i) + '"';
  return "[" + list + "]";
}

struct Rated : World {
  Rated() {
    upstream.otherwise([](const UpstreamRequest&) { return Answer::json("[1]"); });
  }
  /// A fan-out of GET /NAME/0, /NAME/1, ... at that upstream.
  void fan(const std::string& name, std::size_t ids, const std::string& fetch = "",
           const std::string& top = "") const {
    fan_at(upstream, name, ids, fetch, top);
  }
  void fan_at(const Upstream& at, const std::string& name, std::size_t ids, const std::string& fetch = "",
              const std::string& top = "") const {
    schedule(name, R"({"schedule":"@hourly")" + top + R"(,"fetch":{"url":")" + at.url("/" + name + "/{id}") +
                       '"' + fetch + R"(},"fanout":{"ids":)" + list_of_ids(ids) +
                       R"(},"store":{"version":1}})");
  }
  testkit::Finished once(std::vector<std::string> names) const {
    names.insert(names.begin(), "once");
    names.insert(names.end(), {"--json", "--log-format", "json"});
    return prewarm(std::move(names));
  }
};

Instants arrivals(const Upstream& upstream, const std::string& beginning = "/") {
  Instants found;
  for (const auto& request : upstream.requests())
    if (request.target.starts_with(beginning)) found.push_back(request.arrived);
  std::sort(found.begin(), found.end());
  return found;
}

std::chrono::duration<double> span_of(const Instants& instants) { return instants.back() - instants.front(); }

// The most that any window has beyond burst + rate x its length.
double most_beyond(const Instants& arrived, double burst, double a_second) {
  double most = -1e9;
  for (std::size_t i = 0; i < arrived.size(); ++i)
    for (std::size_t j = i; j < arrived.size(); ++j) {
      const std::chrono::duration<double> window = arrived[j] - arrived[i] + kShift;
      most = std::max(most, static_cast<double>(j - i + 1) - burst - a_second * window.count());
    }
  return most;
}

std::string all_outcomes(const testkit::Finished& run, const std::string& outcome) {
  for (const std::string& one : members(run.out, "run", "outcome"))
    if (one != outcome) return one;
  return outcome;
}

}  // namespace

TEST_CASE("a fan-out keeps the rate of its host: burst, and then one after the other") {
  Rated world;
  world.fan("users", 60, R"(,"rate":"50/s","burst":10)");
  const auto outcome = world.once({"users"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(members(outcome.out, "run", "keys_written") == Strings{"60"});
  const auto arrived = arrivals(world.upstream);
  REQUIRE(arrived.size() == 60);
  CHECK(span_of(arrived) >= 1s - kShift);
  CHECK(span_of(arrived) < 10s);
  CHECK(most_beyond(arrived, 10, 50) <= 0);
  CHECK(members(outcome.err, "fetch.held", "reason").empty());
}

TEST_CASE("schedules of one host share its budget, in turn, and another host is not slowed") {
  Rated world;
  Upstream other;
  other.otherwise([](const UpstreamRequest&) { return Answer::json("[1]"); });
  world.fan("a", 20, R"(,"rate":"25/s","burst":1)");
  world.fan("b", 20);  // the same host, without a rate of its own
  world.fan_at(other, "c", 40);
  const auto outcome = world.once({"a", "b", "c"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 0);
  const auto both = arrivals(world.upstream), free = arrivals(other);
  REQUIRE(both.size() == 40);
  REQUIRE(free.size() == 40);
  CHECK(span_of(both) >= 1560ms - kShift);
  CHECK(most_beyond(both, 1, 25) <= 0);
  CHECK(free.back() < both.front() + 800ms);
  // Neither waits for the other's last.
  CHECK(arrivals(world.upstream, "/a/").front() < arrivals(world.upstream, "/b/").back() - 500ms);
  CHECK(arrivals(world.upstream, "/b/").front() < arrivals(world.upstream, "/a/").back() - 500ms);
}

TEST_CASE("the ids of a fan-out are asked for out of the same budget") {
  Rated world;
  world.upstream.on("/ids", Answer::json(R"(["x","y"])"));
  world.schedule("users", R"({"schedule":"@hourly","fetch":{"rate":"2/s","burst":1,"url":")" +
                              world.upstream.url("/u/{id}") + R"("},"fanout":{"ids":{"url":")" +
                              world.upstream.url("/ids") + R"("}},"store":{"version":1}})");
  const auto outcome = world.once({"users"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 0);
  const auto arrived = arrivals(world.upstream);
  REQUIRE(arrived.size() == 3);
  CHECK(span_of(arrived) >= 1s - kShift);
}

TEST_CASE("a 429 to one id holds its host for as long as it asks, and nothing is lost") {
  Rated world;
  const auto refusals = std::make_shared<std::atomic<int>>(0);
  world.upstream.otherwise([refusals](const UpstreamRequest& request) {
    if (request.target == "/users/20" && ++*refusals == 1)
      return Answer::of(429).header("Retry-After", "1").delay(20ms);
    return Answer::json("[1]").delay(20ms);
  });
  Upstream other;
  other.otherwise([](const UpstreamRequest&) { return Answer::json("[1]").delay(20ms); });
  world.fan("users", 60);
  world.fan("more", 60);
  world.fan_at(other, "c", 60);
  const auto outcome = world.once({"users", "more", "c"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(all_outcomes(outcome, "verified") == "verified");
  CHECK(members(outcome.out, "run", "keys_written") == Strings{"60", "60", "60"});
  CHECK(arrivals(world.upstream).size() == 121);
  CHECK(members(outcome.err, "fetch.held", "reason") == Strings{"429"});
  CHECK(members(outcome.err, "fetch.held", "level") == Strings{"warn"});
  CHECK(members(outcome.err, "fetch.held", "server.address") == Strings{"127.0.0.1"});

  const Instant refused = world.upstream.requests("/users/20").front().arrived;
  const auto all = arrivals(world.upstream);
  const auto quiet = [&](Instant from, Instant until) {
    return std::none_of(all.begin(), all.end(), [&](Instant at) { return at > from && at < until; });
  };
  CHECK(quiet(refused + 20ms + kShift, refused + 1s));
  // Then half as many at once as before.
  const auto first = std::find_if(all.begin(), all.end(), [&](Instant at) { return at >= refused + 1s; });
  REQUIRE(first != all.end());
  CHECK(std::count_if(first, all.end(), [&](Instant at) { return at < *first + 15ms; }) <= 4);
  CHECK(arrivals(other).back() < refused + 900ms);
}

TEST_CASE("a host that says that none is left is asked again when it counts anew") {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"X-RateLimit-Reset-In", "1"}, {"RateLimit-Reset", "1"}, {"RateLimit", R"("default";r=0;t=1)"}}) {
    INFO(name);
    Rated world;
    // From the tenth on, for half a second, all say so: the answer that says it first may be held up.
    const auto count = std::make_shared<std::atomic<int>>(0);
    const auto over = std::make_shared<std::atomic<std::int64_t>>(0);
    const auto none_left = name == "RateLimit"
                               ? Answer::json("[1]").header(name, value)
                               : Answer::json("[1]").header(name, value).header("X-RateLimit-Remaining", "0");
    world.upstream.otherwise([count, over, none_left](const UpstreamRequest&) {
      const std::int64_t now =
          std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
      const int number = ++*count;
      if (number == 10) *over = now + 500'000'000;
      return number >= 10 && now < *over ? none_left : Answer::json("[1]");
    });
    world.fan("users", 60);
    const auto outcome = world.once({"users"});
    INFO(outcome.out << outcome.err);
    CHECK(outcome.exit_code == 0);
    CHECK(arrivals(world.upstream).size() == 60);
    CHECK(span_of(arrivals(world.upstream)) >= 1s - kShift);
    CHECK(members(outcome.err, "fetch.held", "reason") == Strings{"none_left"});
    CHECK(members(outcome.err, "fetch.held", "level") == Strings{"info"});
    CHECK(members(outcome.err, "fetch.held", "until").size() == 1);
  }
}

TEST_CASE("when fewer are left than are wanted they are spread over the time until the reset") {
  Rated world;
  // A window of 2 s that begins with the first request, and 10 in it, as many APIs count.
  struct Window {
    std::mutex mutex;
    std::optional<Instant> begins;
    int used = 0, refused = 0;
  };
  const auto window = std::make_shared<Window>();
  world.upstream.otherwise([window](const UpstreamRequest&) {
    const std::lock_guard lock(window->mutex);
    const Instant now = std::chrono::steady_clock::now();
    if (!window->begins || now >= *window->begins + 2s) window->begins = now, window->used = 0;
    const auto left = std::chrono::ceil<std::chrono::seconds>(*window->begins + 2s - now).count();
    const bool over = ++window->used > 10;
    if (over) ++window->refused;
    return (over ? Answer::of(429) : Answer::json("[1]"))
        .header("RateLimit-Remaining", std::to_string(over ? 0 : 10 - window->used))
        .header("RateLimit-Reset", std::to_string(left));
  });
  world.fan("users", 18);
  const auto outcome = world.once({"users"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(members(outcome.out, "run", "keys_written") == Strings{"18"});
  CHECK(window->refused == 0);
  CHECK(members(outcome.err, "fetch.held", "reason").front() == "few_left");
  CHECK(span_of(arrivals(world.upstream)) >= 1500ms);
}

TEST_CASE("what has no place before the run's deadline fails at once, and the rest is stored") {
  Rated world;
  world.fan("users", 100, R"(,"rate":"60/m","burst":2)", R"(,"timeout":"3s")");
  const auto start = std::chrono::steady_clock::now();
  const auto outcome = world.once({"users"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 3);
  CHECK(members(outcome.out, "run", "code") == Strings{"PW644"});
  CHECK(members(outcome.out, "run", "message").front().find("the budget of 127.0.0.1 has no place") !=
        std::string::npos);
  CHECK_FALSE(members(outcome.out, "run", "do").front().empty());
  CHECK(members(outcome.out, "run", "keys_written") == Strings{"4"});  // 2 at once, and after 1 s and 2 s
  CHECK(std::chrono::steady_clock::now() - start < 6s);

  world.fan("users", 100, R"(,"rate":"1/h")");
  const auto slow = world.once({"users"});
  INFO(slow.out << slow.err);
  CHECK(members(slow.out, "run", "code") == Strings{"PW644"});
  CHECK(members(slow.out, "run", "duration_ms").size() == 1);
  CHECK(std::stoi(members(slow.out, "run", "duration_ms").front()) < 5000);  // its timeout are 30 s
}

TEST_CASE("a host that is held beyond the deadline fails the others' requests at once, as rate_limited") {
  Rated world;
  const auto refused = std::make_shared<std::atomic<bool>>(false);
  world.upstream.otherwise([refused](const UpstreamRequest& request) {
    if (request.path() == "/first/0" && !refused->exchange(true))
      return Answer::of(429).header("Retry-After", "120");
    return Answer::json("[1]").delay(50ms);
  });
  world.fan("first", 1);
  world.fan("users", 200);
  const auto start = std::chrono::steady_clock::now();
  const auto outcome = world.once({"first", "users"});
  INFO(outcome.out << outcome.err);
  CHECK(std::chrono::steady_clock::now() - start < 10s);
  CHECK(members(outcome.out, "run", "code") == Strings{"PW533", "PW533"});
  CHECK(arrivals(world.upstream).size() < 30);
  const auto messages = members(outcome.out, "run", "message");
  REQUIRE(messages.size() == 2);
  const bool told = std::any_of(messages.begin(), messages.end(), [](const std::string& message) {
    return message.find("has no place before the run's deadline: after a 429 nothing may leave for 2m") !=
           std::string::npos;
  });
  CHECK(told);
}

TEST_CASE("a hold costs no processor time and no attempt of those who wait") {
  Rated world;
  const auto count = std::make_shared<std::atomic<int>>(0);
  world.upstream.otherwise([count](const UpstreamRequest&) {
    return ++*count == 1 ? Answer::of(429).header("Retry-After", "3") : Answer::json("[1]");
  });
  world.fan("users", 60, R"(,"retries":1)");
  const auto outcome = world.once({"users"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(members(outcome.out, "run", "requests") == Strings{"61"});
  CHECK(span_of(arrivals(world.upstream)) >= 3s - kShift);
  CHECK(outcome.processor < 2s);
}
