// SPDX-License-Identifier: Apache-2.0
// Runs that need the same URL at the same moment share one request.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>

#include "cli/world.hpp"
#include "prewarm/envelope/envelope.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using testkit::UpstreamRequest;
using Strings = std::vector<std::string>;

namespace {

// Schedules of one URL whose upstream takes its time, so that all of them are there before it answers.
struct Shared : World {
  testkit::RedisServer redis;

  Shared() { use(redis); }
  ~Shared() { upstream.stop(); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  void of(const std::string& name, const std::string& fetch = "", const std::string& more = "") const {
    schedule(name, R"({"schedule":"@hourly","fetch":{"url":")" + upstream.url("/all") + R"(","retries":0)" +
                       fetch + R"(},"store":{"version":1})" + more + "}");
  }
  testkit::Finished all() const { return prewarm({"once", "--all", "--json"}); }
  std::size_t requests() const { return upstream.requests("/all").size(); }
  std::string payload(const std::string& name, const std::string& id = "") const {
    const std::string bytes =
        redis.value(name + ":production:" + (id.empty() ? "" : id + ":") + "v1").value_or("");
    const auto opened = envelope::open(bytes);
    return opened ? std::string(opened->payload) : "no envelope: " + bytes;
  }
  WallTime instant(const std::string& name) const {
    return envelope::read_head(redis.value(name + ":production:v1").value_or(""))->last_updated;
  }
};

Answer slow(const std::string& body) { return Answer::json(body).delay(std::chrono::milliseconds(300)); }

}  // namespace

TEST_CASE("schedules of one URL share its answer, and each makes its own of it") {
  Shared world;
  world.of("first");
  world.of("second", "", R"(,"shape":{"select":"/a"})");
  world.of("third", "", R"(,"shape":{"select":"/b","as":"b"})");
  world.upstream.on("/all", slow(R"({"a":[1],"b":[2,3]})"));
  const auto run = world.all();
  INFO(run.out << run.err);
  CHECK(run.exit_code == 0);
  CHECK(world.requests() == 1);
  CHECK(world.payload("first") == R"({"a":[1],"b":[2,3]})");
  CHECK(world.payload("second") == "[1]");
  CHECK(world.payload("third") == R"({"b":[2,3]})");
  CHECK(members(run.out, "run", "requests") == Strings{"0", "0"});
  CHECK(world.instant("first") == world.instant("second"));
  CHECK(world.instant("first") == world.instant("third"));
  CHECK(world.all().exit_code == 0);
  CHECK(world.requests() == 2);
}

TEST_CASE("requests that differ in anything that is sent are not shared") {
  Shared world;
  world.of("first");
  world.upstream.on("/all", slow("[1]"));
  SECTION("a header") { world.of("second", R"(,"headers":{"x-page":"2"})"); }
  SECTION("a query") { world.of("second", R"(,"query":{"page":"2"})"); }
  SECTION("a POST") {
    world.of("second", R"(,"method":"POST","body":"x")");
    world.of("third", R"(,"method":"POST","body":"x")");
  }
  SECTION("the size that is taken") { world.of("second", R"(,"maxBytes":"2KiB")"); }
  const auto run = world.all();
  INFO(run.out << run.err);
  CHECK(run.exit_code == 0);
  CHECK(world.requests() == members(run.out, "run", "outcome").size());
}

TEST_CASE("an error is not shared: whoever waited asks for itself") {
  Shared world;
  for (const char* name : {"first", "second", "third"}) world.of(name);
  world.upstream.on("/all", [count = std::make_shared<std::atomic<int>>(0)](const UpstreamRequest&) {
    return ++*count == 1 ? Answer::of(500).delay(std::chrono::milliseconds(300)) : slow("[1]");
  });
  const auto run = world.all();
  INFO(run.out << run.err);
  auto outcomes = members(run.out, "run", "outcome");
  std::sort(outcomes.begin(), outcomes.end());
  CHECK(outcomes == Strings{"upstream_failed", "verified", "verified"});
  CHECK(world.requests() == 2);
}

TEST_CASE("a 304 is shared too") {
  Shared world;
  for (const char* name : {"first", "second"}) world.of(name);
  world.upstream.on("/all", [](const UpstreamRequest& request) {
    const std::string tag = "\"one\"";
    return (request.header("if-none-match") == tag ? Answer::of(304) : Answer::json("[1]"))
        .header("ETag", tag)
        .delay(std::chrono::milliseconds(300));
  });
  CHECK(world.all().exit_code == 0);
  const auto run = world.all();
  INFO(run.out << run.err);
  CHECK(members(run.out, "run", "outcome") == Strings{"unchanged", "unchanged"});
  CHECK(world.requests() == 2);
  CHECK(world.payload("second") == "[1]");
}

TEST_CASE("a run whose own time ends first asks for itself") {
  Shared world;
  world.of("first", "", R"(,"timeout":"20s")");
  world.of("second", "", R"(,"timeout":"15s")");
  world.upstream.on("/all", slow("[1]"));
  CHECK(world.all().exit_code == 0);
  CHECK(world.requests() == 2);
}

TEST_CASE("fan-outs share the request for their ids") {
  Shared world;
  world.upstream.on("/ids", Answer::json(R"(["a","b"])").delay(std::chrono::milliseconds(300)));
  world.upstream.otherwise(
      [](const UpstreamRequest& request) { return Answer::json('"' + request.path() + '"'); });
  for (const char* name : {"first", "second"})
    world.schedule(name, R"({"schedule":"@hourly","fetch":{"url":")" +
                             world.upstream.url("/" + std::string(name)) +
                             R"(/{id}"},"fanout":{"ids":{"url":")" + world.upstream.url("/ids") +
                             R"("}},"store":{"version":1}})");
  const auto run = world.all();
  INFO(run.out << run.err);
  CHECK(run.exit_code == 0);
  CHECK(world.upstream.requests("/ids").size() == 1);
  auto requests = members(run.out, "run", "requests");
  std::sort(requests.begin(), requests.end());
  CHECK(requests == Strings{"2", "3"});
  for (const char* key : {"first:production:a:v1", "first:production:b:v1", "second:production:b:v1"})
    CHECK(world.redis.value(key).has_value());
}

TEST_CASE("fan-outs over the same ids share what has not left when the second comes") {
  Shared world;
  constexpr std::size_t kIds = 60;
  constexpr std::size_t kAtWork = 8;  // of one host
  std::string ids;
  for (std::size_t i = 0; i < kIds; ++i) ids += (i == 0 ? "\"u" : ",\"u") + std::to_string(i) + '"';
  const auto answer = [](const UpstreamRequest& request) {
    if (request.path() == "/users/u50") return Answer::of(500);
    const std::string tag = '"' + request.path() + '"';
    return (request.header("if-none-match") == tag ? Answer::of(304)
                                                   : Answer::json(R"({"of":)" + tag + R"(,"b":[2]})"))
        .header("ETag", tag)
        .delay(std::chrono::milliseconds(60));
  };
  world.upstream.otherwise(answer);
  const auto fan = [&world, &ids](const std::string& name, const std::string& more) {
    world.schedule(name, R"({"schedule":"@hourly","fetch":{"url":")" + world.upstream.url("/users/{id}") +
                             R"(","retries":0},"fanout":{"ids":[)" + ids +
                             R"(],"floor":0.9},"store":{"version":1})" + more + "}");
  };
  fan("first", "");
  fan("second", R"(,"shape":{"select":"/b"})");
  for (const bool again : {false, true}) {
    const std::size_t before = world.upstream.requests().size();
    const auto run = world.all();
    INFO(run.out << run.err << (again ? "again" : ""));
    CHECK(run.exit_code == 3);  // partial: u50
    const std::size_t sent = world.upstream.requests().size() - before;
    CHECK(sent >= kIds + 1);  // an error is not shared
    CHECK(sent <= kIds + 1 + kAtWork);
    const auto told = members(run.out, "run", "requests");
    REQUIRE(told.size() == 2);
    CHECK(std::stoul(told[0]) + std::stoul(told[1]) == sent);
    for (std::size_t i = 0; i < kIds; ++i) {
      if (i == 50) continue;
      const std::string id = "u" + std::to_string(i);
      CHECK(world.payload("first", id) == R"({"of":"/users/)" + id + R"(","b":[2]})");
      CHECK(world.payload("second", id) == "[2]");
    }
  }
}
