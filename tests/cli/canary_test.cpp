// SPDX-License-Identifier: Apache-2.0
// A canary in every input that may be secret; then all that comes out is searched: what commands print, in
// both forms and with debug lines, what is stored, beside it too, and what pings carry but the URL they go
// to.
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <iterator>

#include "cli/world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using testkit::UpstreamRequest;
using Strings = std::vector<std::string>;

namespace {

constexpr std::string_view kCanary = "cAnArY";
const Strings kPlaces{"route", "query", "header", "body", "list", "token", "ping", "base"};

std::string canary(const std::string& place) {
  return std::string(kCanary) + "-" + place + "-of-some-length";
}

bool sings(const std::string& text) { return text.find(kCanary) != std::string::npos; }

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

struct Aviary : World {
  testkit::RedisServer redis{{.tcp = true,
                              .users = {"worker on >" + canary("password") + " ~* +@all"},
                              .config = {"appendonly yes"}}};

  Aviary() {
    for (const std::string& place : kPlaces) env[name_of(place)] = canary(place);
    env["PING"] = sink.url("/" + canary("ping"));
    env["BASE"] = upstream.url("/" + canary("base"));
    from_file("BODY", canary("body"));  // and one that the shell does not know
    schedules();
    answers();
    in_redis();
  }
  ~Aviary() { upstream.stop(); }
  Aviary(const Aviary&) = delete;
  Aviary& operator=(const Aviary&) = delete;

  static std::string name_of(const std::string& place) {
    std::string name;
    for (const char c : place) name += static_cast<char>(c - 'a' + 'A');
    return name;
  }
  void from_file(const std::string& variable, const std::string& value) {
    dir.write(variable, value + "\n");
    env.erase(variable);
    env[variable + "_FILE"] = (dir / variable).string();
  }
  void in_redis() {
    env["PREWARM_STORE"] =
        "redis://worker:" + canary("password") + "@127.0.0.1:" + std::to_string(redis.port());
  }
  void in_redis_by_file() {
    env["PREWARM_STORE"] = redis.tcp_url();
    env["PREWARM_STORE_USER"] = "worker";
    from_file("PREWARM_STORE_PASSWORD", canary("password"));
  }
  void in_sqlite() { env["PREWARM_STORE"] = "sqlite:" + (dir / "cache.db").string(); }

  void schedules() const {
    const std::string end = R"("store":{"version":1},"heartbeat":")";
    schedule(
        "get",
        R"({"schedule":"@hourly","timeout":"1s","fetch":{"timeout":"500ms","retries":1,"conditional":true,"url":")" +
            upstream.url("/get/") +
            R"(${ROUTE}?a=${QUERY}","query":{"b":"${QUERY}"},"headers":{"authorization":"Bearer ${HEADER}"}},)" +
            end + R"(${PING}"})");
    schedule(
        "post",
        R"({"schedule":"@hourly","timeout":"1s","fetch":{"timeout":"500ms","retries":0,"url":"${BASE}/post","method":"POST",)"
        R"("body":{"key":"${BODY}"},"headers":{"x-api-key":"${HEADER}"}},)" +
            end + sink.url("/ping") + R"(?key=${PING}"})");
    schedule(
        "fan",
        R"({"schedule":"@hourly","timeout":"1s","fetch":{"timeout":"500ms","retries":0,"url":")" +
            upstream.url("/fan/${ROUTE}/{id}") + R"("},"fanout":{"ids":{"url":")" +
            upstream.url("/ids?key=${LIST}") +
            R"(","headers":{"authorization":"Bearer ${TOKEN}"}}},"store":{"version":1,"keys":["fan:{env}:{id}:v{version}"]},)" +
            R"("heartbeat":"${PING}"})");
  }
  void answers() {
    upstream.otherwise([](const UpstreamRequest& request) {
      if (request.path() == "/ids") return Answer::json(R"(["a","b"])");
      if (request.path().find("/fan/") == 0)
        return Answer::json(R"({"id":")" + request.path().substr(request.path().size() - 1) + R"("})");
      return Answer::json(R"({"value":[1]})").header("etag", "\"1\"");
    });
  }
  // Whatever it is asked, it says back, as a debug page of an upstream does.
  void echoes(int status) {
    upstream.otherwise([status](const UpstreamRequest& request) {
      return Answer::of(status, "{\"" + request.head + request.body, "application/json")
          .header("location", request.target)
          .header("link", "<" + request.target + ">; rel=\"next\"")
          .header("retry-after", request.target)
          .header("etag", request.header("authorization").value_or("none"))
          .header("x-ratelimit-remaining", request.target);
    });
  }

  // Everything that a command says, and what is left behind it.
  std::string said_by(const Strings& arguments) const {
    std::string all;
    for (const char* format : {"json", "human"}) {
      Strings words = arguments;
      for (const char* word : {"--log-level", "debug", "--log-format", format}) words.emplace_back(word);
      const auto done = prewarm(words);
      INFO(done.err);
      CHECK_FALSE(done.timed_out);
      all += done.out + done.err;
    }
    return all;
  }
  std::string stored() const {
    std::string all;
    for (const char* file : {"cache.db", "cache.db-journal"}) all += bytes_of(dir / file);
    for (const testkit::Reply& key : redis.command({"KEYS", "*"}).items) {
      all += key.text + "\n";
      if (redis.command({"TYPE", key.text}).text == "string")
        all += redis.value(key.text).value_or("") + "\n";
      if (redis.command({"TYPE", key.text}).text == "hash")
        for (const testkit::Reply& word : redis.command({"HGETALL", key.text}).items) all += word.text + "\n";
    }
    return all;
  }
  std::string pinged() const {
    std::string all;
    for (const UpstreamRequest& ping : sink.requests()) {
      all += ping.body + "\n";
      for (const auto& [name, value] : ping.headers) all += name + ": " + value + "\n";
    }
    return all;
  }
  // All that upstream and heartbeat service were sent.
  std::string asked() const {
    std::string all;
    for (const auto* server : {&upstream, &sink})
      for (const UpstreamRequest& request : server->requests()) all += request.head + request.body;
    return all;
  }
};

const std::vector<Strings> kEvery{
    {"once", "--all"},
    {"once", "--all", "--json"},
    {"once", "get", "--dry-run"},
    {"check", "-v"},
    {"check", "--online"},
    {"check", "--json"},
    {"get", "get"},
    {"next", "get"},
    {"get", "get", "--meta"},
};
const std::vector<Strings> kRun{{"once", "--all"}};
const std::vector<Strings> kRunAndCheck{{"once", "--all"}, {"check", "--online", "-v"}};

void check_silence(const Aviary& world, const std::vector<Strings>& commands) {
  for (const Strings& command : commands) {
    std::string line;
    for (const std::string& word : command) line += " " + word;
    const std::string said = world.said_by(command);
    INFO("prewarm" << line << "\n" << said);
    CHECK_FALSE(sings(said));
  }
  const std::string stored = world.stored(), pinged = world.pinged();
  INFO(stored << pinged);
  CHECK_FALSE(sings(stored));
  CHECK_FALSE(sings(pinged));
}

}  // namespace

TEST_CASE("no secret is in what is printed, stored or pinged when all goes well") {
  Aviary world;
  SECTION("in Redis, by its URL") {}
  SECTION("in Redis, by a file") { world.in_redis_by_file(); }
  SECTION("in SQLite") { world.in_sqlite(); }
  CHECK(world.prewarm({"once", "--all"}).exit_code == 0);
  for (const std::string& place : kPlaces) {
    INFO(place);
    CHECK(world.asked().find(canary(place)) != std::string::npos);  // it did go where it belongs
  }
  CHECK_FALSE(world.pinged().empty());
  CHECK(world.stored().size() > 100);
  check_silence(world, kEvery);
}

TEST_CASE("no secret is in what is told of an upstream that fails and repeats what it was sent") {
  Aviary world;
  for (const int status : {200, 302, 304, 401, 429, 500}) {
    INFO(status);
    world.echoes(status);
    check_silence(world, kRun);
  }
}

TEST_CASE("no secret is in what is told of an upstream that cannot be reached") {
  Aviary world;
  world.env["BASE"] = "http://127.0.0.1:1/" + canary("base");
  SECTION("refused, and the pings as well") { world.env["PING"] = "http://127.0.0.1:1/" + canary("ping"); }
  SECTION("no TLS there") {
    world.env["BASE"] = "https" + world.upstream.url("/" + canary("base")).substr(4);
  }
  SECTION("no such name") { world.env["BASE"] = "http://no-such-host.invalid/" + canary("base"); }
  SECTION("no answer") {
    world.upstream.otherwise([](const UpstreamRequest&) { return Answer::raw(""); });
  }
  check_silence(world, kRun);
}

TEST_CASE("no secret is in what is told of a store that refuses") {
  Aviary world;
  const std::string place = "@127.0.0.1:" + std::to_string(world.redis.port());
  const std::string wrong = std::string(kCanary) + "-of-yesterday";
  SECTION("the password") { world.env["PREWARM_STORE"] = "redis://worker:" + wrong + place; }
  SECTION("the user") { world.env["PREWARM_STORE"] = "redis://" + wrong + "x:" + wrong + "@127.0.0.1:1"; }
  SECTION("a port that is none") { world.env["PREWARM_STORE"] = "redis://worker:" + wrong + "@127.0.0.1:x"; }
  SECTION("a slash in the password") { world.env["PREWARM_STORE"] = "redis://worker:a/" + wrong + place; }
  SECTION("an at sign in the password") { world.env["PREWARM_STORE"] = "redis://worker:a@" + wrong + place; }
  SECTION("another scheme") { world.env["PREWARM_STORE"] = "postgres://worker:" + wrong + place; }
  SECTION("TLS where there is none") { world.env["PREWARM_STORE"] = "rediss://worker:" + wrong + place; }
  SECTION("a line end in the file") {
    world.in_redis_by_file(), world.from_file("PREWARM_STORE_PASSWORD", wrong + "\n" + wrong);
  }
  check_silence(world, kRunAndCheck);
}

TEST_CASE("no secret is in what is told of variables that cannot be used") {
  Aviary world;
  for (const char* odd : {"\n", "\x01", "\xff", "\"", "${ROUTE}", " ", "%zz", "@", "#"}) {
    for (const std::string& place : kPlaces) {
      if (place == "ping" || place == "base") continue;
      world.env.erase(Aviary::name_of(place) + "_FILE");
      world.env[Aviary::name_of(place)] = canary(place) + odd + canary(place);
    }
    world.env["PING"] = "http://user:" + canary("ping") + odd + "@127.0.0.1/" + canary("ping");
    world.env["BASE"] = "http://user:" + canary("base") + odd + "@127.0.0.1/" + canary("base");
    check_silence(world, kRunAndCheck);
  }
}
