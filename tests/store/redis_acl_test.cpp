// SPDX-License-Identifier: Apache-2.0
// Logins and rights: the worker's user as the manual prints it, and what is said when something of it is
// missing.
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "store/redis_script.hpp"
#include "store/redis_world.hpp"

using namespace prewarm;
using namespace prewarm::store;
using Answer = run::ReadBack::Answer;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string kKey = "recent-listens:test:v3";
const std::string kRights =
    "resetchannels -@all +get +getrange +strlen +set +setrange +pexpire +pttl +eval +evalsha +script|load "
    "+watch "
    "+unwatch +multi +exec +discard +sscan +hello +auth +select +client|setname +ping +time +role +info";
const std::string kUser = "worker on >hunter2 ~prewarm:test:* ~recent-listens:test:v3 " + kRights;

StoreSettings as_worker() {
  auto settings = test_settings();
  settings.user = "worker";
  settings.password = Secret("hunter2");
  return settings;
}

struct AclWorld : RedisWorld {
  AclWorld() : RedisWorld({.users = {kUser}}) {}
  std::unique_ptr<Store> worker() { return store_at(server().unix_url(), as_worker()); }
  void set_user(const std::vector<std::string>& rules) {
    std::vector<std::string> words{"ACL", "SETUSER", "worker"};
    words.insert(words.end(), rules.begin(), rules.end());
    if (server().command(words).is_error()) throw std::runtime_error("ACL SETUSER failed");
  }
};

Error error_of(World& world, Store& store) {
  const auto answer = write_one(store, entry_at(world.clock().wall_now()), world.soon());
  REQUIRE(answer.error);
  CHECK_THAT(answer.error->message + answer.error->remedy, !ContainsSubstring("hunter2"));
  return *answer.error;
}

}  // namespace

TEST_CASE("a user with exactly the printed rights can do all that the store does") {
  AclWorld world;
  const auto store = world.worker();
  sure(store->probe(world.soon()));
  const WallTime now = sure(store->time(world.soon()));
  CHECK(write_one(*store, entry_at(now), world.soon()).answer == Answer::written);
  world.plant(kKey, std::string(200, 'x'));
  CHECK(write_one(*store, entry_at(now), world.soon()).answer == Answer::written);
  world.server().command({"SCRIPT", "FLUSH"});
  CHECK(write_one(*store, entry_at(now + Millis(1)), world.soon()).answer == Answer::written);
  CHECK(write_one(*store, entry_at(now), world.soon()).answer == Answer::superseded);
  CHECK(sure(store->read(kKey, 10, true, world.soon())).ttl);
  std::array window{entry_at(now + Millis(2)), entry_at(now + Millis(2))};
  window[1].key = "prewarm:test:y";
  for (const auto& answer : store->write(window, kMaxAge, world.soon()))
    CHECK(answer.answer == Answer::written);
  CHECK_THAT(world.server().command({"INFO", "commandstats"}).text,
             ContainsSubstring("cmdstat_exec:calls=1,"));
  world.server().command({"SADD", "prewarm:test:ids", "a"});
  IdList ids;
  sure(store->read_set("prewarm:test:ids", ids, world.soon()));
  sure(store->put_record("prewarm:test:x", "{}", std::chrono::minutes(1), world.soon()));
  CHECK(sure(store->get_record("prewarm:test:x", world.soon())));
}

TEST_CASE("a missing right is named when the store is probed or read, and no value is touched") {
  struct Row {
    const char* right;
    const char* command;
  };
  for (const Row& row : {Row{"-evalsha", "EVALSHA"}, Row{"-getrange", "GETRANGE"}, Row{"-set", "SET"},
                         Row{"-get", "GET"}, Row{"-role", "ROLE"}, Row{"-time", "TIME"}}) {
    CAPTURE(row.right);
    AclWorld world;
    world.plant(kKey, "[]");
    world.set_user({row.right});
    const auto store = world.worker();
    const auto error = store->probe(world.soon()).error();
    CHECK(error.kind == ErrorKind::store_auth);
    CHECK_FALSE(error.retryable);
    CHECK_THAT(error.message, ContainsSubstring(std::string(row.command) + " to user \"worker\""));
    CHECK_THAT(error.remedy, ContainsSubstring("rights that the README lists"));
    CHECK(error_of(world, *store).kind == ErrorKind::store_auth);
    CHECK(world.value(kKey) == "[]");
  }
}

TEST_CASE("the right to STRLEN is missed at the first long value, which stays") {
  AclWorld world;
  world.set_user({"-strlen"});
  const auto store = world.worker();
  CHECK(write_one(*store, entry_at(world.clock().wall_now()), world.soon()).answer == Answer::written);
  const std::string foreign(200, 'x');
  world.plant(kKey, foreign);
  CHECK_THAT(error_of(world, *store).message, ContainsSubstring("STRLEN to user \"worker\""));
  CHECK(world.value(kKey) == foreign);
}

TEST_CASE("a user without the right to name connections is no trouble") {
  AclWorld world;
  world.set_user({"-client|setname"});
  sure(world.worker()->probe(world.soon()));
}

TEST_CASE("one key outside the user's rights costs that key alone") {
  AclWorld world;
  const auto store = world.worker();
  std::vector<run::Entry> entries;
  for (const char* key : {"recent-listens:test:v3", "recent-listens:staging:v3", "prewarm:test:a"}) {
    entries.push_back(entry_at(world.clock().wall_now()));
    entries.back().key = key;
  }
  const auto answers = store->write(entries, kMaxAge, world.soon());
  CHECK(answers[0].answer == Answer::written);
  REQUIRE(answers[1].error);
  CHECK(answers[1].error->kind == ErrorKind::store_auth);
  CHECK_THAT(answers[1].error->message,
             ContainsSubstring("EVALSHA to user \"worker\" for the key recent-listens:staging:v3 (NOPERM"));
  CHECK(answers[1].error->remedy == "add ~recent-listens:staging:v3 to the keys of that user, on every node");
  CHECK(answers[2].answer == Answer::written);
  CHECK_FALSE(world.value("recent-listens:staging:v3"));
}

TEST_CASE("a key outside the user's rights is named with the pattern that is missing") {
  AclWorld world;
  const auto store = world.worker();
  const auto read = store->read("shakes:test:v1", 80, true, world.soon()).error();
  CHECK(read.kind == ErrorKind::store_auth);
  CHECK_THAT(read.message, ContainsSubstring("PTTL to user \"worker\" for the key shakes:test:v1 (NOPERM"));
  CHECK(read.remedy == "add ~shakes:test:v1 to the keys of that user, on every node");
  world.set_user({"resetkeys", "~recent-listens:test:v3"});
  for (const Error& error :
       {store->probe(world.soon()).error(),
        store->get_record("prewarm:test:schedule:x:v1", world.soon()).error(),
        store->put_record("prewarm:test:schedule:x:v1", "{}", std::chrono::minutes(1), world.soon())
            .error()}) {
    CHECK_THAT(error.message, ContainsSubstring("for the key prewarm:test:"));
    CHECK(error.remedy == "add ~prewarm:test:* to the keys of that user, on every node");
  }
  world.set_user({"~prewarm:test:*", "-pttl"});
  const auto command = store->read(kKey, 80, true, world.soon()).error();
  CHECK_THAT(command.message, !ContainsSubstring("for the key"));
  CHECK_THAT(command.remedy, ContainsSubstring("rights that the README lists"));
}

TEST_CASE("in the strict form the operator loads the script, on every start") {
  AclWorld world;
  world.set_user({"-eval", "-script|load"});
  const auto store = world.worker();
  const auto error = store->probe(world.soon()).error();
  CHECK(error.kind == ErrorKind::store_auth);
  CHECK_THAT(error.message, ContainsSubstring(write_script().hash));
  CHECK_THAT(error.message, ContainsSubstring(store->target()));
  CHECK_THAT(error.message, ContainsSubstring("user \"worker\""));

  const auto loaded = world.server().command({"SCRIPT", "LOAD", std::string(write_script().text)});
  CHECK(loaded.text == write_script().hash);
  const auto now = world.clock().wall_now();
  CHECK(write_one(*store, entry_at(now), world.soon()).answer == Answer::written);

  world.server().command({"SCRIPT", "FLUSH"});
  CHECK_THAT(error_of(world, *store).message, ContainsSubstring(write_script().hash));
  world.server().command({"SCRIPT", "LOAD", std::string(write_script().text)});
  CHECK(write_one(*store, entry_at(now), world.soon()).answer == Answer::written);
}

TEST_CASE("a login that is wrong, missing or not wanted is told apart and not tried again") {
  AclWorld world;
  world.server().command({"CONFIG", "SET", "requirepass", "other"});
  const auto error_with = [&](const std::string& user, const std::string& password) {
    auto settings = test_settings();
    settings.user = user;
    settings.password = Secret(password);
    const auto start = world.clock().boot_now();
    const auto store = world.store_at(world.server().unix_url(), settings);
    const Error error = error_of(world, *store);
    CHECK(error.kind == ErrorKind::store_auth);
    REQUIRE(world.clock().boot_now() - start < std::chrono::seconds(5));
    return error.message;
  };
  CHECK_THAT(error_with("worker", "wrong"), ContainsSubstring("refused the login (WRONGPASS"));
  CHECK_THAT(error_with("nobody", "hunter2"), ContainsSubstring("refused the login (WRONGPASS"));
  CHECK_THAT(error_with("", "wrong"), ContainsSubstring("refused the login (WRONGPASS"));
  CHECK_THAT(error_with("", ""), ContainsSubstring("wants a login (NOAUTH"));
  world.server().command({"CONFIG", "SET", "requirepass", ""});
  CHECK_THAT(error_with("", "hunter2"), ContainsSubstring("takes no password"));
}

TEST_CASE("user and password come from the URL, or from the settings, which win") {
  RedisWorld world({.tcp = true, .users = {"worker on >p@ss:w%rd ~* +@all"}});
  const std::string place = "127.0.0.1:" + std::to_string(world.server().port());
  sure(world.store_at("redis://worker:p%40ss%3Aw%25rd@" + place)->probe(world.soon()));
  auto settings = test_settings();
  settings.password = Secret("p@ss:w%rd");
  const auto store = world.store_at("redis://worker:wrong@" + place, settings);
  sure(store->probe(world.soon()));
  CHECK(store->target() == "redis://" + place + "/0");
  settings.user = "worker";
  sure(world.store_at("redis://" + place, settings)->probe(world.soon()));
}

TEST_CASE("a password that was replaced in its file is read again when a login is refused") {
  AclWorld world;
  auto settings = as_worker();
  int asked = 0;
  settings.reread_login = [&] {
    ++asked;
    return store::StoreLogin{settings.user, Secret("fresh")};
  };
  const auto store = world.store_at(world.server().unix_url(), settings);
  sure(store->probe(world.soon()));
  CHECK(asked == 0);
  world.set_user({"resetpass", ">fresh"});
  store->close();
  sure(store->probe(world.soon()));
  CHECK(asked == 1);
  world.set_user({"resetpass", ">third"});
  store->close();
  CHECK(store->probe(world.soon()).error().kind == ErrorKind::store_auth);
  CHECK(asked == 2);
}

TEST_CASE("a set of ids needs its key and SSCAN, and says which of them is missing") {
  AclWorld world;
  world.server().command({"SADD", "experts:test", "a"});
  const auto store = world.worker();
  IdList ids;
  const Error key = store->read_set("experts:test", ids, world.soon()).error();
  CHECK(key.kind == ErrorKind::store_auth);
  CHECK_THAT(key.message, ContainsSubstring("SSCAN to user \"worker\" for the key experts:test"));
  world.set_user({"%R~experts:test"});
  sure(store->read_set("experts:test", ids, world.soon()));
  CHECK(ids.size() == 1);
  world.set_user({"-sscan"});
  CHECK_THAT(store->read_set("experts:test", ids, world.soon()).error().message,
             ContainsSubstring("SSCAN to user \"worker\" (NOPERM"));
}
