// SPDX-License-Identifier: Apache-2.0
// Schedule files that nobody should run (PROMISES 11.A, 11.B): each is refused with its code, at its place,
// with the cure.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "checked.hpp"

using namespace prewarm;
using namespace prewarm::schedule;
using namespace prewarm::schedule::test;

namespace {

std::string of_file(const std::string& path) { return summary(load({{path, file_with("")}})); }

// A member of the outermost object, of `fetch` or of `store`, alone on the second line.
std::string top(const std::string& member) {
  return "{\"schedule\": \"@hourly\", \"fetch\": {\"url\": \"https://a.example/\"}, \"store\": {\"version\": "
         "1},\n" +
         member + "}";
}
std::string fetch(const std::string& member) {
  return "{\"schedule\": \"@hourly\", \"store\": {\"version\": 1}, \"fetch\": {\"url\": "
         "\"https://a.example/\",\n" +
         member + "}}";
}
std::string store(const std::string& member) {
  return "{\"schedule\": \"@hourly\", \"fetch\": {\"url\": \"https://a.example/\"}, \"store\": {\"version\": "
         "1,\n" +
         member + "}}";
}
std::string version(const std::string& value) {
  return "{\"schedule\": \"@hourly\", \"fetch\": {\"url\": \"https://a.example/\"}, \"store\": "
         "{\"version\":\n" +
         value + "}}";
}
std::string url(const std::string& value) {
  return "{\"schedule\": \"@hourly\", \"store\": {\"version\": 1}, \"fetch\": {\"url\":\n\"" + value + "\"}}";
}
std::string cron(const std::string& value) {
  return "{\"store\": {\"version\": 1}, \"fetch\": {\"url\": \"https://a.example/\"}, \"schedule\":\n\"" +
         value + "\"}";
}

}  // namespace

TEST_CASE("files that hold no schedule") {
  check_all({
      {"[]", "1:1 PW103 | { \"schedule\": ..., \"fetch\": { \"url\": ... }, \"store\": { \"version\": 1 } }"},
      {" \"x\"",
       "1:2 PW103 | { \"schedule\": ..., \"fetch\": { \"url\": ... }, \"store\": { \"version\": 1 } }"},
      {"{}",
       "1:1 PW105 /schedule | add \"schedule\": \"*/5 * * * *\"\n"
       "1:1 PW105 /fetch/url | add \"fetch\": { \"url\": \"https://api.example.net/items\" }\n"
       "1:1 PW105 /store/version | add \"store\": { \"version\": 1 }"},
      {"{\"schedule\": \"@hourly\", \"fetch\": {}, \"store\": 3}",
       "1:34 PW105 /fetch/url | add \"url\": \"https://api.example.net/items\"\n"
       "1:47 PW103 /store | { ... } with version, ttl, staleIfError or keys"},
      {"{\"a\": 1,}", "1:8 PW101 | take the comma out"},
      {"",
       "1:1 PW107 | the least is { \"schedule\": \"@hourly\", \"fetch\": { \"url\": "
       "\"https://api.example.net/news\" }, "
       "\"store\": { \"version\": 1 } }"},
  });
  const auto unreadable = load({{"a.jsonc", "", "is a folder"}});
  CHECK(texts(unreadable) ==
        "a.jsonc error PW107 the file cannot be read: is a folder.  do: a file that this user may read\n");
}

TEST_CASE("file names that name no schedule") {
  CHECK(of_file("news.jsonc").empty());
  CHECK(of_file("a/b.c/news.json").empty());
  CHECK(of_file("News.jsonc") == "1:1 PW111 | rename it, e.g. news.jsonc");
  CHECK(of_file("a:b.jsonc") == "1:1 PW111 | rename it, e.g. a-b.jsonc");
  CHECK(of_file("a*{}.jsonc") == "1:1 PW111 | rename it, e.g. a.jsonc");
  CHECK(of_file("a\nb.jsonc") == "1:1 PW111 | rename it, e.g. a-b.jsonc");
  CHECK(of_file("1news.jsonc") == "1:1 PW111 | rename it, e.g. news.jsonc");
  CHECK(of_file("news.old.jsonc") == "1:1 PW111 | rename it, e.g. news-old.jsonc");
  CHECK(of_file(".jsonc") == "1:1 PW111 | rename it, e.g. my-schedule.jsonc");
  CHECK(of_file(std::string(300, 'n') + ".jsonc") ==
        "1:1 PW111 | rename it, e.g. " + std::string(32, 'n') + ".jsonc");
  CHECK(of_file("prewarm.jsonc") == "1:1 PW122 | rename the file, e.g. my-prewarm.jsonc");
  CHECK(summary(load({{"a/x.json", file_with("")}, {"a/x.jsonc", file_with("")}})) ==
        "1:1 PW112 | rename one of them");
}

TEST_CASE("members that no field has, or twice") {
  check_all({
      {top("\"timout\": \"30s\""), "2:1 PW104 /timout | did you mean \"timeout\"?"},
      {top("\"ttl\": \"30s\""), "2:1 PW104 /ttl | it belongs into \"store\""},
      {fetch("\"jitter\": \"1s\""), "2:1 PW104 /fetch/jitter | it belongs to the outermost object"},
      {store("\"x\": 1"),
       "2:1 PW104 /store/x | take it out; here may stand version, ttl, staleIfError and keys"},
      {store("\"a/b~\": 1"),
       "2:1 PW104 /store/a~1b~0 | take it out; here may stand version, ttl, staleIfError and keys"},
      {top("\"jitter\": \"1s\", \"jitter\": \"2s\""), "2:17 PW102 /jitter | take one of them out"},
      {fetch("\"query\": {\"a\": \"1\", \"a\": \"2\"}"), "2:21 PW102 /fetch/query/a | take one of them out"},
      {"{\"shedule\": \"@hourly\", \"fetch\": {\"ulr\": \"https://a.example/\"}, \"stor\": {\"version\": 1}}",
       "1:2 PW104 /shedule | did you mean \"schedule\"?\n"
       "1:34 PW104 /fetch/ulr | did you mean \"url\"?\n"
       "1:64 PW104 /stor | did you mean \"store\"?"},
  });
  CHECK(texts(load_text(top("\"jitter\": \"1s\",\n\"jitter\": \"2s\""))) ==
        "news.jsonc:3:1 error PW102 /jitter is there twice, first at 2:1.  do: take one of them out\n");
}

TEST_CASE("fields of later releases are unknown") {
  for (const char* member : {"\"retryAfter\": \"1m\"", "\"webhook\": {}", "\"legacyKeys\": []",
                             "\"repair\": true", "\"alsoWrite\": {}", "\"contentAge\": \"1d\""}) {
    INFO(member);
    CHECK(summary(load_text(top(member))).substr(0, 9) == "2:1 PW104");
  }
}

TEST_CASE("values of the wrong type or unit, with the nearest right spelling") {
  check_all({
      {top("\"timeout\": 90"), "2:12 PW103 /timeout | \"90s\""},
      {top("\"timeout\": \"90\""), "2:12 PW103 /timeout | \"90s\""},
      {top("\"timeout\": 30000"), "2:12 PW103 /timeout | \"30000s\", or \"30s\" if milliseconds were meant"},
      {top("\"timeout\": \"1.5 min\""), "2:12 PW103 /timeout | \"1m30s\""},
      {top("\"timeout\": \"-5m\""), "2:12 PW103 /timeout | \"5m\""},
      {top("\"timeout\": \"1m 30sec\""), "2:12 PW103 /timeout | \"1m30s\""},
      {top("\"timeout\": \"30s1m\""), "2:12 PW103 /timeout | \"1m30s\""},
      {top("\"timeout\": \"soon\""), "2:12 PW103 /timeout | e.g. \"90s\" or \"1h30m\""},
      {top("\"timeout\": null"), "2:12 PW103 /timeout | e.g. \"90s\" or \"1h30m\""},
      {top("\"timeout\": {}"), "2:12 PW103 /timeout | e.g. \"90s\" or \"1h30m\""},
      {fetch("\"maxBytes\": 1048576"), "2:13 PW103 /fetch/maxBytes | \"1MiB\""},
      {fetch("\"maxBytes\": \"2MB\""), "2:13 PW103 /fetch/maxBytes | \"2MiB\""},
      {fetch("\"maxBytes\": \"64 k\""), "2:13 PW103 /fetch/maxBytes | \"64KiB\""},
      {fetch("\"retries\": \"3\""), "2:12 PW103 /fetch/retries | 3"},
      {fetch("\"retries\": 3.0"), "2:12 PW103 /fetch/retries | 3"},
      {fetch("\"retries\": true"), "2:12 PW103 /fetch/retries | a number such as 5"},
      {top("\"guard\": {\"allowNull\": \"yes\"}"), "2:24 PW103 /guard/allowNull | true"},
      {top("\"guard\": {\"allowNull\": 0}"), "2:24 PW103 /guard/allowNull | false"},
      {top("\"guard\": {\"maxShrink\": \"50%\"}"), "2:24 PW103 /guard/maxShrink | 0.5"},
      {top("\"guard\": {\"required\": \"/a\"}"), "2:23 PW103 /guard/required | e.g. [\"/0/title\"]"},
      {top("\"description\": 5"), "2:16 PW103 /description | \"5\""},
      {top("\"description\": []"), "2:16 PW103 /description | a text in quotes"},
      {top("\"tags\": \"home\""), "2:9 PW103 /tags | e.g. [\"home\"]"},
      {top("\"tags\": [1]"), "2:10 PW103 /tags/0 | e.g. \"home\""},
      {top("\"overlap\": true"), "2:12 PW103 /overlap | \"skip\", \"queue-one\""},
      {top("\"allow\": [\"w212\"]"), "2:11 PW103 /allow/0 | e.g. \"PW212\""},
      {top("\"guard\": []"),
       "2:10 PW103 /guard | { ... } with type, allowNull, minItems, maxItems, required, unique, maxShrink, "
       "maxGrow or confirmations"},
      {fetch("\"query\": {\"count\": 25}"), "2:20 PW103 /fetch/query/count | the same in quotes"},
      {fetch("\"query\": {\"count\": [25]}"), "2:21 PW103 /fetch/query/count/0 | the same in quotes"},
      {fetch("\"query\": []"), "2:10 PW103 /fetch/query | e.g. { \"count\": \"25\" }"},
      {fetch("\"headers\": {\"x-id\": null}"), "2:21 PW103 /fetch/headers/x-id | a text in quotes"},
      {fetch("\"headers\": []"),
       "2:12 PW103 /fetch/headers | e.g. { \"authorization\": \"Bearer ${NAME}\" }"},
      {version("\"01\""), "2:1 PW103 /store/version | 1"},
      {version("\"latest\""), "2:1 PW103 /store/version | a number such as 999999999"},
      {version("1.5"), "2:1 PW103 /store/version | a number such as 999999999"},
      {store("\"ttl\": 9223372036854775808"), "2:8 PW103 /store/ttl | e.g. \"90s\" or \"1h30m\""},
      {top("\"heartbeat\": 5"), "2:14 PW103 /heartbeat | the same in quotes"},
  });
  CHECK(texts(load_text(top("\"timeout\": 90"))) ==
        "news.jsonc:2:12 error PW103 /timeout 90 is a number, not a duration in ms, s, m, h, d.  do: "
        "\"90s\"\n");
}

TEST_CASE("values outside their limits") {
  check_all({
      {store("\"ttl\": \"0s\""), "2:8 PW106 /store/ttl | at least \"1s\""},
      {store("\"ttl\": \"9223372036854775808s\""), "2:8 PW106 /store/ttl | at most \"3650d\""},
      {store("\"ttl\": \"3651d\""), "2:8 PW106 /store/ttl | at most \"3650d\""},
      {version("0"), "2:1 PW106 /store/version | at least 1"},
      {version("-1"), "2:1 PW106 /store/version | at least 1"},
      {version("1000000000"), "2:1 PW106 /store/version | at most 999999999"},
      {version("99999999999999999999"), "2:1 PW106 /store/version | at most 999999999"},
      {top("\"timeout\": \"16m\""), "2:12 PW106 /timeout | at most \"15m\""},
      {top("\"timeout\": \"500ms\""), "2:12 PW106 /timeout | at least \"1s\""},
      {top("\"jitter\": \"61m\""), "2:11 PW106 /jitter | at most \"1h\""},
      {fetch("\"timeout\": \"99ms\""), "2:12 PW106 /fetch/timeout | at least \"100ms\""},
      {fetch("\"retries\": 6"), "2:12 PW106 /fetch/retries | at most 5"},
      {fetch("\"maxBytes\": \"65MiB\""), "2:13 PW106 /fetch/maxBytes | at most \"64MiB\""},
      {fetch("\"maxBytes\": \"1B\""), "2:13 PW106 /fetch/maxBytes | at least \"1KiB\""},
      {fetch("\"method\": \"get\""), "2:11 PW106 /fetch/method | \"GET\""},
      {fetch("\"method\": \"DELETE\""), "2:11 PW106 /fetch/method | \"GET\""},
      {top("\"overlap\": \"queue\""), "2:12 PW106 /overlap | \"skip\""},
      {top("\"heartbeatStyle\": \"cronitr\""), "2:19 PW106 /heartbeatStyle | \"cronitor\""},
      {top("\"description\": \"" + std::string(201, 'x') + "\""), "2:16 PW106 /description | a shorter text"},
      {top("\"tags\": [\"Home\"]"), "2:10 PW106 /tags/0 | e.g. \"home\""},
      {top("\"guard\": {\"maxShrink\": 50}"), "2:24 PW106 /guard/maxShrink | at most 1"},
      {top("\"guard\": {\"maxGrow\": -0.5}"), "2:22 PW106 /guard/maxGrow | at least 0"},
      {top("\"shape\": {\"limit\": 0}"), "2:20 PW106 /shape/limit | at least 1"},
      {top("\"shape\": {\"as\": \"1st\"}"), "2:17 PW106 /shape/as | e.g. \"tracks\""},
      {top("\"shape\": {\"pick\": {}}"), "2:19 PW106 /shape/pick | leave it out, or put one in"},
      {store("\"keys\": []"), "2:9 PW106 /store/keys | leave it out, or put one in"},
      {top("\"format\": 0"), "2:11 PW106 /format | at least 1"},
      {top("\"format\": 2"), "2:11 PW902 /format | upgrade prewarm"},
      {url("https://a.example/" + std::string(2040, 'x')),
       "2:1 PW106 /fetch/url | put what varies into \"query\""},
      {fetch("\"method\": \"POST\", \"body\": \"" + std::string(65537, 'x') + "\""),
       "2:27 PW106 /fetch/body | a shorter body"},
  });
  std::string description;
  for (int i = 0; i < 200; ++i) description += "é";
  CHECK(load_text(top("\"description\": \"" + description + "\"")).catalog);
  std::string tags;
  for (int i = 0; i < 17; ++i) tags += (i > 0 ? "," : "") + std::string("\"t\"");
  CHECK(summary(load_text(top("\"tags\": [" + tags + "]"))) == "2:9 PW106 /tags | at most 16");
}

TEST_CASE("expressions and zones that are none") {
  for (const char* text :
       {"", "* * * *", "0 * * * * *", "0 0 * * * * 2027", "60 * * * *", "* 24 * * *", "*/0 * * * *",
        "5-1 * * * *", "1-5/0 * * * *", ", * * * *", "0 9 * * MON-foo", "L * * * *", "0 0 W * *",
        "0 0 * * #2", "@every 0s", "@every -1m", "@reboot", "０ 9 * * *", "TZ=UTC 0 9 * * *"}) {
    INFO(text);
    const auto result = load_text(cron(text));
    REQUIRE(result.findings.size() == 1);
    CHECK(summary(result).substr(0, 20) == "2:1 PW210 /schedule ");
    CHECK_FALSE(result.findings[0].remedy.empty());
  }
  check_all({{cron("0 0 31 2 *"), "2:1 PW211 /schedule | \"0 0 L * *\" for the last day of the month"}});
  for (const char* text :
       {"Mars/Phobos", "../../x", "Local", "EST", "Europe/Pariss", "", "/etc/passwd", "europe/paris"}) {
    INFO(text);
    const auto result = load_text(top(std::string("\"timezone\": \"") + text + "\""));
    REQUIRE(result.findings.size() == 1);
    CHECK(summary(result).substr(0, 21) == "2:13 PW215 /timezone ");
    CHECK_FALSE(result.findings[0].remedy.empty());
  }
}

TEST_CASE("URLs that cannot be fetched") {
  for (const char* text :
       {"api.example.net", "ftp://a.example/", "https://u:p@a.example/", "https://a.example/#f",
        "https://a b/", "https://a.example:0/", "", "https://a.example/{x}"}) {
    INFO(text);
    const auto result = load_text(url(text));
    REQUIRE(result.findings.size() == 1);
    CHECK(summary(result).substr(0, 21) == "2:1 PW230 /fetch/url ");
  }
  check_all({
      {url("http://127.evil.example/"), "2:1 PW231 /fetch/url | https://, or \"allow\": [\"PW231\"]"},
      {url("http://localhost.example/"), "2:1 PW231 /fetch/url | https://, or \"allow\": [\"PW231\"]"},
      {url("http://10.0.0.1/"), "2:1 PW231 /fetch/url | https://, or \"allow\": [\"PW231\"]"},
      {url("http://a.example/"), "2:1 PW231 /fetch/url | https://, or \"allow\": [\"PW231\"]"},
      {url("https://a.example/{id}"),
       "2:1 PW114 /fetch/url | write the id itself, or ${NAME}; or \"fanout\": { \"ids\": [...] }"},
      {url("https://a.example/?api_key=abc"),
       "2:1 PW232 /fetch/url | \"${NAME}\", and NAME in the worker's environment"},
      {top("\"runbook\": \"wiki\""), "2:12 PW230 /runbook | \"https://api.example.net/items\""},
      {top("\"heartbeat\": \"ftp://a.example/\""),
       "2:14 PW230 /heartbeat | \"https://api.example.net/items\""},
      {top("\"heartbeat\": \"http://a.example/\""),
       "2:14 PW231 /heartbeat | https://, or \"allow\": [\"PW231\"]"},
  });
}

TEST_CASE("headers and secrets that do not belong into the file") {
  const std::string variable = "\"${NAME}\", and NAME in the worker's environment";
  check_all({
      {fetch("\"headers\": {\"Authorization\": \"Bearer abc\"}"),
       "2:30 PW232 /fetch/headers/Authorization | " + variable},
      {fetch("\"headers\": {\"cookie\": \"a=b\"}"), "2:23 PW232 /fetch/headers/cookie | " + variable},
      {fetch("\"headers\": {\"X-API-Key\": \"abc\"}"), "2:26 PW232 /fetch/headers/X-API-Key | " + variable},
      {fetch("\"query\": {\"apiKey\": \"abc\"}"), "2:21 PW232 /fetch/query/apiKey | " + variable},
      {fetch("\"query\": {\"token\": [\"${A:-}\", \"abc\"]}"),
       "2:31 PW232 /fetch/query/token/1 | " + variable},
      {fetch("\"headers\": {\"Host\": \"b\"}"), "2:13 PW236 /fetch/headers/Host | take it out"},
      {fetch("\"headers\": {\"accept-encoding\": \"br\"}"),
       "2:13 PW236 /fetch/headers/accept-encoding | take it out"},
      {fetch("\"headers\": {\"a b\": \"c\"}"),
       "2:13 PW236 /fetch/headers/a b | letters, digits and - such as \"x-request-id\""},
      {fetch("\"headers\": {\"\": \"c\"}"),
       "2:13 PW236 /fetch/headers/ | letters, digits and - such as \"x-request-id\""},
      {fetch("\"headers\": {\"x\": \"c\", \"X\": \"d\"}"), "2:23 PW236 /fetch/headers/X | take one out"},
      {fetch("\"headers\": {\"x\": \"a\\r\\nb: c\"}"), "2:18 PW306 /fetch/headers/x | one line of text"},
  });
}

TEST_CASE("variables that cannot be filled in") {
  World world;
  world.variables = {{"EMPTY", ""},      {"LINES", "a\r\nb"}, {"BOTH", "x"},
                     {"BOTH_FILE", "f"}, {"GONE_FILE", "g"},  {"OK", "x"}};
  world.files["f"] = "y";
  const std::string ways = "export T=..., T_FILE=PATH, or ${T:-} if it may be empty";
  check_all(
      {
          {url("https://a.example/${T}"), "2:1 PW301 /fetch/url | " + ways},
          {url("https://a.example/${EMPTY}"),
           "2:1 PW301 /fetch/url | export EMPTY=..., EMPTY_FILE=PATH, or ${EMPTY:-} if it may be empty"},
          {top("\"heartbeat\": \"${EMPTY}\""), ""},
          {top("\"heartbeat\": \"${T:-}\""), ""},
          {top("\"heartbeat\": \"${T}\""), "2:14 PW301 /heartbeat | " + ways},
          {url("https://a.example/${BOTH}"), "2:1 PW303 /fetch/url | unset one of them"},
          {url("https://a.example/${GONE}"), "2:1 PW307 /fetch/url | a readable file of at most 64 KiB"},
          {url("https://a.example/$x"),
           "2:1 PW304 /fetch/url | \"${NAME}\", \"${NAME:-text}\", or \"$$\" for a dollar sign"},
          {url("https://a.example/${ok}"), "2:1 PW304 /fetch/url | \"${OK}\""},
          {url("https://a.example/${PREWARM_ENV}"), "2:1 PW305 /fetch/url | another name"},
          {fetch("\"headers\": {\"x\": \"${LINES}\"}"),
           "2:18 PW306 /fetch/headers/x | set it to one line of text"},
          {fetch("\"headers\": {\"${OK}\": \"a\"}"), "2:13 PW302 /fetch/headers/${OK} | fill in values only"},
          {fetch("\"query\": {\"${OK}\": \"a\"}"), "2:11 PW302 /fetch/query/${OK} | fill in values only"},
          {fetch("\"method\": \"POST\", \"body\": {\"a\": [\"${T}\"]}"),
           "2:34 PW301 /fetch/body/a/0 | " + ways},
          {fetch("\"query\": {\"a\": \"${T}\", \"b\": \"${T}\"}"),
           "2:16 PW301 /fetch/query/a | " + ways + "\n2:29 PW301 /fetch/query/b | " + ways},
      },
      world);
  for (const std::string& text :
       {top("\"description\": \"${OK}\""), top("\"timezone\": \"${OK}\""), top("\"tags\": [\"${OK}\"]"),
        fetch("\"caFile\": \"${OK}\""), store("\"keys\": \"${OK}:{env}:v{version}\""),
        fetch("\"expect\": {\"/a\": \"${OK}\"}"), fetch("\"expect\": {\"/${OK}\": 1}"),
        top("\"shape\": {\"pick\": {\"a\": {\"const\": [\"${OK}\"]}}}")}) {
    INFO(text);
    const auto result = load_text(text, world);
    REQUIRE(result.findings.size() == 1);
    CHECK(result.findings[0].code == 302);
  }
  CHECK(load_text(top("\"description\": \"costs $5\""), world).catalog);
}

TEST_CASE("pointers, picks and guards that cannot hold") {
  check_all({
      {top("\"shape\": {\"select\": \"listens\"}"), "2:21 PW401 /shape/select | \"/listens\""},
      {top("\"shape\": {\"pick\": {\"a\": \"b.c\"}}"), "2:25 PW401 /shape/pick/a | \"/b/c\""},
      {top("\"shape\": {\"pick\": {\"a\": 5}}"),
       "2:25 PW403 /shape/pick/a | e.g. \"/name\", or {\"const\": 5}"},
      {top("\"shape\": {\"pick\": {\"a\": {\"cons\": 5}}}"),
       "2:25 PW403 /shape/pick/a | e.g. \"/name\", or {\"const\": 1}"},
      {top("\"guard\": {\"required\": [\"/a\", \"b\"]}"), "2:30 PW401 /guard/required/1 | \"/b\""},
      {top("\"guard\": {\"unique\": \"id\"}"), "2:21 PW401 /guard/unique | \"/id\""},
      {fetch("\"expect\": {\"error\": null}"), "2:12 PW401 /fetch/expect/error | \"/error\""},
      {top("\"guard\": {\"minItems\": 5, \"maxItems\": 4}"), "2:23 PW411 /guard/minItems | at most 4"},
      {top("\"guard\": {\"type\": \"object\", \"minItems\": 5}"),
       "2:41 PW411 /guard/minItems | \"type\": \"array\", or take it out"},
      {top("\"guard\": {\"minItems\": 5}, \"shape\": {\"limit\": 4}"),
       "2:46 PW412 /shape/limit | at least 5"},
      {fetch("\"body\": {}"), "2:9 PW114 /fetch/body | \"method\": \"POST\", or take the body out"},
      {fetch("\"caFile\": \"ca.pem\""), "2:11 PW307 /fetch/caFile | a PEM file beside the schedule file"},
  });
}

TEST_CASE("keys that could meet") {
  check_all({
      {store("\"keys\": \"news:v{version}\""), "2:9 PW120 /store/keys | \"news:{env}:v{version}\""},
      {store("\"keys\": [\"{name}:{env}:v{version}\", \"news:{env}\"]"),
       "2:37 PW120 /store/keys/1 | \"news:{env}:v{version}\""},
      {store("\"keys\": \"{name}:{env}:{id}:v{version}\""),
       "2:9 PW114 /store/keys | {/id} for a member of the record, or \"fanout\": { \"ids\": [...] }"},
      {store("\"keys\": [\"{name}:{env}:v{version}\",\n\"a:{env}:{id}:v{version}\"]"),
       "3:1 PW114 /store/keys | {/id} for a member of the record, or \"fanout\": { \"ids\": [...] }"},
      {store("\"keys\": \"prewarm:{env}:v{version}\""),
       "2:9 PW122 /store/keys | \"{name}:prewarm:{env}:v{version}\""},
      {store("\"keys\": \"{env}:" + std::string(510, 'x') + ":v{version}\""),
       "2:9 PW121 /store/keys | \"{name}:{env}:v{version}\""},
      {store("\"keys\": \"{env}:" + std::string(499, 'x') + ":v{version}\""),
       "2:9 PW121 /store/keys | a shorter template"},
      {store("\"keys\": [\"news:{env}:v{version}\", \"{name}:{env}:v{version}\"]"),
       "2:35 PW110 /store/keys | make one of them different, e.g. with {name}"},
  });
  const std::string shared = file_with("", "", R"("keys": ["a:{env}:v{version}"])");
  CHECK(
      texts(load({{"y.jsonc", shared}, {"x.jsonc", shared}})) ==
      "y.jsonc:1:108 error PW110 /store/keys \"a:{env}:v{version}\" can write the same key as x.jsonc:1:108, "
      "a:production:v1.  do: make one of them different, e.g. with {name}\n");
  const std::string data =
      file_with("", "", R"("keys": ["{name}:{env}:v{version}", "a:{env}:{/id}:v{version}"])");
  CHECK(summary(
            load({{"x.jsonc", data}, {"y.jsonc", file_with("", "", R"("keys": "a:{env}:b:v{version}")")}})) ==
        "1:107 PW110 /store/keys | make one of them different, e.g. with {name}");
  CHECK(load({{"x.jsonc", file_with("")}, {"y.jsonc", file_with("")}}).catalog);
}

TEST_CASE("warnings of a file can be allowed, and only those that occur") {
  const std::string large = R"("maxBytes": "9MiB")";
  World redis;
  redis.redis = true;
  CHECK(summary(load_text(fetch(large), redis)) ==
        "2:13 PW238 /fetch/maxBytes | \"8MiB\", or shape the value smaller");
  CHECK(load_text(fetch(large)).findings.empty());
  const std::string allowed = fetch(large + "}, \"allow\": [\"PW238\"], \"guard\": {");
  CHECK(load_text(allowed, redis).findings.empty());
  CHECK(summary(load_text(allowed)) == "2:32 PW109 /allow/0 | take it out");
  CHECK(load_text(allowed).catalog);
  CHECK(summary(load_text(top("\"allow\": [\"PW104\"], \"timout\": \"1s\""))) ==
        "2:11 PW109 /allow/0 | take it out\n2:21 PW104 /timout | did you mean \"timeout\"?");
  // Nobody knows what would have occurred in a file with errors.
  CHECK(summary(load_text(top("\"allow\": [\"PW238\"], \"timout\": \"1s\""))) ==
        "2:21 PW104 /timout | did you mean \"timeout\"?");
}

TEST_CASE("more than 8 schedules of one host in the same second are a crowd unless they have jitter") {
  const auto files = [](int count, const std::string& member) {
    std::vector<SourceFile> all;
    for (int i = 0; i < count; ++i) {
      std::string text = file_with(member);
      // Nine expressions, which all mean minute 0 of some hour.
      text.replace(text.find("@hourly"), 7,
                   i % 2 == 0 ? "0 */" + std::to_string(i / 2 + 1) + " * * *" : "@hourly");
      all.push_back({"s" + std::to_string(i) + ".jsonc", text});
    }
    return all;
  };
  const std::string allow = R"("allow": ["PW217", "PW216", "PW109"])";
  CHECK(load(files(8, allow)).findings.empty());
  const auto crowd = load(files(9, ""));
  const auto found = std::find_if(crowd.findings.begin(), crowd.findings.end(),
                                  [](const Finding& f) { return f.code == 216; });
  REQUIRE(found != crowd.findings.end());
  CHECK(found->place == Place{"s8.jsonc", 1, 14});
  CHECK(found->value == "0 */5 * * *");
  CHECK(found->message ==
        "9 schedules of api.example.net start in the same second, 2026-05-02T00:00:00Z, this one the ninth "
        "in name order");
  CHECK(load(files(9, allow)).findings.empty());
  for (const Finding& finding : load(files(20, R"("jitter": "1m")")).findings) CHECK(finding.code != 216);
}

TEST_CASE("ten thousand schedules are the most") {
  // Empty files are refused as well, but soon.
  std::vector<SourceFile> files;
  for (int i = 0; i < 10001; ++i) files.push_back({"s" + std::to_string(i) + ".jsonc", ""});
  const auto said = [](const LoadResult& result) {
    return std::count_if(result.findings.begin(), result.findings.end(),
                         [](const Finding& finding) { return finding.code == 113; });
  };
  CHECK(said(load(files)) == 1);
  files.pop_back();
  CHECK(said(load(files)) == 0);
}

TEST_CASE("plain http to this machine itself is nobody's business") {
  for (const char* host :
       {"localhost", "LocalHost:8080", "api.localhost", "127.0.0.1", "127.1.2.3:80", "[::1]:80"}) {
    INFO(host);
    const std::string address = std::string("http://") + host + "/x";
    CHECK(summary(load_text(url(address))).empty());
    CHECK(summary(load_text(top("\"heartbeat\": \"" + address + "\""))).empty());
  }
}
