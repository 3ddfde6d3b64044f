// SPDX-License-Identifier: Apache-2.0
// Ids from a Redis set: windows of SSCAN, sets that come whole, and what is no set of ids.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <set>

#include "store/fake_redis.hpp"
#include "store/redis_set.hpp"
#include "store/redis_world.hpp"
#include "store/sqlite_world.hpp"

using namespace prewarm;
using namespace prewarm::store;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string kKey = "experts:production";

void add_members(RedisWorld& world, const std::vector<std::string>& members) {
  for (std::size_t from = 0; from < members.size(); from += 1000) {
    std::vector<std::string> words{"SADD", kKey};
    words.insert(words.end(), members.begin() + static_cast<std::ptrdiff_t>(from),
                 members.begin() + static_cast<std::ptrdiff_t>(std::min(from + 1000, members.size())));
    REQUIRE_FALSE(world.server().command(words).is_error());
  }
}

std::vector<std::string> numbered(const std::string& prefix, int count) {
  std::vector<std::string> members;
  for (int i = 0; i < count; ++i) members.push_back(prefix + std::to_string(i));
  return members;
}

std::set<std::string> as_set(const IdList& ids) {
  std::set<std::string> all;
  for (std::size_t i = 0; i < ids.size(); ++i) all.emplace(ids[i]);
  return all;
}

Error read_error(World& world) {
  IdList ids;
  const auto read = world.store()->read_set(kKey, ids, world.soon());
  REQUIRE_FALSE(read.ok());
  return read.error();
}

std::string array(const std::vector<std::string>& elements) {
  std::string text = "*" + std::to_string(elements.size()) + "\r\n";
  for (const std::string& element : elements) text += element;
  return text;
}

}  // namespace

TEST_CASE("the members of a set are read, each once, whatever its size and encoding") {
  RedisWorld world;
  const auto store = world.store();
  struct Row {
    std::string prefix;
    int count;
  };
  for (const Row& row : {Row{"user_", 0}, Row{"user_", 1}, Row{"user_", 128}, Row{"", 512}, Row{"", 513},
                         Row{"user_", 5000}, Row{std::string(190, 'x'), 3000}}) {
    CAPTURE(row.prefix, row.count);
    world.server().command({"DEL", kKey});
    const auto members = numbered(row.prefix, row.count);
    add_members(world, members);
    IdList ids;
    sure(store->read_set(kKey, ids, world.soon()));
    CHECK(ids.size() == members.size());
    CHECK(as_set(ids) == std::set<std::string>(members.begin(), members.end()));
  }
}

TEST_CASE("a set that its server keeps in one piece of thousands comes whole; beyond a limit it is refused") {
  RedisWorld world({.config = {"set-max-intset-entries 100000"}});
  add_members(world, numbered("", 16'384));
  IdList ids;
  sure(world.store()->read_set(kKey, ids, world.soon()));
  CHECK(ids.size() == 16'384);
  add_members(world, {"16384"});
  const Error error = read_error(world);
  CHECK(error.kind == ErrorKind::id_source);
  CHECK_THAT(error.message, ContainsSubstring(kKey));
  CHECK_THAT(error.remedy, ContainsSubstring("set-max-intset-entries"));
}

TEST_CASE("what is no set, and a member that no id can be, is an error of the source of ids") {
  RedisWorld world;
  SECTION("another type") {
    world.plant(kKey, "[]");
    const Error error = read_error(world);
    CHECK(error.kind == ErrorKind::id_source);
    CHECK(error.message == "what is at experts:production is no set");
    CHECK_THAT(error.remedy, ContainsSubstring("SADD"));
  }
  SECTION("a member of 201 bytes") {
    add_members(world, {"a", std::string(201, 'x')});
    const Error error = read_error(world);
    CHECK(error.kind == ErrorKind::id_source);
    CHECK_THAT(error.message, ContainsSubstring("a member of 201 bytes"));
    CHECK_THAT(error.remedy, ContainsSubstring("SREM"));
  }
  SECTION("an empty member") {
    add_members(world, {""});
    CHECK_THAT(read_error(world).message, ContainsSubstring("a member of 0 bytes"));
  }
  SECTION("a member of megabytes") {
    add_members(world, {"a", std::string(5 << 20, 'x')});
    const Error error = read_error(world);
    CHECK(error.kind == ErrorKind::id_source);
    CHECK_THAT(error.message, ContainsSubstring("4 MiB"));
  }
}

TEST_CASE("ids of several sets add up, and one that is in both is there once") {
  RedisWorld world;
  const auto store = world.store();
  add_members(world, {"a", "b"});
  world.server().command({"SADD", "more", "b", "c"});
  IdList ids;
  sure(store->read_set(kKey, ids, world.soon()));
  sure(store->read_set("more", ids, world.soon()));
  CHECK(as_set(ids) == std::set<std::string>{"a", "b", "c"});
  CHECK(ids.size() == 3);
}

TEST_CASE("a set of more members than ids are taken is refused") {
  FakeRedis server;
  const auto clock = make_system_clock();
  const auto store = sure(make_store(Secret(server.url()), test_settings(), *clock));
  std::size_t next = 0;
  server.answer([&](const Words& words) -> std::optional<Instead> {
    if (words[0] != "SSCAN") return std::nullopt;
    std::vector<std::string> members;
    for (int i = 0; i < 16'384; ++i) members.push_back(bulk(std::to_string(next++)));
    return Instead{array({bulk("7"), array(members)})};
  });
  IdList ids;
  const auto read = store->read_set(kKey, ids, clock->boot_now() + std::chrono::minutes(1));
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().kind == ErrorKind::id_source);
  CHECK_THAT(read.error().message, ContainsSubstring("more than 1000000 members"));
  CHECK(ids.size() == kMaxIds);
}

TEST_CASE("members that come twice, windows that are empty and a link that dies in between lose no id") {
  FakeRedis server;
  const auto clock = make_system_clock();
  const auto store = sure(make_store(Secret(server.url()), test_settings(), *clock));
  bool died = false;
  server.answer([&](const Words& words) -> std::optional<Instead> {
    if (words[0] != "SSCAN") return std::nullopt;
    if (words[2] == "0") return Instead{array({bulk("5"), array({bulk("a"), bulk("b")})})};
    if (words[2] == "5") return Instead{array({bulk("18446744073709551615"), array({})})};
    if (!std::exchange(died, true)) return Instead{"*2\r\n$1\r\n", Instead::Then::close};
    return Instead{array({bulk("0"), array({bulk("b"), bulk("c")})})};
  });
  IdList ids;
  sure(store->read_set(kKey, ids, clock->boot_now() + kAmple));
  CHECK(as_set(ids) == std::set<std::string>{"a", "b", "c"});
  CHECK(server.connections() == 2);
}

TEST_CASE("an answer to SSCAN of another shape is a protocol error") {
  FakeRedis server;
  const auto clock = make_system_clock();
  const auto store = sure(make_store(Secret(server.url()), test_settings(), *clock));
  for (const std::string& bytes :
       {std::string("+OK\r\n"), array({bulk("0")}), array({bulk(""), array({})}),
        array({":0\r\n", array({})}), array({bulk("0"), bulk("a")}), array({bulk("0"), array({":1\r\n"})}),
        array({bulk("0"), "$-1\r\n"}), array({bulk("0"), array({}), array({})})}) {
    CAPTURE(bytes);
    server.answer([&](const Words& words) -> std::optional<Instead> {
      if (words[0] != "SSCAN") return std::nullopt;
      return Instead{bytes};
    });
    IdList ids;
    CHECK(store->read_set(kKey, ids, clock->boot_now() + kAmple).error().kind == ErrorKind::protocol);
  }
}

TEST_CASE("an SQLite store has no sets") {
  SqliteWorld world;
  const Error error = read_error(world);
  CHECK(error.kind == ErrorKind::invalid);
  CHECK_THAT(error.message, ContainsSubstring("has no sets"));
  CHECK_THAT(error.remedy, ContainsSubstring("list"));
}
