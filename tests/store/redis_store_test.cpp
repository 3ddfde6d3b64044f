// SPDX-License-Identifier: Apache-2.0
// A real server: restarts, roles, memory, busy scripts, stops, databases and other people's values.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <thread>

#include "prewarm/verify/verify.hpp"
#include "store/redis_world.hpp"

using namespace prewarm;
using namespace prewarm::store;
using Answer = run::ReadBack::Answer;
using FoundKind = run::Found::Kind;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string kKey = "recent-listens:test:v3";

run::ReadBack write_now(World& world, Store& store) {
  return write_one(store, entry_at(world.clock().wall_now()), world.soon());
}

Error write_error(World& world, Store& store, BootTime deadline) {
  const auto answer = write_one(store, entry_at(world.clock().wall_now()), deadline);
  REQUIRE(answer.error);
  CHECK(answer.answer == Answer::failed);
  return *answer.error;
}

// Id of the connection in the server's client list that carries our name.
std::string connection_id(RedisWorld& world) {
  const std::string list = world.server().command({"CLIENT", "LIST"}).text;
  const std::size_t name = list.find("name=prewarm:test:worker-1");
  REQUIRE(name != std::string::npos);
  const std::size_t line = list.rfind("id=", name);
  return list.substr(line, list.find(' ', line) - line);
}

}  // namespace

TEST_CASE("the store names its target without credentials and itself in the server's client list") {
  RedisWorld world;
  auto settings = test_settings();
  settings.worker = "worker 1";
  const auto store = world.store_at(world.server().unix_url(), settings);
  CHECK(store->target() == world.server().unix_url() + "?db=0");
  sure(store->probe(world.soon()));
  CHECK_THAT(world.server().command({"CLIENT", "LIST"}).text,
             ContainsSubstring("name=prewarm:test:worker-1 "));
  CHECK(world.value("prewarm:test:probe:worker%201"));
}

TEST_CASE("reading and keeping records write nothing of their own, not even a probe") {
  RedisWorld world;
  const auto store = world.store();
  CHECK(sure(store->read(kKey, 10, true, world.soon())).kind == FoundKind::absent);
  CHECK_FALSE(sure(store->get_record("prewarm:test:x", world.soon())));
  CHECK(world.server().command({"DBSIZE"}).number() == 0);
}

TEST_CASE("values are in the database that the URL names") {
  RedisWorld world({.tcp = true});
  for (const std::string& url : {world.server().unix_url() + "?db=3", world.server().tcp_url() + "/3"}) {
    const auto store = world.store_at(url);
    CHECK(write_now(world, *store).answer == Answer::written);
    CHECK(world.server().value(kKey, 3));
    CHECK_FALSE(world.server().value(kKey, 0));
  }
  const auto none = world.store_at(world.server().tcp_url() + "/99");
  const Error error = write_error(world, *none, world.soon());
  CHECK(error.kind == ErrorKind::refused);
  CHECK_THAT(error.message, ContainsSubstring("no database of that number"));
}

TEST_CASE("a flushed script cache is filled again on the same connection") {
  RedisWorld world;
  const auto store = world.store();
  CHECK(write_now(world, *store).answer == Answer::written);
  const std::string id = connection_id(world);
  world.server().command({"SCRIPT", "FLUSH"});
  const auto entry = entry_at(world.clock().wall_now());
  const auto answer = write_one(*store, entry, world.soon());
  CHECK(answer.answer == Answer::written);
  CHECK(answer.same);
  CHECK(connection_id(world) == id);
}

TEST_CASE("a restarted server is reached again") {
  RedisWorld world({.tcp = true});
  for (const std::string& url : {world.server().unix_url(), world.server().tcp_url()}) {
    const auto store = world.store_at(url);
    CHECK(write_now(world, *store).answer == Answer::written);
    world.server().restart();
    CHECK(write_now(world, *store).answer == Answer::written);
    world.server().kill();
    const Error error = write_error(world, *store, world.clock().boot_now() + Millis(300));
    CHECK(error.kind == ErrorKind::unreachable);
    CHECK(error.retryable);
    CHECK_THAT(error.message, ContainsSubstring(store->target()));
    world.server().start();
    CHECK(write_now(world, *store).answer == Answer::written);
  }
}

TEST_CASE("a server that is not there yet is waited for") {
  RedisWorld world;
  const auto store = world.store();
  world.server().stop();
  run::ReadBack answer;
  std::thread worker([&] { answer = write_now(world, *store); });
  world.server().start();
  worker.join();
  CHECK(answer.answer == Answer::written);
}

TEST_CASE("a stopped server leaves the outcome unknown at the deadline; its late answers reach nobody") {
  RedisWorld world({.tcp = true});
  for (const std::string& url : {world.server().unix_url(), world.server().tcp_url()}) {
    const auto store = world.store_at(url);
    sure(store->probe(world.soon()));
    const std::string id = connection_id(world);
    const auto first = entry_at(world.clock().wall_now());
    world.server().pause();
    const auto start = world.clock().boot_now();
    const auto answer = write_one(*store, first, start + Millis(300));
    CHECK(world.clock().boot_now() - start < std::chrono::seconds(5));
    REQUIRE(answer.error);
    CHECK(answer.error->kind == ErrorKind::no_answer);
    CHECK(store->read(kKey, 10, false, world.clock().boot_now() + Millis(300)).error().kind ==
          ErrorKind::unreachable);
    world.server().resume();
    const auto second = entry_at(world.clock().wall_now() + Millis(1), 3, "\"second\"");
    const auto next = write_one(*store, second, world.soon());
    CHECK(next.answer == Answer::written);
    CHECK(next.same);
    CHECK(connection_id(world) != id);
    CHECK(world.value(kKey) == second.value);
  }
}

TEST_CASE("a replica is not written to, and what it says of order is not believed") {
  RedisWorld world;
  const auto store = world.store();
  const WallTime now = sure(store->time(world.soon()));
  sure(store->probe(world.soon()));
  world.plant(kKey, envelope::seal(3, now + Millis(10'000), "[]"));
  // Demoted on the living connection: its script would answer superseded from the replica's own copy.
  world.server().command({"REPLICAOF", "127.0.0.1", "1"});
  const auto later = write_error(world, *store, world.clock().boot_now() + Millis(300));
  CHECK(later.kind == ErrorKind::not_primary);
  CHECK(later.retryable);
  const auto other = entry_at(now, 3);
  world.server().command({"REPLICAOF", "NO", "ONE"});
  const auto answer = write_one(*store, other, world.soon());
  CHECK(answer.answer == Answer::superseded);

  world.server().command({"REPLICAOF", "127.0.0.1", "1"});
  const auto fresh = world.store();
  const Error error = fresh->read(kKey, 10, false, world.clock().boot_now() + Millis(200)).error();
  CHECK(error.kind == ErrorKind::not_primary);
  CHECK_THAT(error.message, ContainsSubstring("its role is replica"));
}

TEST_CASE("a write that a demoted server refuses goes in when it is primary again, within one call") {
  RedisWorld world;
  const auto store = world.store();
  sure(store->probe(world.soon()));
  world.server().command({"REPLICAOF", "127.0.0.1", "1"});
  run::ReadBack answer;
  std::thread worker([&] { answer = write_now(world, *store); });
  // Until the server has refused it once.
  while (world.server().command({"INFO", "errorstats"}).text.find("READONLY") == std::string::npos) {
  }
  world.server().command({"REPLICAOF", "NO", "ONE"});
  worker.join();
  CHECK(answer.answer == Answer::written);
}

TEST_CASE("a server without memory refuses and keeps what it has") {
  RedisWorld world;
  const auto store = world.store();
  const auto entry = entry_at(world.clock().wall_now());
  REQUIRE(write_one(*store, entry, world.soon()).answer == Answer::written);
  world.server().command({"CONFIG", "SET", "maxmemory", "1"});
  const Error error = write_error(world, *store, world.soon());
  CHECK(error.kind == ErrorKind::refused);
  CHECK_FALSE(error.retryable);
  CHECK_THAT(error.message, ContainsSubstring("no memory left"));
  CHECK(world.value(kKey) == entry.value);
  // It can still be read, also by a process that has just begun.
  CHECK(sure(world.store()->read(kKey, 1000, false, world.soon())).bytes == entry.value);
  CHECK(world.store()->probe(world.soon()).error().kind == ErrorKind::refused);
  world.server().command({"CONFIG", "SET", "maxmemory", "0"});
  CHECK(write_now(world, *store).answer == Answer::written);
}

TEST_CASE("a server with too few replicas refuses") {
  RedisWorld world;
  const auto store = world.store();
  sure(store->probe(world.soon()));
  world.server().command({"CONFIG", "SET", "min-replicas-to-write", "1"});
  const Error error = write_error(world, *store, world.soon());
  CHECK(error.kind == ErrorKind::refused);
  CHECK_THAT(error.message, ContainsSubstring("too few replicas"));
}

TEST_CASE("a server that cannot save to disk refuses") {
  RedisWorld world({.config = {"save 3600 1"}});
  const auto store = world.store();
  sure(store->probe(world.soon()));
  // A folder where the dump should be makes the save fail.
  const auto folder = world.server().socket_path().parent_path() / "dump.rdb";
  std::filesystem::create_directories(folder / "x");
  world.server().command({"BGSAVE"});
  while (world.server().command({"INFO", "persistence"}).text.find("rdb_last_bgsave_status:err") ==
         std::string::npos) {
  }
  const Error error = write_error(world, *store, world.soon());
  CHECK(error.kind == ErrorKind::refused);
  CHECK_THAT(error.message, ContainsSubstring("cannot save to disk"));
}

TEST_CASE("somebody's endless script is waited for") {
  RedisWorld world({.config = {"lua-time-limit 10"}});
  const auto store = world.store();
  sure(store->probe(world.soon()));
  auto endless = world.server().connect();
  auto killer = world.server().connect();
  endless.send({"EVAL", "while true do end", "0"});
  const Error error = write_error(world, *store, world.clock().boot_now() + Millis(600));
  CHECK(error.kind == ErrorKind::refused);
  CHECK_THAT(error.message, ContainsSubstring("somebody's long script"));
  CHECK_FALSE(killer.command({"SCRIPT", "KILL"}).is_error());
  CHECK(write_now(world, *store).answer == Answer::written);
}

TEST_CASE("a server without a connection left is told apart") {
  RedisWorld world;
  auto held = world.server().connect();
  held.command({"CONFIG", "SET", "maxclients", "1"});
  const auto store = world.store();
  const Error error = store->read(kKey, 10, false, world.clock().boot_now() + Millis(300)).error();
  CHECK(error.kind == ErrorKind::unreachable);
  CHECK(error.retryable);
  CHECK_THAT(error.message, ContainsSubstring("maxclients"));
}

TEST_CASE("a later value much longer than ours is met without losing the connection") {
  RedisWorld world;
  const auto store = world.store();
  const WallTime now = sure(store->time(world.soon()));
  const std::string later = envelope::seal(4, now, "\"" + std::string(5 << 20, 'x') + "\"");
  world.plant(kKey, later);
  sure(store->probe(world.soon()));
  const std::string id = connection_id(world);
  const auto entry = entry_at(now);
  const auto answer = write_one(*store, entry, world.soon());
  CHECK(answer.answer == Answer::superseded);
  CHECK(answer.old_length == static_cast<std::int64_t>(later.size()));
  CHECK(answer.found.length == later.size());
  CHECK(answer.found.bytes == later.substr(0, entry.value.size() + 1024));
  CHECK(write_one(*store, entry, world.soon()).answer == Answer::superseded);
  CHECK(connection_id(world) == id);
}

TEST_CASE("a foreign value of more than any of ours is replaced, or left with the outcome unknown") {
  RedisWorld world;
  const auto store = world.store();
  const WallTime now = sure(store->time(world.soon()));
  const auto entry = entry_at(now);
  world.server().command({"SETRANGE", kKey, "73400320", "x"});
  CHECK(sure(store->read(kKey, 100, false, world.soon())).length == 73'400'321);
  auto answer = write_one(*store, entry, world.soon());
  CHECK(answer.answer == Answer::written);
  CHECK(answer.old_length == 73'400'321);
  // A head of a newer version before it: nothing is written, and the read-back would be all of it.
  world.plant(kKey, envelope::seal(4, now, "1"));
  world.server().command({"SETRANGE", kKey, "73400320", "x"});
  answer = write_one(*store, entry, world.soon());
  CHECK(answer.answer == Answer::failed);
  REQUIRE(answer.error);
  CHECK(answer.error->kind == ErrorKind::no_answer);
  CHECK(verify::Judge::resolve(entry, sure(store->read(kKey, 1000, false, world.soon())), now).error->kind ==
        ErrorKind::newer_version);
}

TEST_CASE("a value without TTL is read as such and gets one when it is replaced") {
  RedisWorld world;
  const auto store = world.store();
  world.plant(kKey, "[]");
  CHECK_FALSE(sure(store->read(kKey, 10, true, world.soon())).ttl);
  CHECK(write_now(world, *store).answer == Answer::written);
  CHECK(sure(store->read(kKey, 10, true, world.soon())).ttl);
}

TEST_CASE("a record of another type counts as lost and is replaced") {
  RedisWorld world;
  const auto store = world.store();
  world.plant_other_type("prewarm:test:x");
  CHECK_FALSE(sure(store->get_record("prewarm:test:x", world.soon())));
  sure(store->put_record("prewarm:test:x", "{}", std::chrono::minutes(1), world.soon()));
  CHECK(sure(store->get_record("prewarm:test:x", world.soon())) == "{}");
  CHECK(world.ttl("prewarm:test:x") > Millis(50'000));
}

TEST_CASE("a port that nobody listens on, and one that swallows everything, are unreachable in time") {
  const auto clock = make_system_clock();
  const auto error_at = [&](const std::string& url) {
    const auto store = sure(make_store(Secret(url), test_settings(), *clock));
    const auto start = clock->boot_now();
    const Error error = store->read(kKey, 10, false, start + Millis(400)).error();
    CHECK(clock->boot_now() - start < std::chrono::seconds(5));
    CHECK(error.kind == ErrorKind::unreachable);
    return error.message;
  };
  CHECK_THAT(error_at("redis://127.0.0.1:" + std::to_string(testkit::free_port())),
             ContainsSubstring("Connection refused"));
  CHECK_THAT(error_at("redis+unix:///no/such/socket"), ContainsSubstring("No such file or directory"));
  const auto silent = testkit::listen_on_loopback();
  CHECK_THAT(error_at("redis://127.0.0.1:" + std::to_string(testkit::local_port(silent))),
             ContainsSubstring("in time"));
  CHECK_THAT(error_at("redis://no-such-host.invalid"), ContainsSubstring("no-such-host.invalid"));
}
