// SPDX-License-Identifier: Apache-2.0
// Sound fan-outs: what of them reaches the definition.
#include "prewarm/schedule/fanout.hpp"

#include <catch2/catch_test_macros.hpp>
#include <ctime>
#include <fstream>
#include <sstream>

#include "load.hpp"

using namespace prewarm;
using namespace prewarm::schedule;
using namespace prewarm::schedule::test;
using namespace std::chrono_literals;

namespace {

// With one request an id.
std::string one_each(const std::string& fanout, const std::string& store = "") {
  return R"({"schedule": "@hourly", "fetch": {"url": "https://api.example.net/users/{id}"}, "fanout": {)" +
         fanout + R"(}, "store": {"version": 1)" + (store.empty() ? "" : ", " + store) + "}}";
}

std::string many_lines(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "user_" + std::to_string(i) + "\n";
  return text;
}

Schedule schedule_of(const std::string& text, const World& world = {}) {
  const auto result = load_text(text, world);
  INFO(text << "\n" << texts(result));
  REQUIRE(result.catalog);
  CHECK(result.findings.empty());
  return *result.catalog->find("news");
}

std::vector<std::string> listed(const Schedule& schedule) {
  std::vector<std::string> ids;
  const IdList& list = *std::get<IdListPtr>(schedule.fanout->ids);
  for (std::size_t i = 0; i < list.size(); ++i) ids.emplace_back(list[i]);
  return ids;
}

std::vector<std::string> from_file(const std::string& text) {
  World world;
  world.files["ids.txt"] = text;
  return listed(schedule_of(one_each(R"("ids": {"file": "ids.txt"})"), world));
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("the smallest fan-out has every default") {
  const Schedule news = schedule_of(one_each(R"("ids": ["b", "a", "b"])"));
  CHECK(listed(news) == Ids{"b", "a"});
  CHECK(news.fanout->batch == 1);
  CHECK(news.fanout->param.empty());
  CHECK(news.fanout->join.empty());
  CHECK(news.fanout->records.whole());
  CHECK(news.fanout->floor == 1);
  REQUIRE(news.store.keys.size() == 1);
  CHECK(news.store.keys[0].text() == "{name}:{env}:{id}:v{version}");
  CHECK(news.fetch.url.value.reveal() == "https://api.example.net/users/{id}");
  CHECK(news.fetch.display_url == "https://api.example.net/users/{id}");
  CHECK(news.fetch.host == "api.example.net");
  CHECK_FALSE(schedule_of(file_with("")).fanout.has_value());
}

TEST_CASE("a batch names its parameter, its records and their id") {
  const Schedule news = schedule_of(file_with(
      R"("fanout": {"ids": ["a"], "batch": 1000, "param": "user_id", "join": ", ", "records": "/data", "id": "/a/id", "floor": 0.25})"));
  CHECK(news.fanout->batch == 1000);
  CHECK(news.fanout->param == "user_id");
  CHECK(news.fanout->join == ", ");
  CHECK(news.fanout->records.text() == "/data");
  CHECK(news.fanout->id.text() == "/a/id");
  CHECK(news.fanout->floor == 0.25);
}

TEST_CASE("the id may stand in the query, in a POST, and come with the URL out of a variable") {
  World world;
  world.variables["USERS"] = "https://api.example.net/users/{id}?full=1";
  const auto with_url = [&](const std::string& url, const std::string& more) {
    return schedule_of(R"({"schedule": "@hourly", "fetch": {"url": ")" + url + "\"" + more +
                           R"(}, "fanout": {"ids": ["a"]}, "store": {"version": 1}})",
                       world);
  };
  CHECK(with_url("https://api.example.net/?user={id}&full=1", "").fetch.display_url ==
        "https://api.example.net/");
  CHECK(with_url("${USERS}", "").fetch.display_url == "${USERS}");
  CHECK(with_url("https://api.example.net/{id}", R"(, "method": "POST", "body": "x")").fetch.method ==
        Method::post);
}

TEST_CASE("a file of ids has one a line, with comments, blanks, empty lines and any line end") {
  CHECK(from_file("a\nb\n") == Ids{"a", "b"});
  CHECK(from_file("a\nb") == Ids{"a", "b"});
  CHECK(from_file("# experts\r\n\r\n  a \t\r\n\t\r\nb # the second\r\nb\r\n#c\n  # d") == Ids{"a", "b"});
  CHECK(from_file("\xef\xbb\xbf"
                  "a\n\n\nb") == Ids{"a", "b"});
  CHECK(from_file("a#1\n\xc3\xa9 \xc3\xa9\n") == Ids{"a#1", "\xc3\xa9 \xc3\xa9"});
  CHECK(from_file(std::string(200, 'x') + "\n") == Ids{std::string(200, 'x')});
}

TEST_CASE("a file of ids lies beside the schedule file, and has its own limit of size") {
  World world;
  world.files["etc/ids.txt"] = "a\n";
  LoadInput input = input_of(world, {{"etc/news.jsonc", one_each(R"("ids": {"file": "ids.txt"})")}});
  CHECK(load_catalog(input).catalog);
  std::string asked;
  input.read_id_file = [&](const std::string& path) -> Result<std::string> {
    asked = path;
    return std::string("b\n");
  };
  const auto result = load_catalog(input);
  REQUIRE(result.catalog);
  CHECK(asked == "etc/ids.txt");
  CHECK(listed(*result.catalog->find("news")) == Ids{"b"});
}

TEST_CASE("a million ids are read shortly, and no more are taken") {
  World world;
  world.files["ids.txt"] = many_lines(kMaxIds) + "user_7\n";
  const std::string text = one_each(R"("ids": {"file": "ids.txt"})");
  const std::clock_t start = std::clock();
  const auto result = load_text(text, world);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  REQUIRE(result.catalog);
  CHECK(std::get<IdListPtr>(result.catalog->find("news")->fanout->ids)->size() == kMaxIds);
  CHECK(seconds < 30);  // far above what it takes with sanitizers
  world.files["ids.txt"] += "one more\n";
  CHECK(
      texts(load_text(text, world)) ==
      "news.jsonc:1:108 error PW106 /fanout/ids/file \"ids.txt\" line 1000002 is one id too many: a schedule "
      "has at most 1000000.  do: split the ids over several schedules\n");
}

TEST_CASE("ids from a URL come with its own headers") {
  World world;
  world.variables["TOKEN"] = "t0ken";
  const Schedule news = schedule_of(
      one_each(
          R"("ids": {"url": "https://ids.example.net/x?t=${TOKEN}", "pointer": "/ids", "id": "/a", "headers": {"authorization": "${TOKEN}"}})"),
      world);
  const UrlIds& ids = std::get<UrlIds>(news.fanout->ids);
  CHECK(ids.url.value.reveal() == "https://ids.example.net/x?t=t0ken");
  CHECK(ids.url.written == "https://ids.example.net/x?t=${TOKEN}");
  CHECK(ids.display_url == "https://ids.example.net/x");
  CHECK(ids.host == "ids.example.net");
  CHECK(ids.pointer.text() == "/ids");
  REQUIRE(ids.id.has_value());
  CHECK(ids.id->text() == "/a");
  REQUIRE(ids.headers.size() == 1);
  CHECK(ids.headers[0].second.value.reveal() == "t0ken");
  CHECK(ids.headers[0].second.written == "${TOKEN}");
  CHECK(news.fetch.headers.empty());
  const Schedule plain = schedule_of(one_each(R"("ids": {"url": "https://ids.example.net/"})"));
  CHECK(std::get<UrlIds>(plain.fanout->ids).pointer.whole());
  CHECK_FALSE(std::get<UrlIds>(plain.fanout->ids).id.has_value());
}

TEST_CASE("ids from a URL may come on pages of three kinds") {
  const auto pages = [](const std::string& members) {
    const Schedule news = schedule_of(
        one_each(R"("ids": {"url": "https://ids.example.net/?limit=5", "pages": {)" + members + "}}"));
    return std::get<UrlIds>(news.fanout->ids).pages.value();
  };
  CHECK(pages(R"("by": "link")").by == Pages::By::link);
  const Pages cursor = pages(R"("by": "cursor", "param": "page[after]", "pointer": "/meta/next")");
  CHECK(cursor.by == Pages::By::cursor);
  CHECK(cursor.param == "page[after]");
  CHECK(cursor.pointer.text() == "/meta/next");
  const Pages offset = pages(R"("by": "offset", "param": "skip", "step": 250)");
  CHECK(offset.by == Pages::By::offset);
  CHECK(offset.param == "skip");
  CHECK(offset.step == 250);
  const Schedule whole = schedule_of(one_each(R"("ids": {"url": "https://ids.example.net/"})"));
  CHECK_FALSE(std::get<UrlIds>(whole.fanout->ids).pages.has_value());
}

TEST_CASE("a set of ids in Redis is named with schedule and environment filled in") {
  World redis;
  redis.redis = true;
  const auto key = [&](const std::string& text) {
    const Schedule news = schedule_of(one_each(R"("ids": {"redisSet": ")" + text + "\"}"), redis);
    return std::get<SetIds>(news.fanout->ids).key;
  };
  CHECK(key("experts:{env}:ids") == "experts:production:ids");
  CHECK(key("{name}/{env} {name}") == "news/production news");
}

TEST_CASE("what a URL gets by its ids does not count for its length") {
  const std::string url = "https://api.example.net/" + std::string(2020, 'x') + "{id}";
  REQUIRE(url.size() == 2048);
  schedule_of(R"({"schedule": "@hourly", "fetch": {"url": ")" + url + R"("}, "fanout": {"ids": [")" +
              std::string(200, 'x') + R"("]}, "store": {"version": 1}})");
}

TEST_CASE("a key of a fan-out may take the place of the id from the record") {
  const Schedule news = schedule_of(
      one_each(R"("ids": ["a"])", R"("keys": ["{name}:{env}:{/id}:v{version}", "a:{env}:{id}:v{version}"])"));
  CHECK(news.store.keys.size() == 2);
}

TEST_CASE("the configuration's hash follows the fan-out as it is written, not the content of a file") {
  World world;
  world.files = {{"ids.txt", "a\n"}, {"other.txt", "a\n"}};
  const auto hash = [&](const std::string& fanout) {
    return schedule_of(one_each(fanout), world).config_hash;
  };
  const std::string by_file = hash(R"("ids": {"file": "ids.txt"})");
  CHECK(hash(R"("ids": {"file": "other.txt"})") != by_file);
  CHECK(hash(R"("ids": {"file": "ids.txt"}, "floor": 0.5)") != by_file);
  CHECK(hash(R"("ids": ["a"])") != hash(R"("ids": ["b"])"));
  world.files["ids.txt"] = "b\n";
  CHECK(hash(R"("ids": {"file": "ids.txt"})") == by_file);
}

TEST_CASE("the sample of a fan-out loads on Redis with its keys, TTL and limit") {
  std::ifstream file(std::string(PREWARM_SOURCE_DIR) + "/schedules/redis/clerk-experts.jsonc");
  std::stringstream bytes;
  bytes << file.rdbuf();
  World redis{{{"CLERK_SECRET_KEY", "sk"}}};
  redis.redis = true;
  const auto result = load({{"schedules/redis/clerk-experts.jsonc", bytes.str()}}, redis);
  CHECK(texts(result).empty());
  REQUIRE(result.catalog);
  const Schedule& experts = *result.catalog->find("clerk-experts");
  CHECK(std::get<SetIds>(experts.fanout->ids).key == "experts:production:ids");
  CHECK(experts.fanout->batch == 100);
  CHECK(experts.fanout->param == "user_id");
  CHECK(experts.fanout->join.empty());
  CHECK(experts.fanout->records.whole());
  CHECK(experts.fanout->id.text() == "/id");
  CHECK(experts.fanout->floor == 0.9);
  CHECK(experts.store.ttl == 75h);
  CHECK(experts.stale_after == 26h);
  CHECK(experts.gaps.longest == 25h);
  REQUIRE(experts.store.keys.size() == 2);
  const auto nothing = [](const Pointer&) { return std::nullopt; };
  const auto username = [](const Pointer&) { return "amaraokafor"; };
  CHECK(experts.store.keys[0].fill(experts.key_names(), nothing, "user_1").value() ==
        "clerk-experts:production:user_1:v2");
  CHECK(experts.store.keys[1].fill(experts.key_names(), username, "user_1").value() ==
        "clerk-experts:production:username:amaraokafor:v2");
  CHECK(experts.store.keys[0].pattern(experts.key_names()) == "clerk-experts:production:*:v2");
  const auto sqlite =
      load({{"schedules/redis/clerk-experts.jsonc", bytes.str()}}, World{{{"CLERK_SECRET_KEY", "sk"}}});
  REQUIRE(sqlite.findings.size() == 1);
  CHECK(sqlite.findings[0].code == 237);
}
