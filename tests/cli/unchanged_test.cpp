// SPDX-License-Identifier: Apache-2.0
// Conditional requests and renewal in place: what is called unchanged is proven by bytes, and what is not
// what we wrote is repaired by a whole write.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <fstream>
#include <iterator>

#include "cli/world.hpp"
#include "prewarm/envelope/envelope.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using testkit::UpstreamRequest;
using Strings = std::vector<std::string>;

namespace {

const std::string kKey = "news:production:v2";

std::string outcome_of(const testkit::Finished& run) {
  const auto outcomes = members(run.out, "run", "outcome");
  return outcomes.size() == 1 ? outcomes[0] : run.out + run.err;
}

// An upstream that knows its states: 304 for whoever names the present one.
struct State {
  std::string body = "[1,2,3]", tag = "\"one\"";
  Answer answer(const UpstreamRequest& request) const {
    if (request.header("if-none-match") == tag) return Answer::of(304).header("ETag", tag);
    return Answer::json(body).header("ETag", tag);
  }
};

struct Unchanged : World {
  testkit::RedisServer redis;
  State state;

  Unchanged() {
    use(redis);
    simple("news", 2);
    become(state);
  }
  // The upstream's threads have a copy of their own.
  void become(const State& now) {
    state = now;
    upstream.on("/news", [now](const UpstreamRequest& request) { return now.answer(request); });
  }
  testkit::Finished once() const { return prewarm({"once", "news", "--json"}); }
  std::string value() const { return redis.value(kKey).value_or(""); }
  std::string payload() const {
    const std::string bytes = value();
    const auto opened = envelope::open(bytes);
    return opened ? std::string(opened->payload) : "no envelope: " + bytes;
  }
  WallTime instant() const { return envelope::read_head(value())->last_updated; }
  std::size_t requests() const { return upstream.requests("/news").size(); }
  std::optional<std::string> last_condition() const {
    return upstream.requests("/news").back().header("if-none-match");
  }
};

}  // namespace

TEST_CASE("a 304 renews instant and life of the stored value, and proves it by a read-back") {
  Unchanged world;
  REQUIRE(outcome_of(world.once()) == "verified");
  CHECK_FALSE(world.last_condition().has_value());
  const WallTime first = world.instant();
  world.redis.command({"PEXPIRE", kKey, "60000"});
  const auto second = world.once();
  CHECK(second.exit_code == 0);
  CHECK(outcome_of(second) == "unchanged");
  CHECK(world.last_condition() == "\"one\"");
  CHECK(world.requests() == 2);
  CHECK(world.instant() > first);
  CHECK(world.payload() == "[1,2,3]");
  CHECK(world.redis.ttl_ms(kKey) > 60'000);
  CHECK(world.pings() == Strings{"/news/start", "/news", "/news/start", "/news"});
  CHECK(members(second.out, "run", "key") == Strings{kKey});
  CHECK(outcome_of(world.once()) == "unchanged");
}

TEST_CASE("Last-Modified serves as well as a tag") {
  Unchanged world;
  const std::string date = "Thu, 26 Nov 2026 10:00:00 GMT";
  world.upstream.on("/news", [date](const UpstreamRequest& request) {
    if (request.header("if-modified-since") == date) return Answer::of(304);
    return Answer::json("[7]").header("Last-Modified", date);
  });
  CHECK(outcome_of(world.once()) == "verified");
  CHECK(outcome_of(world.once()) == "unchanged");
  CHECK(world.payload() == "[7]");
}

TEST_CASE("the same bytes once more are a renewal too, without any validators") {
  Unchanged world;
  world.upstream.on("/news", Answer::json("[1, 2]"));
  CHECK(outcome_of(world.once()) == "verified");
  const WallTime first = world.instant();
  CHECK(outcome_of(world.once()) == "unchanged");
  CHECK(world.instant() > first);
  world.upstream.on("/news", Answer::json("[1,2]"));
  CHECK(outcome_of(world.once()) == "verified");
  CHECK(world.payload() == "[1,2]");
}

TEST_CASE("an answer that differs is written whole") {
  Unchanged world;
  REQUIRE(outcome_of(world.once()) == "verified");
  world.become({"[4]", "\"two\""});
  CHECK(outcome_of(world.once()) == "verified");
  CHECK(world.last_condition() == "\"one\"");
  CHECK(world.payload() == "[4]");
  CHECK(outcome_of(world.once()) == "unchanged");
}

TEST_CASE("a key that another writer replaced is fetched and written whole, at once") {
  Unchanged world;
  REQUIRE(outcome_of(world.once()) == "verified");
  const auto strike = GENERATE(Strings{"SET", kKey, "[]"}, Strings{"DEL", kKey},
                               Strings{"HSET", kKey, "a", "b"}, Strings{"SETRANGE", kKey, "14", "9"});
  if (strike[0] == "HSET") world.redis.command({"DEL", kKey});
  world.redis.command(strike);
  const auto repaired = world.once();
  INFO(repaired.out << repaired.err);
  CHECK(outcome_of(repaired) == "verified");
  CHECK(world.requests() == 2);  // the state was not named at all
  CHECK_FALSE(world.last_condition().has_value());
  CHECK(world.payload() == "[1,2,3]");
}

TEST_CASE("a payload altered behind an intact head is never renewed") {
  Unchanged world;
  REQUIRE(outcome_of(world.once()) == "verified");
  const std::string good = world.value();
  // Same head, same length, one byte of the payload.
  world.redis.command({"SETRANGE", kKey, std::to_string(good.find("[1,2,3]") + 1), "9"});
  REQUIRE(world.payload() == "[9,2,3]");
  const auto repaired = world.once();
  CHECK(outcome_of(repaired) == "verified");
  CHECK(world.requests() == 3);  // a 304, then all of it
  CHECK_FALSE(world.last_condition().has_value());
  CHECK(world.payload() == "[1,2,3]");
  CHECK(outcome_of(world.once()) == "unchanged");
}

TEST_CASE("the same bytes do not renew a payload that was altered either") {
  Unchanged world;
  world.upstream.on("/news", Answer::json("[1,2,3]"));
  REQUIRE(outcome_of(world.once()) == "verified");
  world.redis.command({"SETRANGE", kKey, std::to_string(world.value().find("[1,2,3]") + 1), "9"});
  CHECK(outcome_of(world.once()) == "verified");
  CHECK(world.payload() == "[1,2,3]");
}

TEST_CASE("a 304 about another state is not believed: the next request names none") {
  Unchanged world;
  REQUIRE(outcome_of(world.once()) == "verified");
  world.upstream.on("/news", [](const UpstreamRequest& request) {
    if (request.header("if-none-match")) return Answer::of(304).header("ETag", "\"other\"");
    return Answer::json("[5]").header("ETag", "\"other\"");
  });
  CHECK(outcome_of(world.once()) == "verified");
  CHECK(world.payload() == "[5]");
}

TEST_CASE("a 304 that was not asked for changes nothing") {
  Unchanged world;
  world.upstream.on("/news", Answer::of(304));
  const auto run = world.once();
  CHECK(run.exit_code == 1);
  CHECK(members(run.out, "run", "code") == Strings{"PW535"});
  CHECK(world.value().empty());
}

TEST_CASE("an upstream that calls everything unchanged is found out, and asked for all of it from then on") {
  Unchanged world;
  REQUIRE(outcome_of(world.once()) == "verified");
  world.become({"[1,2,3,4]", world.state.tag});  // and the tag stays
  int runs = 0;
  testkit::Finished last;
  while (outcome_of(last = world.once()) == "unchanged" && runs < 40) ++runs;
  CHECK(members(last.err, "validators.distrusted", "schedule") == Strings{"news"});
  CHECK(runs >= 16);
  CHECK(runs < 32);
  CHECK(world.payload() == "[1,2,3,4]");
  world.become({"[5]", world.state.tag});
  const auto next = world.once();
  CHECK(outcome_of(next) == "verified");
  CHECK(members(next.err, "validators.distrusted", "schedule").empty());  // said once
  CHECK(world.payload() == "[5]");
}

TEST_CASE("no state is named when that is switched off, in a dry run, or after a change") {
  Unchanged world;
  REQUIRE(outcome_of(world.once()) == "verified");
  SECTION("fetch.conditional") {
    world.schedule("news", R"({"schedule":"*/5 * * * *","fetch":{"url":")" + world.upstream.url("/news") +
                               R"(","conditional":false},"store":{"version":2}})");
    CHECK(outcome_of(world.once()) == "verified");
    // The same bytes are a renewal all the same.
    CHECK(outcome_of(world.once()) == "unchanged");
  }
  SECTION("dry run") { CHECK(world.prewarm({"once", "news", "--dry-run", "--json"}).exit_code == 0); }
  SECTION("another shape") {
    world.simple("news", 2, R"(,"shape":{"limit":2})");
    CHECK(outcome_of(world.once()) == "verified");
    CHECK(world.payload() == "[1,2]");
  }
  SECTION("another version") {
    world.simple("news", 3);
    CHECK(outcome_of(world.once()) == "verified");
  }
  SECTION("a header that the schedule sets itself") {
    world.schedule("news", R"({"schedule":"*/5 * * * *","fetch":{"url":")" + world.upstream.url("/news") +
                               R"(","headers":{"If-None-Match":"\"mine\""}},"store":{"version":2}})");
    CHECK(outcome_of(world.once()) == "verified");
    CHECK(world.last_condition() == "\"mine\"");
    return;
  }
  CHECK_FALSE(world.last_condition().has_value());
}

TEST_CASE("a variable that changed makes another value of the same file") {
  Unchanged world;
  world.env["WHO"] = "ann";
  world.schedule("news", R"({"schedule":"*/5 * * * *","fetch":{"url":")" + world.upstream.url("/${WHO}") +
                             R"("},"store":{"version":2}})");
  for (const char* path : {"/ann", "/bob"})
    world.upstream.on(path, [path](const UpstreamRequest& request) {
      if (request.header("if-none-match")) return Answer::of(304).header("ETag", "\"1\"");
      return Answer::json("\"" + std::string(path) + "\"").header("ETag", "\"1\"");
    });
  REQUIRE(outcome_of(world.once()) == "verified");
  REQUIRE(outcome_of(world.once()) == "unchanged");
  world.env["WHO"] = "bob";
  CHECK(outcome_of(world.once()) == "verified");
  CHECK(world.payload() == "\"/bob\"");
}

TEST_CASE("a store user without the rights to renew writes whole, as before") {
  Unchanged world;
  const testkit::RedisServer redis(
      {.users = {"worker on >secret ~* -@all +get +getrange +strlen +set +pttl +eval +evalsha +script|load "
                 "+watch +unwatch +multi +exec +discard +hello +auth +select +client|setname +ping +time "
                 "+role"}});
  world.use(redis);
  world.env["PREWARM_STORE_USER"] = "worker";
  world.env["PREWARM_STORE_PASSWORD"] = "secret";
  REQUIRE(outcome_of(world.once()) == "verified");
  const auto whole = world.once();
  INFO(whole.out << whole.err);
  CHECK(outcome_of(whole) == "verified");
  CHECK(world.requests() == 3);
  CHECK(outcome_of(world.once()) == "verified");
  CHECK(world.requests() == 4);  // once bitten, the next run asks for all of it
  redis.command({"ACL", "SETUSER", "worker", "+setrange", "+pexpire"});
  CHECK(outcome_of(world.once()) == "unchanged");  // the same bytes once more
  CHECK(outcome_of(world.once()) == "unchanged");
  CHECK(world.last_condition() == "\"one\"");
}

TEST_CASE("the rights that the README lists are enough to renew") {
  Unchanged world;
  std::ifstream file(std::string(PREWARM_SOURCE_DIR) + "/README.md");
  const std::string readme((std::istreambuf_iterator<char>(file)), {});
  const std::size_t from = readme.find("-@all +get"), to = readme.find("```", from);
  REQUIRE(to != std::string::npos);
  std::string rights = readme.substr(from, to - from);
  std::replace(rights.begin(), rights.end(), '\n', ' ');
  const testkit::RedisServer redis({.users = {"worker on >secret resetchannels ~* " + rights}});
  world.use(redis);
  world.env["PREWARM_STORE_USER"] = "worker";
  world.env["PREWARM_STORE_PASSWORD"] = "secret";
  REQUIRE(outcome_of(world.once()) == "verified");
  CHECK(outcome_of(world.once()) == "unchanged");
}

TEST_CASE("SQLite renews in place too") {
  Unchanged world;
  world.env["PREWARM_STORE"] = "sqlite:" + (world.dir / "prewarm.db").string();
  const auto stored = [&] { return world.prewarm({"get", "news"}).out; };
  REQUIRE(outcome_of(world.once()) == "verified");
  const std::string first = stored();
  CHECK(outcome_of(world.once()) == "unchanged");
  CHECK(stored() != first);
  CHECK(stored().find("[1,2,3]") != std::string::npos);
  CHECK(world.requests() == 2);
}

TEST_CASE("aliases are renewed with their key, and one that is missing is written again") {
  Unchanged world;
  world.simple("news", 2);
  world.schedule("news", R"({"schedule":"*/5 * * * *","fetch":{"url":")" + world.upstream.url("/news") +
                             R"("},"store":{"version":2,"keys":["{name}:{env}:v{version}",)"
                             R"("other:{env}:v{version}"]}})");
  const std::string alias = "other:production:v2";
  REQUIRE(outcome_of(world.once()) == "verified");
  CHECK(outcome_of(world.once()) == "unchanged");
  CHECK(world.redis.value(alias) == world.redis.value(kKey));
  world.redis.command({"DEL", alias});
  CHECK(outcome_of(world.once()) == "verified");
  CHECK(world.redis.value(alias) == world.redis.value(kKey));
}
