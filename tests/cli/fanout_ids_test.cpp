// SPDX-License-Identifier: Apache-2.0
// Where the ids of a fan-out come from, and what happens when they do not.
#include <catch2/catch_test_macros.hpp>

#include "cli/fanout_world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using testkit::clerk_user_id;
using Strings = std::vector<std::string>;

namespace {

std::string url_source(const FanoutWorld& world, const std::string& more) {
  return R"({"url":")" + world.api.url("/v1/experts") +
         R"(","headers":{"authorization":"Bearer ${CLERK_SECRET_KEY}"},)" + more + "}";
}

std::string id_file(const Strings& ids) {
  std::string text = "# our experts\r\n\r\n";
  for (const std::string& id : ids) text += id + "\r\n# next\r\n";
  return text + ids.front();  // once more, and no end of line
}

struct Source {
  const char* name;
  std::string ids;  // of the schedule
  bool from_url = false;
};

std::vector<Source> sources(const FanoutWorld& world, const Strings& ids) {
  Strings twice = ids;
  twice.insert(twice.end(), ids.begin(), ids.end());
  return {{"a list", json_list(ids)},
          {"a list with repeats", json_list(twice)},
          {"a file with comments, blank lines and CRLF", R"({"file":"ids.txt"})"},
          {"a file without any of it", R"({"file":"plain.txt"})"},
          {"a URL with texts", url_source(world, R"("pointer":"/ids")"), true},
          {"a URL with objects", url_source(world, R"("pointer":"/experts","id":"/id")"), true},
          {"a Redis set", kRedisSet}};
}

}  // namespace

TEST_CASE("ids come from a list, a file, a URL or a Redis set") {
  FanoutWorld world;
  const Strings ids = ids_up_to(6);
  world.list(ids);
  world.api.experts(ids);
  world.dir.write("schedules/ids.txt", id_file(ids));
  std::string plain;
  for (const std::string& id : ids) plain += id + "\n";
  world.dir.write("schedules/plain.txt", plain);
  int edition = 0;
  for (const Source& source : sources(world, ids)) {
    world.api.people(9, ++edition);
    world.experts({{kRedisSet, source.ids}});
    const std::size_t users_before = world.api.requests();
    const std::size_t lists_before = world.api.upstream().requests("/v1/experts").size();
    const auto outcome = world.once();
    INFO(source.name << ": " << outcome.out << outcome.err);
    CHECK(outcome.exit_code == 0);
    CHECK(of_run(outcome, "ids_requested") == "6");
    CHECK(of_run(outcome, "ids_returned") == "6");
    CHECK(wrong_keys(world, 6, edition).empty());
    CHECK(world.api.requests() == users_before + 1);
    CHECK(world.api.upstream().requests("/v1/experts").size() == lists_before + (source.from_url ? 1 : 0));
  }
  CHECK_FALSE(world.redis.value(key_of(clerk_user_id(6))).has_value());
}

TEST_CASE("a set, a URL and a file are read again in each run") {
  FanoutWorld world;
  world.api.people(4);
  for (const std::string& source :
       {kRedisSet, url_source(world, R"("pointer":"/ids")"), std::string(R"({"file":"ids.txt"})")}) {
    world.experts({{kRedisSet, source}});
    for (const std::size_t count : {1U, 3U}) {
      world.list(ids_up_to(count));
      world.api.experts(ids_up_to(count));
      std::string lines;
      for (const std::string& id : ids_up_to(count)) lines += id + "\n";
      world.dir.write("schedules/ids.txt", lines);
      const auto outcome = world.once();
      INFO(source << outcome.out << outcome.err);
      CHECK(of_run(outcome, "ids_requested") == std::to_string(count));
    }
    world.redis.command({"DEL", "experts:production:ids"});
  }
}

TEST_CASE("the set of another environment is not looked at") {
  FanoutWorld world;
  world.api.people(3);
  world.list(ids_up_to(3));
  world.experts();
  const auto outcome = world.once({"--env", "staging"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 1);
  CHECK(of_run(outcome, "code") == "PW524");
}

TEST_CASE("no ids, or a source that cannot be read, is a failure before the first user is asked for") {
  struct Case {
    const char* name;
    std::string source;
    Answer list;    // of /v1/experts
    Strings set{};  // command that makes the set, if any
  };
  FanoutWorld world;
  const std::string url = url_source(world, R"("pointer":"/ids")");
  const std::string objects = url_source(world, R"("pointer":"/experts","id":"/id")");
  const std::string set = "experts:production:ids";
  const Answer none = Answer::json("{}");
  world.api.people(4);
  world.experts_of(ids_up_to(4));
  REQUIRE(world.once().exit_code == 0);
  const std::size_t asked = world.api.requests();
  for (const Case& each :
       {Case{"no set", kRedisSet, none},
        Case{"a text instead of a set", kRedisSet, none, {"SET", set, "user_a"}},
        Case{"an id too long", kRedisSet, none, {"SADD", set, std::string(201, 'x')}},
        Case{"an empty id", kRedisSet, none, {"SADD", set, ""}},
        Case{"an empty list", url, Answer::json(R"({"ids":[]})")},
        Case{"a list of other things", url, Answer::json(R"({"ids":[null]})")},
        Case{"objects without id", objects, Answer::json(R"({"experts":[{"name":"x"}]})")},
        Case{"nothing there", url, Answer::json(R"({"people":["a"]})")},
        Case{"no array there", url, Answer::json(R"({"ids":"a"})")},
        Case{"not JSON", url, Answer::json(R"({"ids":["a")")}, Case{"500", url, Answer::of(500)},
        Case{"404", url, Answer::of(404)},
        Case{"cut", url, Answer::json(R"({"ids":["a"]})").cut_body(6, testkit::Ending::reset)}}) {
    world.redis.command({"DEL", set});
    if (!each.set.empty()) world.redis.command(each.set);
    world.api.upstream().on("/v1/experts", each.list);
    world.experts({{kRedisSet, each.source}, kNoRetries});
    const auto outcome = world.once();
    INFO(each.name << ": " << outcome.out << outcome.err);
    CHECK(outcome.exit_code == 1);
    CHECK(of_run(outcome, "outcome") == "upstream_failed");
    CHECK(of_run(outcome, "reason") == "ids");
    CHECK(of_run(outcome, "code") == "PW524");
    CHECK(world.pings().back() == "/experts/fail");
  }
  CHECK(world.api.requests() == asked);
  CHECK(wrong_keys(world, 4, 0).empty());
}

TEST_CASE("a file of ids that is not there is found before anything starts") {
  FanoutWorld world;
  world.experts({{kRedisSet, R"({"file":"nowhere.txt"})"}});
  const auto outcome = world.prewarm({"check"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.out.find("nowhere.txt") != std::string::npos);
}
