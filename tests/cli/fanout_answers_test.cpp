// SPDX-License-Identifier: Apache-2.0
// What a fan-out makes of the answers: one GET an id, parameters repeated or joined, records elsewhere in the
// body, strangers, repeats, nameless ones.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <regex>

#include "cli/fanout_world.hpp"

using namespace prewarm;
using namespace prewarm::test;
using testkit::Answer;
using testkit::ClerkTrouble;
using testkit::UpstreamRequest;
using Strings = std::vector<std::string>;

namespace {

/// A schedule `people` of the plain upstream with keys people:production:ID:v1.
struct PeopleWorld : FanoutWorld {
  void people(const std::string& target, const std::string& fanout, const std::string& more = "") const {
    schedule("people", R"({"schedule":"@hourly","fetch":{"retries":0,"url":")" + upstream.url(target) +
                           R"("},"fanout":{)" + fanout + R"(},"store":{"version":1},"heartbeat":")" +
                           sink.url("/people") + R"(","heartbeatStyle":"betterstack")" + more + "}");
  }
  testkit::Finished once() const { return prewarm({"once", "people", "--json"}); }
  /// What people:production:ID:v1 holds behind its head; "" when there is nothing.
  std::string payload(const std::string& id) const {
    const auto value = redis.value("people:production:" + id + ":v1");
    if (!value) return "";
    const std::size_t head =
        std::string(R"({"version":1,"lastUpdated":"2026-05-01T13:00:07.412Z","payload":)").size();
    return value->size() > head ? value->substr(head, value->size() - head - 1) : *value;
  }
};

const std::string kBatch = R"("ids":["a","b","c"],"batch":10,"param":"id","id":"/id")";
const std::string kOld = R"({"old":true})";

std::string person(const std::string& id, const std::string& name) {
  return R"({"id":")" + id + R"(", "name":")" + name + R"("})";
}

}  // namespace

TEST_CASE("with {id} in the URL there is one GET an id, and one that is not found counts as missing") {
  const auto [floor, exit_code, verdict] =
      GENERATE(table<std::string, int, std::string>({{"0.5", 0, "verified"}, {"1", 3, "partial"}}));
  FanoutWorld world;
  world.api.people(10);
  const std::string unknown = testkit::clerk_user_id(10);
  Strings ids = ids_up_to(10);
  ids.push_back(unknown);
  world.experts_of(ids, {{world.api.url(), world.api.url("/v1/users/{id}")},
                         {R"(, "query": { "limit": "100" })", ""},
                         {R"("batch": 100, "param": "user_id", "records": "", "id": "/id", "floor": 0.9)",
                          "\"floor\": " + floor}});
  const auto outcome = world.once();
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == exit_code);
  CHECK(of_run(outcome, "outcome") == verdict);
  if (exit_code == 3) CHECK(of_run(outcome, "code") == "PW620");
  CHECK(of_run(outcome, "requests") == "11");
  CHECK(of_run(outcome, "ids_requested") == "11");
  CHECK(of_run(outcome, "ids_returned") == "10");
  CHECK(world.api.requests() == 11);
  CHECK(world.api.most_at_once() <= 8);
  CHECK(wrong_keys(world, 10, 0).empty());
  CHECK_FALSE(world.redis.value(key_of(unknown)).has_value());
  CHECK(world.pings() == (exit_code == 0 ? Strings{"/experts"} : Strings{"/experts/fail"}));
}

TEST_CASE("ids are percent-encoded in URLs and keys, and one GET's body is stored as it came") {
  PeopleWorld world;
  const std::vector<Change> ids{
      {"a b", "a%20b"}, {"x/y?z", "x%2Fy%3Fz"}, {"\xc3\xbc", "%C3%BC"}, {"1+1", "1+1"}};
  Strings list;
  for (const auto& [id, encoded] : ids) list.push_back(id);
  world.people("/people/{id}.json", R"("ids":)" + json_list(list));
  world.upstream.otherwise(
      [](const UpstreamRequest& request) { return Answer::json(" [\"" + request.path() + "\", 1.0 ]\n"); });
  const auto outcome = world.once();
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 0);
  for (const auto& [id, encoded] : ids) {
    const bool plus = id == "1+1";  // a plus may be encoded or not in a path
    const std::string stored = world.payload(encoded);
    INFO(id << ": " << stored);
    CHECK((stored == "[\"/people/" + encoded + ".json\", 1.0 ]" ||
           (plus && stored == "[\"/people/1%2B1.json\", 1.0 ]")));
  }
}

TEST_CASE("a batch's ids are a parameter repeated, or sent once and joined") {
  PeopleWorld world;
  world.upstream.otherwise([](const UpstreamRequest&) {
    return Answer::json("[" + person("a", "A") + "," + person("b", "B") + "," + person("c", "C") + "]");
  });
  for (const auto& [fanout, pattern] :
       std::vector<Change>{{kBatch, R"(/people\?id=a&id=b&id=c)"},
                           {kBatch + R"(,"join":",")", R"(/people\?id=a(,|%2C)b(,|%2C)c)"},
                           {kBatch + R"(,"join":"-")", R"(/people\?id=a-b-c)"}}) {
    world.people("/people", fanout);
    const auto outcome = world.once();
    INFO(fanout << outcome.out << outcome.err);
    CHECK(outcome.exit_code == 0);
    CHECK(std::regex_match(world.upstream.requests().back().target, std::regex(pattern)));
    CHECK(world.payload("c") == person("c", "C"));
  }
}

TEST_CASE("records are matched to ids by pointer, wherever they stand and in whatever order") {
  PeopleWorld world;
  world.people("/people", R"("ids":["a","b"],"batch":2,"param":"id","records":"/data/0","id":"/user/id")",
               R"(,"shape":{"select":"/user/tags"})");
  world.upstream.on(
      "/people",
      Answer::json(R"({"data":[[{"user":{"id":"b","tags":[ 2 ]}},{"user":{"tags":["\u0041"],"id":"a"}}]]})"));
  const auto outcome = world.once();
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(world.payload("a") == R"(["\u0041"])");
  CHECK(world.payload("b") == "[ 2 ]");
}

TEST_CASE("odd records cost their own id and no other") {
  const std::string a = person("a", "A"), b = person("b", "B"), c = person("c", "C");
  struct Case {
    const char* name;
    std::string records;
    int exit;
    const char *outcome, *code;  // "": none
    std::string written;         // ids with a new value; the others keep the old one
  };
  for (const Case& each :
       {Case{"all", a + "," + b + "," + c, 0, "verified", "", "abc"},
        Case{"strangers among them", person("x", "X") + "," + c + "," + b + "," + a, 0, "verified", "",
             "abc"},
        Case{"two of one id", a + "," + b + "," + c + "," + person("b", "other"), 3, "partial", "PW606",
             "ac"},
        Case{"the same twice", a + "," + b + "," + c + "," + b, 3, "partial", "PW606", "ac"},
        Case{"one without id", a + "," + b + R"(,{"name":"C"})", 3, "partial", "PW607", "ab"},
        Case{"one whose id is an object", a + "," + b + R"(,{"id":{}})", 3, "partial", "PW607", "ab"},
        Case{"one that is no object", a + "," + b + R"(,7)", 3, "partial", "PW607", "ab"},
        Case{"one that is missing", a + "," + b, 3, "partial", "PW620", "ab"},
        Case{"only strangers", person("x", "X"), 1, "upstream_failed", "PW525", ""},
        Case{"none", "", 1, "upstream_failed", "PW525", ""}}) {
    PeopleWorld world;
    world.people("/people", kBatch);
    for (const char* id : {"a", "b", "c"})
      world.redis.command({"SET", std::string("people:production:") + id + ":v1",
                           R"({"version":1,"lastUpdated":"2026-01-01T00:00:00.000Z","payload":)" + kOld + "}",
                           "PX", "500000"});
    world.upstream.on("/people", Answer::json("[" + each.records + "]"));
    const auto outcome = world.once();
    INFO(each.name << ": " << outcome.out << outcome.err);
    CHECK(outcome.exit_code == each.exit);
    CHECK(of_run(outcome, "outcome") == each.outcome);
    CHECK(of_run(outcome, "code") == each.code);
    for (const auto& [id, fresh] : std::vector<Change>{{"a", a}, {"b", b}, {"c", c}}) {
      const bool is_new = each.written.find(id) != std::string::npos;
      CHECK(world.payload(id) == (is_new ? fresh : kOld));
      CHECK((world.redis.ttl_ms("people:production:" + id + ":v1") > 500'000) == is_new);
    }
    CHECK(world.payload("x").empty());
    CHECK(world.pings() == Strings{each.exit == 0 ? "/people" : "/people/fail"});
  }
}

TEST_CASE("two records that give one alias are found out, and cost the others nothing") {
  PeopleWorld world;
  world.schedule("people",
                 changed(R"({"schedule":"@hourly","fetch":{"retries":0,"url":"URL"},"fanout":{FANOUT},)"
                         R"("store":{"version":1,"keys":["{name}:{env}:{id}:v{version}",)"
                         R"("{name}:{env}:by:{/name}:v{version}"]}})",
                         {{"URL", world.upstream.url("/people")}, {"FANOUT", kBatch}}));
  world.upstream.on("/people", Answer::json("[" + person("a", "same") + "," + person("b", "same") + "," +
                                            person("c", "C") + "]"));
  const auto outcome = world.once();
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 3);
  CHECK(of_run(outcome, "code") == "PW606");
  CHECK(world.payload("by:C") == person("c", "C"));
  CHECK(world.payload("c") == person("c", "C"));
}

TEST_CASE("a request that fails leaves its ids old, and the others go on") {
  FanoutWorld world;
  world.api.people(20);
  world.list(ids_up_to(20));
  world.experts({{R"("batch": 100)", R"("batch": 5)"}, kNoRetries});
  REQUIRE(world.once().exit_code == 0);
  struct Case {
    ClerkTrouble::Kind kind;
    const char *reason, *code;
  };
  int edition = 0;
  for (const Case& each : {Case{ClerkTrouble::Kind::server_error, "http_5xx", "PW530"},
                           Case{ClerkTrouble::Kind::rate_limited, "rate_limited", "PW533"},
                           Case{ClerkTrouble::Kind::cut, "broken", "PW521"}}) {
    const auto before = editions(world, 20, edition);
    world.api.people(20, ++edition);
    world.api.trouble({{each.kind, 2, 100}});
    const auto outcome = world.once();
    INFO(each.code << ": " << outcome.out << outcome.err);
    CHECK(outcome.exit_code == 3);
    CHECK(of_run(outcome, "outcome") == "partial");
    CHECK(of_run(outcome, "reason") == each.reason);
    CHECK(of_run(outcome, "code") == each.code);
    CHECK(of_run(outcome, "requests") == "4");
    CHECK(of_run(outcome, "ids_returned") == "10");
    const auto after = editions(world, 20, edition);
    CHECK(std::count(after.begin(), after.end(), -1) == 0);
    std::size_t fresh = 0;
    for (std::size_t i = 0; i < after.size(); ++i) {
      fresh += after[i] == edition ? 1 : 0;
      CHECK((after[i] == edition || after[i] == before[i]));
    }
    CHECK(std::to_string(fresh) == of_run(outcome, "keys_written"));
    CHECK(world.pings().back() == "/experts/fail");
  }
}
