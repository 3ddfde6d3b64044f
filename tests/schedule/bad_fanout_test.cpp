// SPDX-License-Identifier: Apache-2.0
// Fan-outs that nobody should run: each is refused with its code, at its place, with the cure.
#include <catch2/catch_test_macros.hpp>

#include "checked.hpp"

using namespace prewarm;
using namespace prewarm::schedule;
using namespace prewarm::schedule::test;

namespace {

constexpr const char* kUrl = "https://a.example/{id}";

// The fan-out alone on the second line, the URL on the fourth.
std::string fanout(const std::string& members, const std::string& url = kUrl, const std::string& more = "") {
  return "{\"schedule\": \"@hourly\", \"store\": {\"version\": 1}, \"fanout\": {\n" + members +
         "},\n\"fetch\": {\"url\":\n\"" + url + "\"" + more + "}}";
}
std::string ids(const std::string& source) { return fanout("\"ids\": " + source); }
std::string batch(const std::string& members, const std::string& url = "https://a.example/",
                  const std::string& more = "") {
  return fanout("\"ids\": [\"a\"], " + members, url, more);
}
std::string keys(const std::string& templates) {
  return "{\"schedule\": \"@hourly\", \"fetch\": {\"url\": \"https://a.example/{id}\"}, \"fanout\": "
         "{\"ids\": "
         "[\"a\"]}, \"store\": {\"version\": 1, \"keys\":\n" +
         templates + "}}";
}

}  // namespace

TEST_CASE("a fan-out needs ids, and says which parts it may have") {
  check_all({
      {fanout(""), "1:60 PW105 /fanout/ids | add \"ids\": [\"a\", \"b\"]"},
      {fanout("\"idz\": [\"a\"]"), "2:1 PW104 /fanout/idz | did you mean \"ids\" or \"id\"?"},
      {fanout("\"ids\": [\"a\"], \"size\": 5"),
       "2:15 PW104 /fanout/size | take it out; here may stand ids, batch, param, join, records, id and "
       "floor"},
      {ids("{\"fiel\": \"ids.txt\"}"), "2:9 PW104 /fanout/ids/fiel | did you mean \"file\"?"},
      {ids("{\"batch\": 5}"), "2:9 PW104 /fanout/ids/batch | it belongs into \"fanout\""},
      {ids("{}"), "2:8 PW105 /fanout/ids | \"file\", \"url\" or \"redisSet\" in it"},
  });
  CHECK(summary(load_text(file_with("\n\"redisSet\": \"a:{env}\""))) ==
        "2:1 PW104 /redisSet | it belongs into \"fanout.ids\"");
  CHECK(summary(load_text(file_with("\n\"param\": \"id\""))) ==
        "2:1 PW104 /param | it belongs into \"fanout\"");
  CHECK(summary(load_text(file_with("\n\"fanout\": [\"a\"]"))) ==
        "2:11 PW103 /fanout | { ... } with ids, batch, param, join, records, id or floor");
}

TEST_CASE("lists that are no ids") {
  check_all({
      {ids("[]"), "2:8 PW524 /fanout/ids | e.g. [\"a\", \"b\"]"},
      {ids("[\"a\", 5]"), "2:14 PW103 /fanout/ids/1 | \"5\""},
      {ids("[null]"), "2:9 PW103 /fanout/ids/0 | \"a\""},
      {ids("[\"\"]"), "2:9 PW106 /fanout/ids/0 | 1 to 200 bytes"},
      {ids("[\"" + std::string(201, 'x') + "\"]"), "2:9 PW106 /fanout/ids/0 | 1 to 200 bytes"},
      {ids("\"a\""),
       "2:8 PW103 /fanout/ids | [\"a\", \"b\"], {\"file\": \"ids.txt\"}, {\"url\": ...} or {\"redisSet\": "
       "...}"},
      {ids("[\"${OK}\"]"),
       "2:9 PW302 /fanout/ids/0 | write the value itself; ${NAME} is for fetch.url, fetch.query, "
       "fetch.headers, "
       "fetch.body, heartbeat, and url and headers of fanout.ids"},
  });
}

TEST_CASE("files of ids that cannot be taken are refused with the line") {
  World world;
  const auto said = [&](const std::string& content) {
    world.files["ids.txt"] = content;
    return texts(load_text(ids("{\"file\": \"ids.txt\"}"), world));
  };
  const std::string place = "news.jsonc:2:17 error PW524 /fanout/ids/file \"ids.txt\" ";
  CHECK(said("") == place + "holds no id.  do: one id a line\n");
  CHECK(said("\n# a\n  \r\n") == place + "holds no id.  do: one id a line\n");
  CHECK(said("a\n\n" + std::string(201, 'x') + "\n") ==
        place + "line 3 has 201 bytes, an id at most 200.  do: one id a line\n");
  const std::string other_format =
      "holds a control character, or what is not UTF-8.  do: one id a line, in UTF-8\n";
  CHECK(said("a\nb\tc\n") == place + "line 2 " + other_format);
  CHECK(said("a\n\xff\xfe\n") == place + "line 2 " + other_format);
  CHECK(said(std::string("a\0\n", 3)) == place + "line 1 " + other_format);
  check_all({
      {ids("{\"file\": \"gone.txt\"}"),
       "2:17 PW307 /fanout/ids/file | a file of ids beside the schedule file, one a line"},
      {ids("{\"file\": \"\"}"), "2:17 PW106 /fanout/ids/file | \"ids.txt\", a file beside the schedule file"},
      {ids("{\"file\": 5}"), "2:17 PW103 /fanout/ids/file | \"5\""},
      {ids("{\"file\": \"${OK}.txt\"}"),
       "2:17 PW302 /fanout/ids/file | write the value itself; ${NAME} is for fetch.url, fetch.query, "
       "fetch.headers, fetch.body, heartbeat, and url and headers of fanout.ids"},
  });
}

TEST_CASE("URLs and headers of ids follow the rules of fetch") {
  World world;
  world.variables["OK"] = "x";
  const auto url = [](const std::string& members) { return ids("{\"url\":\n" + members + "}"); };
  check_all(
      {
          {url("\"a.example\""), "3:1 PW230 /fanout/ids/url | \"https://api.example.net/items\""},
          {url("\"http://a.example/\""), "3:1 PW231 /fanout/ids/url | https://, or \"allow\": [\"PW231\"]"},
          {url("\"https://a.example/?token=x\""),
           "3:1 PW232 /fanout/ids/url | \"${NAME}\", and NAME in the worker's environment"},
          {url("\"https://a.example/{id}\""),
           "3:1 PW114 /fanout/ids/url | write the id itself, or ${NAME}; or \"fanout\": { \"ids\": [...] }"},
          {url("\"https://a.example/${T}\""),
           "3:1 PW301 /fanout/ids/url | export T=..., T_FILE=PATH, or ${T:-} if it may be empty"},
          {url("5"), "3:1 PW103 /fanout/ids/url | the same in quotes"},
          {url("\"https://a.example/\", \"pointer\": \"ids\""), "3:34 PW401 /fanout/ids/pointer | \"/ids\""},
          {url("\"https://a.example/\", \"id\": \"id\""), "3:29 PW401 /fanout/ids/id | \"/id\""},
          {url("\"https://a.example/\", \"headers\": {\"host\": \"x\"}"),
           "3:35 PW236 /fanout/ids/headers/host | take it out"},
          {url("\"https://a.example/\", \"headers\": {\"cookie\": \"x\"}"),
           "3:45 PW232 /fanout/ids/headers/cookie | \"${NAME}\", and NAME in the worker's environment"},
          {url("\"https://a.example/\", \"headers\": {\"x\": \"a\", \"X\": \"b\"}"),
           "3:45 PW236 /fanout/ids/headers/X | take one out"},
          {url("\"https://a.example/\", \"headers\": {\"cookie\": \"${OK}\"}"), ""},
      },
      world);
}

TEST_CASE("sets of ids that another environment could share, or that no store has") {
  World redis;
  redis.redis = true;
  const auto set = [](const std::string& key) { return ids("{\"redisSet\": \"" + key + "\"}"); };
  check_all(
      {
          {set("experts:ids"), "2:21 PW120 /fanout/ids/redisSet | \"experts:{env}:ids\""},
          {set("experts"), "2:21 PW120 /fanout/ids/redisSet | \"experts:{env}\""},
          {set("{env}:{id}"), "2:21 PW120 /fanout/ids/redisSet | \"{name}:{env}:ids\""},
          {set("{env}:{"), "2:21 PW120 /fanout/ids/redisSet | \"{name}:{env}:ids\""},
          {set("{env}}"), "2:21 PW120 /fanout/ids/redisSet | \"{name}:{env}:ids\""},
          {set(""), "2:21 PW106 /fanout/ids/redisSet | at least 1 character"},
          {set("{env}" + std::string(507, 'x')), "2:21 PW121 /fanout/ids/redisSet | \"{name}:{env}:ids\""},
          {set("{env}" + std::string(502, 'x')), ""},
      },
      redis);
  CHECK(summary(load_text(set("experts:{env}:ids"))) ==
        "2:21 PW237 /fanout/ids/redisSet | --store redis://..., or ids from elsewhere: {\"file\": "
        "\"ids.txt\"} or "
        "{\"url\": ...}");
}

TEST_CASE("ids come from one source") {
  World world;
  world.files["ids.txt"] = "a\n";
  world.redis = true;
  check_all(
      {
          {ids("{\"file\": \"ids.txt\",\n\"url\": \"https://a.example/\"}"),
           "3:8 PW114 /fanout/ids/url | take one of them out"},
          {ids("{\"url\": \"https://a.example/\",\n\"redisSet\": \"{env}\",\n\"file\": \"ids.txt\"}"),
           "2:16 PW114 /fanout/ids/url | take one of them out\n"
           "3:13 PW114 /fanout/ids/redisSet | take one of them out"},
          {ids("{\"file\": \"ids.txt\",\n\"pointer\": \"\"}"),
           "3:12 PW114 /fanout/ids/pointer | \"url\": \"https://api.example.net/ids\", or take it out"},
          {ids("{\"id\": \"/a\"}"),
           "2:15 PW114 /fanout/ids/id | \"url\": \"https://api.example.net/ids\", or take it out"},
      },
      world);
}

TEST_CASE("batch, its parameter, its id and the URL need or exclude each other") {
  check_all({
      {batch("\n\"batch\": 2"),
       "3:10 PW114 /fanout/batch | add \"param\": \"id\", or what the API calls it\n"
       "3:10 PW114 /fanout/batch | add \"id\": \"/id\""},
      {batch("\n\"batch\": 2, \"param\": \"i\", \"id\": \"\""), ""},
      {batch("\n\"param\": \"i\"", kUrl), "3:10 PW114 /fanout/param | \"batch\": 100, or take it out"},
      {batch("\n\"batch\": 1, \"join\": \",\"", kUrl),
       "3:21 PW114 /fanout/join | \"batch\": 100, or take it out"},
      {batch("\"floor\": 1"),
       "4:1 PW114 /fetch/url | {id} where the id belongs, e.g. \"https://api.example.net/users/{id}\"; or a "
       "\"batch\" with \"param\""},
      {batch("\"floor\": 1", "https://a.example/{id}/{id}"), "4:1 PW114 /fetch/url | {id} once"},
      {batch("\"batch\": 2, \"param\": \"i\", \"id\": \"/id\"", kUrl),
       "4:1 PW114 /fetch/url | take it out: fanout.param names them; or \"batch\": 1"},
      {batch("\"floor\": 1", "https://{id}.example/"),
       "4:1 PW230 /fetch/url | {id} in the path or in the query"},
      {batch("\"floor\": 1", "https://a.example/{id}/{x}"), "4:1 PW230 /fetch/url | percent-encode it"},
      {batch("\"floor\": 1", "https://a.example/{id}#x"),
       "4:1 PW230 /fetch/url | take out # and what follows, or write %23"},
  });
  World lenient;
  lenient.allow_unset = true;
  const auto unset = load_text(batch("\"floor\": 1", "https://a.example/${USERS}"), lenient);
  CHECK(unset.catalog);
  CHECK(unset.findings.size() == 1);  // what the variable would add is not known
}

TEST_CASE("parts of a fan-out outside their limits") {
  const auto with = [](const std::string& member) {
    return batch("\n\"batch\": 2, \"param\": \"i\", \"id\": \"/id\",\n" + member);
  };
  check_all({
      {batch("\n\"batch\": 0"), "3:10 PW106 /fanout/batch | at least 1"},
      {batch("\n\"batch\": 1001"), "3:10 PW106 /fanout/batch | at most 1000"},
      {batch("\n\"batch\": \"5\""), "3:10 PW103 /fanout/batch | 5"},
      {with("\"join\": \"\""), "4:9 PW106 /fanout/join | at least 1 character"},
      {with("\"join\": \", , \""), "4:9 PW106 /fanout/join | a shorter text"},
      {with("\"floor\": 1.1"), "4:10 PW106 /fanout/floor | at most 1"},
      {with("\"floor\": -0.1"), "4:10 PW106 /fanout/floor | at least 0"},
      {with("\"floor\": \"90%\""), "4:10 PW103 /fanout/floor | 0.9"},
      {with("\"records\": \"data\""), "4:12 PW401 /fanout/records | \"/data\""},
  });
}

TEST_CASE("each id of a fan-out needs a key of its own") {
  check_all({
      {keys("\"{name}:{env}:v{version}\""), "2:1 PW114 /store/keys | \"{name}:{env}:{id}:v{version}\""},
      {keys("[\"{name}:{env}:{id}:v{version}\",\n\"all:{env}:v{version}\"]"),
       "3:1 PW114 /store/keys | \"all:{env}:{id}:v{version}\""},
      {keys("[\"{name}:{env}:{id}:v{version}\",\n\"{name}:{env}:{/id}:v{version}\"]"),
       "3:1 PW110 /store/keys | make one of them different, e.g. with {name}"},
      {keys("\"{name}:{env}:{id}\""), "2:1 PW120 /store/keys | \"{name}:{env}:{id}:v{version}\""},
      {keys("\"{env}:{id}:" + std::string(499, 'x') + ":v{version}\""),
       "2:1 PW121 /store/keys | a shorter template"},
  });
}

TEST_CASE("what is known of a host bounds the batch") {
  const auto clerk = [](const std::string& count, const std::string& more, const std::string& query = "") {
    return batch("\n\"batch\": " + count + ", \"param\": \"user_id\", \"id\": \"/id\"",
                 "https://API.clerk.com/v1/users" + query, more);
  };
  const std::string limit = ", \"query\": {\"limit\": \"100\"}";
  check_all({
      {clerk("100", limit), ""},
      {clerk("101", limit), "3:10 PW234 /fanout/batch | at most 100"},
      {clerk("11", ""), "3:10 PW235 /fanout/batch | \"limit\": \"11\" in fetch.query"},
      {clerk("10", ""), ""},
      {clerk("100", ", \"query\": {\"limit\": \"99\"}"),
       "3:10 PW235 /fanout/batch | \"limit\": \"100\" in fetch.query"},
      {clerk("100", "", "?limit=100"), ""},
      {clerk("100", "", "?limit=50"), "3:10 PW235 /fanout/batch | \"limit\": \"100\" in fetch.query"},
      {clerk("100", ", \"query\": {\"limit\": \"many\"}"), ""},
      {batch("\"batch\": 1000, \"param\": \"i\", \"id\": \"/id\""), ""},
  });
  CHECK(texts(load_text(clerk("50", ""))) ==
        "news.jsonc:3:10 warning PW235 /fanout/batch 50 is above the page size of api.clerk.com, 10 without "
        "\"limit\" in the query: the other ids of a batch would not come back.  do: \"limit\": \"50\" in "
        "fetch.query\n");
  CHECK(load_text(clerk("50", "").insert(1, "\"allow\": [\"PW235\"], ")).findings.empty());
}

TEST_CASE("no finding about a fan-out shows a secret") {
  World secrets;
  secrets.variables["WORD"] = "c4nary";
  for (const std::string& text :
       {batch("\"floor\": 1", "https://a.example/${WORD}"),
        batch("\"floor\": 1", "https://a.example/{id}/{id}?x=c4nary"),
        ids("{\"url\": \"https://a.example/${WORD}{\"}"),
        ids("{\"url\": \"https://a.example/?token=c4nary\"}"),
        ids("{\"url\": \"https://a.example/\", \"headers\": {\"cookie\": \"c4nary\"}}"),
        ids("{\"file\": \"ids.txt\", \"headers\": {\"x\": \"c4nary\"}}"),
        ids("{\"file\": \"ids.txt\", \"url\": \"https://a.example/c4nary\"}")}) {
    const auto result = load_text(text, secrets);
    INFO(texts(result));
    CHECK_FALSE(result.catalog);
    for (const Finding& finding : result.findings) {
      CHECK(finding_text(finding).find("c4nary") == std::string::npos);
      CHECK(finding.value.find("c4nary") == std::string::npos);
    }
  }
}
