// SPDX-License-Identifier: Apache-2.0
// A fan-out that asks only for what is newer: ids that are unchanged are renewed in place, and those whose
// stored value is not what we wrote are asked for once more and written whole.
#include <catch2/catch_test_macros.hpp>

#include <mutex>
#include <set>

#include "cli/fanout_world.hpp"
#include "prewarm/envelope/envelope.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using testkit::UpstreamRequest;
using Strings = std::vector<std::string>;

namespace {

// Users of one GET each, with a tag that tells their edition.
struct Users : World {
  static constexpr std::size_t kCount = 300;
  testkit::RedisServer redis;
  std::mutex mutex;
  std::set<std::string> fresh;  // those of the second edition
  std::set<std::string> broken;
  std::string borrowed;  // an id that calls itself like user 1

  explicit Users(const std::string& more = "") {
    use(redis);
    Strings ids;
    for (std::size_t i = 0; i < kCount; ++i) ids.push_back(id(i));
    schedule("users", R"({"schedule":"@hourly","fetch":{"retries":0,"url":")" + upstream.url("/u/{id}") +
                          R"("},"fanout":{"ids":)" + json_list(ids) + R"(},"store":{"version":1)" + more +
                          R"(,"keys":["users:{env}:{id}:v{version}","names:{env}:{/name}:v{version}"]}})");
    upstream.otherwise([this](const UpstreamRequest& request) { return answer(request); });
  }
  ~Users() { upstream.stop(); }  // before what its threads read
  Users(const Users&) = delete;
  Users& operator=(const Users&) = delete;
  void add(std::set<std::string>& to, std::size_t number) {
    const std::lock_guard lock(mutex);
    to.insert(id(number));
  }
  static std::string id(std::size_t number) { return "user" + std::to_string(number); }
  static std::string key(std::size_t number) { return "users:production:" + id(number) + ":v1"; }
  static std::string alias(std::size_t number) { return "names:production:" + id(number) + "-name:v1"; }

  Answer answer(const UpstreamRequest& request) {
    const std::string id = request.path().substr(3);
    const std::lock_guard lock(mutex);
    if (broken.count(id) == 1) return Answer::of(500);
    const std::string edition = fresh.count(id) == 1 ? "2" : "1";
    const std::string name = id == borrowed ? Users::id(1) : id;
    const std::string tag = "\"" + id + name + edition + "\"";
    if (request.header("if-none-match") == tag) return Answer::of(304).header("ETag", tag);
    return Answer::json(body(name, edition)).header("ETag", tag);
  }
  static std::string body(const std::string& id, const std::string& edition) {
    return R"({"name":")" + id + R"(-name","edition":)" + edition + "}";
  }
  testkit::Finished once() { return prewarm({"once", "users", "--json"}); }
  std::string payload(const std::string& key) const {
    const std::string bytes = redis.value(key).value_or("");
    const auto opened = envelope::open(bytes);
    return opened ? std::string(opened->payload) : "no envelope: " + bytes;
  }
  // Of the requests since the last call: how many named a state, and how many did not.
  std::pair<std::size_t, std::size_t> asked() {
    std::pair<std::size_t, std::size_t> counts;
    const auto all = upstream.requests();
    for (std::size_t i = seen_; i < all.size(); ++i)
      ++(all[i].header("if-none-match") ? counts.first : counts.second);
    seen_ = all.size();
    return counts;
  }
  std::size_t wrong_values() {
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < kCount; ++i)
      for (const std::string& key : {key(i), alias(i)})
        if (payload(key) != body(id(i), fresh.count(id(i)) == 1 ? "2" : "1")) ++wrong;
    return wrong;
  }

 private:
  std::size_t seen_ = 0;
};

using Asked = std::pair<std::size_t, std::size_t>;

}  // namespace

TEST_CASE("a fan-out in which nothing changed is renewed in place, key and alias") {
  Users world;
  const auto first = world.once();
  INFO(first.out << first.err);
  REQUIRE(of_run(first, "outcome") == "verified");
  CHECK(world.asked() == Asked{0, Users::kCount});
  const auto before = envelope::read_head(*world.redis.value(Users::key(7)))->last_updated;
  world.redis.command({"PEXPIRE", Users::key(7), "60000"});
  const auto second = world.once();
  INFO(second.out << second.err);
  CHECK(second.exit_code == 0);
  CHECK(of_run(second, "outcome") == "unchanged");
  CHECK(of_run(second, "keys_written") == "600");
  CHECK(of_run(second, "ids_unchanged") == "300");
  CHECK(world.asked() == Asked{Users::kCount, 0});
  CHECK(envelope::read_head(*world.redis.value(Users::key(7)))->last_updated > before);
  CHECK(world.redis.ttl_ms(Users::key(7)) > 60'000);
  CHECK(world.wrong_values() == 0);
  CHECK(of_run(world.once(), "outcome") == "unchanged");
}

TEST_CASE("what changed upstream is written, what did not is renewed") {
  Users world;
  REQUIRE(of_run(world.once(), "outcome") == "verified");
  for (std::size_t i = 0; i < Users::kCount; i += 7) world.add(world.fresh, i);
  world.asked();
  const auto mixed = world.once();
  CHECK(of_run(mixed, "outcome") == "verified");
  CHECK(of_run(mixed, "ids_unchanged") == "257");
  CHECK(world.asked() == Asked{Users::kCount, 0});
  CHECK(world.wrong_values() == 0);
  CHECK(of_run(world.once(), "outcome") == "unchanged");
}

TEST_CASE("keys that others changed are asked for whole, in the same run") {
  Users world;
  REQUIRE(of_run(world.once(), "outcome") == "verified");
  world.asked();
  world.redis.command({"SET", Users::key(1), "[]"});
  world.redis.command({"DEL", Users::key(2)});
  world.redis.command({"DEL", Users::alias(3)});
  // Behind an intact head, of the same length: seen only when the value is read.
  const std::string good = *world.redis.value(Users::key(4));
  world.redis.command({"SETRANGE", Users::key(4), std::to_string(good.size() - 3), "9"});
  const auto repaired = world.once();
  INFO(repaired.out << repaired.err);
  CHECK(of_run(repaired, "outcome") == "verified");
  CHECK(of_run(repaired, "ids_returned") == "300");
  CHECK(world.asked() == Asked{Users::kCount - 3, 4});
  CHECK(world.wrong_values() == 0);
  CHECK(of_run(world.once(), "outcome") == "unchanged");
}

TEST_CASE("ids that fail keep their old value; with staleIfError it lives longer") {
  Users world(R"(,"ttl":"4h","staleIfError":"2d")");
  REQUIRE(of_run(world.once(), "outcome") == "verified");
  for (const std::size_t number : {5U, 6U}) world.add(world.broken, number);
  const auto run = world.once();
  CHECK(run.exit_code == 3);
  CHECK(of_run(run, "outcome") == "partial");
  CHECK(world.redis.ttl_ms(Users::key(5)) > 47LL * 3'600'000);
  CHECK(world.redis.ttl_ms(Users::key(6)) > 47LL * 3'600'000);
  CHECK(world.redis.ttl_ms(Users::key(7)) <= 4LL * 3'600'000);
  CHECK(world.wrong_values() == 0);
}

TEST_CASE("a fan-out on SQLite is renewed in place too") {
  Users world;
  world.env["PREWARM_STORE"] = "sqlite:" + (world.dir / "prewarm.db").string();
  REQUIRE(of_run(world.once(), "outcome") == "verified");
  CHECK(of_run(world.once(), "outcome") == "unchanged");
}

TEST_CASE("an alias that another record's renewal has taken is not written over") {
  Users world;
  REQUIRE(of_run(world.once(), "outcome") == "verified");
  {
    const std::lock_guard lock(world.mutex);
    world.borrowed = Users::id(200);  // asked for long after user 1
  }
  const auto run = world.once();
  INFO(run.out << run.err);
  CHECK(run.exit_code == 3);
  CHECK(of_run(run, "code") == "PW606");
  CHECK(world.wrong_values() == 0);
}

TEST_CASE("a fan-out whose user may not renew writes whole, and names no state the next time") {
  Users world;
  const testkit::RedisServer redis(
      {.users = {"worker on >secret ~* -@all +get +getrange +strlen +set +pttl +eval +evalsha +script|load "
                 "+watch +unwatch +multi +exec +discard +hello +auth +select +client|setname +ping +time "
                 "+role"}});
  world.use(redis);
  world.env["PREWARM_STORE_USER"] = "worker";
  world.env["PREWARM_STORE_PASSWORD"] = "secret";
  REQUIRE(of_run(world.once(), "outcome") == "verified");
  world.asked();
  CHECK(of_run(world.once(), "outcome") == "verified");
  CHECK(world.asked() == Asked{Users::kCount, Users::kCount});
  CHECK(of_run(world.once(), "outcome") == "verified");
  CHECK(world.asked() == Asked{0, Users::kCount});
}

TEST_CASE("values that nobody came to before the deadline live longer too") {
  Users world(R"(,"ttl":"4h","staleIfError":"2d")");
  REQUIRE(of_run(world.once(), "outcome") == "verified");
  world.schedule("users", R"({"schedule":"@hourly","timeout":"1s","fetch":{"retries":0,"url":")" +
                              world.upstream.url("/u/{id}") + R"("},"fanout":{"ids":)" +
                              json_list({Users::id(1), Users::id(250)}) +
                              R"(},"store":{"version":1,"ttl":"4h","staleIfError":"2d",)"
                              R"("keys":"users:{env}:{id}:v{version}"}})");
  const auto stalled = std::make_shared<testkit::Gate>();
  world.upstream.otherwise([stalled](const UpstreamRequest&) { return Answer::json("1").wait_for(stalled); });
  CHECK(world.once().exit_code == 1);
  CHECK(world.redis.ttl_ms(Users::key(1)) > 47LL * 3'600'000);
  CHECK(world.redis.ttl_ms(Users::key(250)) > 47LL * 3'600'000);
  stalled->open();
}
