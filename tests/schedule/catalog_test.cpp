// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <sstream>

#include "load.hpp"

using namespace prewarm;
using namespace prewarm::schedule;
using namespace prewarm::schedule::test;
using namespace std::chrono_literals;

namespace {

SourceFile sample(const std::string& name) {
  std::ifstream file(std::string(PREWARM_SOURCE_DIR) + "/schedules/" + name);
  std::stringstream bytes;
  bytes << file.rdbuf();
  REQUIRE_FALSE(bytes.str().empty());
  return {"schedules/" + name, bytes.str()};
}
const World kSecrets{{{"LISTENBRAINZ_USER", "example_listener"},
                      {"LISTENBRAINZ_TOKEN", "lb-t0ken"},
                      {"LASTFM_API_KEY", "fm-k3y"}}};

std::string key_of(const Schedule& schedule) {
  return schedule.store.keys.at(0)
      .fill(schedule.key_names(), [](const Pointer&) { return std::nullopt; })
      .value();
}

}  // namespace

TEST_CASE("the smallest file has every default") {
  const auto result = load_text(
      R"({ "schedule": "@hourly", "fetch": { "url": "https://api.example.net/news" }, "store": { "version": 1 } })");
  CHECK(texts(result).empty());
  REQUIRE(result.catalog);
  const SchedulePtr news = result.catalog->find("news");
  REQUIRE(news);
  CHECK(key_of(*news) == "news:production:v1");
  CHECK(news->store.ttl == 3h);
  CHECK(news->stale_after == 2h + 30s);
  CHECK(news->gaps.shortest == 1h);
  CHECK(news->timeout == 30s);
  CHECK(news->zone.name() == "UTC");
  CHECK(news->jitter == 0ms);
  CHECK(news->overlap == Overlap::skip);
  CHECK(news->missed == Missed::run_latest);
  CHECK(news->fetch.method == Method::get);
  CHECK(news->fetch.url.value.reveal() == "https://api.example.net/news");
  CHECK(news->fetch.display_url == "https://api.example.net/news");
  CHECK(news->fetch.host == "api.example.net");
  CHECK(news->fetch.timeout == 10s);
  CHECK(news->fetch.retries == 2);
  CHECK(news->fetch.max_bytes.count == 1U << 20);
  CHECK(news->shape.select.whole());
  CHECK(news->guard.type == GuardType::any);
  CHECK(news->heartbeat.url.empty());
  CHECK(news->file == "news.jsonc");
  CHECK(news->config_hash.size() == 8);
  CHECK(result.catalog->find("new") == nullptr);
}

TEST_CASE("the samples load with their keys, TTLs and limits") {
  const auto result = load({sample("recent-listens.jsonc"), sample("lastfm-recent.jsonc")}, kSecrets);
  CHECK(texts(result).empty());
  REQUIRE(result.catalog);
  REQUIRE(result.catalog->schedules.size() == 2);
  CHECK(result.catalog->schedules[0]->name == "lastfm-recent");

  const Schedule& listens = *result.catalog->find("recent-listens");
  CHECK(key_of(listens) == "recent-listens:production:v3");
  CHECK(listens.store.ttl == 1h);
  CHECK(listens.stale_after == 10min + 30s);
  CHECK(listens.fetch.url.value.reveal() == "https://api.listenbrainz.org/1/user/example_listener/listens");
  CHECK(listens.fetch.display_url == "https://api.listenbrainz.org/1/user/${LISTENBRAINZ_USER}/listens");
  CHECK(listens.fetch.host == "api.listenbrainz.org");
  REQUIRE(listens.fetch.headers.size() == 1);
  CHECK(listens.fetch.headers[0].first == "authorization");
  CHECK(listens.fetch.headers[0].second.value.reveal() == "Token lb-t0ken");
  CHECK(listens.fetch.headers[0].second.written == "Token ${LISTENBRAINZ_TOKEN}");
  CHECK(listens.fetch.max_bytes.count == 2U << 20);
  REQUIRE(listens.shape.pick.size() == 4);
  CHECK(listens.shape.pick[0].name == "artist");
  CHECK(std::get<Pointer>(listens.shape.pick[3].source).text() == "/listened_at");
  CHECK(listens.guard.max_shrink == 0.5);
  CHECK(listens.guard.confirmations == 3);
  CHECK(listens.heartbeat.url.empty());
  CHECK(listens.jitter_of(std::chrono::floor<std::chrono::seconds>(
            parse_rfc3339("2026-05-01T13:00:00Z").value())) == 19183ms);

  const Schedule& lastfm = *result.catalog->find("lastfm-recent");
  CHECK(key_of(lastfm) == "lastfm-recent:production:v1");
  CHECK(lastfm.store.ttl == 2h);
  CHECK(lastfm.stale_after == 20min + 30s);
  REQUIRE(lastfm.fetch.query.size() == 5);
  CHECK(lastfm.fetch.query[2].second.value.reveal() == "fm-k3y");
  REQUIRE(lastfm.fetch.expect.size() == 2);
  CHECK(lastfm.fetch.expect[0].second == "null");
  CHECK(lastfm.fetch.expect[1].second == "\"example_listener\"");
  CHECK(std::get<std::string>(lastfm.shape.pick[6].source) == "\"lastfm\"");
  CHECK(lastfm.shape.limit == 10);
  CHECK(lastfm.shape.as == "tracks");
  CHECK(lastfm.heartbeat.style == HeartbeatStyle::cronitor);
}

TEST_CASE("samples without their secrets name every variable that is missing") {
  const auto result = load({sample("recent-listens.jsonc"), sample("lastfm-recent.jsonc")});
  CHECK_FALSE(result.catalog);
  CHECK(texts(result) ==
        "schedules/lastfm-recent.jsonc:7:89 error PW301 /fetch/query/api_key needs LASTFM_API_KEY, which is "
        "not set.  do: "
        "export LASTFM_API_KEY=..., LASTFM_API_KEY_FILE=PATH, or ${LASTFM_API_KEY:-} if it may be empty\n"
        "schedules/recent-listens.jsonc:6:12 error PW301 /fetch/url needs LISTENBRAINZ_USER, which is not "
        "set.  do: export "
        "LISTENBRAINZ_USER=..., LISTENBRAINZ_USER_FILE=PATH, or ${LISTENBRAINZ_USER:-} if it may be empty\n"
        "schedules/recent-listens.jsonc:7:35 error PW301 /fetch/headers/authorization needs "
        "LISTENBRAINZ_TOKEN, which is not "
        "set.  do: export LISTENBRAINZ_TOKEN=..., LISTENBRAINZ_TOKEN_FILE=PATH, or ${LISTENBRAINZ_TOKEN:-} "
        "if it may be empty\n");
  World lenient;
  lenient.allow_unset = true;
  const auto allowed = load({sample("recent-listens.jsonc"), sample("lastfm-recent.jsonc")}, lenient);
  CHECK(allowed.findings.size() == 3);
  CHECK_FALSE(has_errors(allowed.findings));
}

TEST_CASE("all errors of all files come in one pass, in order of place") {
  const SourceFile users{"bad/users.jsonc",
                         "{\n"
                         "  \"schedule\": \"*/5 * * * *\",\n"
                         "  \"timout\": \"30s\",\n"
                         "  \"fetch\": { \"url\": \"https://api.example.net/users\" },\n"
                         "  \"store\": { \"version\": 2, \"ttl\": \"4m\" }\n"
                         "}\n"};
  const SourceFile nightly{"bad/nightly.jsonc",
                           "{\n"
                           "  \"schedule\": \"* 9 * * *\",\n"
                           "  \"fetch\": { \"url\": \"https://api.example.net/nightly\" },\n"
                           "  \"store\": { \"version\": 1 }\n"
                           "}\n"};
  CHECK(texts(load({users, nightly})) ==
        "bad/nightly.jsonc:2:15 warning PW212 /schedule \"* 9 * * *\" runs 60 times a day, every minute from "
        "09:00 to 09:59 UTC.  do: \"0 9 * * *\" for once a day, or \"allow\": [\"PW212\"]\n"
        "bad/users.jsonc:3:3 error PW104 /timout is not a field.  do: did you mean \"timeout\"?\n"
        "bad/users.jsonc:5:35 error PW221 /store/ttl 4m is shorter than 5m 30s (longest gap 5m + timeout "
        "30s): the key would "
        "be cold between runs.  do: leave it out (15m), or at least \"5m30s\"\n");
}

TEST_CASE("one bad file keeps the whole catalog back, and the sound ones still name their heartbeats") {
  const std::string heartbeat = R"("heartbeat": "https://hc.example.net/${UUID}")";
  World world;
  world.variables["UUID"] = "11111111-2222";
  const auto result = load({{"a.jsonc", file_with(heartbeat)},
                            {"b.jsonc", file_with(heartbeat + R"(, "timout": "30s")")},
                            {"c.jsonc", file_with(R"("heartbeat": "")")},
                            {"d.jsonc", "{"}},
                           world);
  CHECK_FALSE(result.catalog);
  REQUIRE(result.alarms.size() == 2);
  CHECK(result.alarms[0].schedule == "a");
  CHECK(result.alarms[1].schedule == "b");
  CHECK(result.alarms[1].heartbeat.url.reveal() == "https://hc.example.net/11111111-2222");
}

TEST_CASE("CR LF, comments and a schema's name change nothing") {
  CHECK(texts(load_text("{ // x\r\n\"$schema\": \"https://nowhere.example/x\",\r\n\"schedule\": "
                        "\"@hourly\",\r\n\"fetch\": {\"url\": "
                        "\"https://a.example/\"}, /* y */\r\n\"store\": {\"version\": 1}}\r\n"))
            .empty());
}

TEST_CASE("bodies are sent as written, with their variables filled in") {
  World world;
  world.variables["NAME"] = "a\"b";
  const auto body = [&](const std::string& text) {
    const auto result = load_text(file_with("", R"("method": "POST", "body": )" + text), world);
    INFO(texts(result));
    REQUIRE(result.catalog);
    return result.catalog->find("news")->fetch;
  };
  const FetchSpec json = body(R"({ "q": [ "${NAME}", 1.0, null ], "n\"": { "x": "$$" } })");
  CHECK(json.body_is_json);
  CHECK(json.body->value.reveal() == R"({"q":["a\"b",1.0,null],"n\"":{"x":"$"}})");
  CHECK(json.body->written == R"({"q":["${NAME}",1.0,null],"n\"":{"x":"$"}})");
  const FetchSpec text = body(R"("q=${NAME}\n")");
  CHECK_FALSE(text.body_is_json);
  CHECK(text.body->value.reveal() == "q=a\"b\n");
}

TEST_CASE("lists in a query repeat the name, in the order written") {
  const auto result = load_text(file_with("", R"("query": {"b": ["2", "1"], "a": "x", "c": []})"));
  REQUIRE(result.catalog);
  const auto& query = result.catalog->find("news")->fetch.query;
  REQUIRE(query.size() == 3);
  CHECK(query[0].first == "b");
  CHECK(query[0].second.value.reveal() == "2");
  CHECK(query[1].second.value.reveal() == "1");
  CHECK(query[2].first == "a");
}

TEST_CASE("authorities are read beside the schedule file") {
  World world;
  world.files["etc/ca.pem"] = "-----BEGIN CERTIFICATE-----\n";
  const std::string text = file_with("", R"("caFile": "ca.pem")");
  const auto result = load({{"etc/news.jsonc", text}}, world);
  REQUIRE(result.catalog);
  CHECK(result.catalog->find("news")->fetch.ca_file == "etc/ca.pem");
  CHECK_FALSE(load({{"news.jsonc", text}}, world).catalog);
}

TEST_CASE("a host that comes from a variable is shown as the file names it") {
  World world;
  world.variables["BASE"] = "https://internal.example.net:8443";
  const auto fetch = [&](const std::string& url) {
    const auto result = load_text(
        R"({"schedule": "@hourly", "fetch": {"url": ")" + url + R"("}, "store": {"version": 1}})", world);
    INFO(texts(result));
    REQUIRE(result.catalog);
    return result.catalog->find("news")->fetch;
  };
  CHECK(fetch("${BASE}/x?y=1").display_url == "${BASE}/x");
  CHECK(fetch("${BASE}/x").host == "${BASE}");
  CHECK(fetch("${BASE}/x").url.value.reveal() == "https://internal.example.net:8443/x");
  CHECK(fetch("https://API.example.net:8443/${BASE:-}").host == "api.example.net");
}

TEST_CASE("the configuration's hash follows what is done, not how it is written, and no secret") {
  World world;
  world.variables["TOKEN"] = "one";
  const auto hash = [&](const std::string& text) {
    const auto result = load_text(text, world);
    INFO(texts(result));
    REQUIRE(result.catalog);
    return result.catalog->find("news")->config_hash;
  };
  const std::string header = R"("headers": {"authorization": "${TOKEN}"})";
  const std::string plain = hash(file_with(R"("timeout": "60s")", header));
  CHECK(hash(file_with(R"("timeout": "1m")", header)) == plain);
  CHECK(hash(file_with(R"("description": "x", "timeout": "1m")", header)) == plain);
  CHECK(hash(file_with(R"("timeout": "61s")", header)) != plain);
  CHECK(hash(file_with(R"("timeout": "1m")", R"("headers": {"authorization": "${TOKEN:-}"})")) != plain);
  CHECK(hash(file_with(R"("timeout": "1m")", header, R"("keys": "x:{env}:v{version}")")) != plain);
  world.variables["TOKEN"] = "two";
  CHECK(hash(file_with(R"("timeout": "1m")", header)) == plain);
}
