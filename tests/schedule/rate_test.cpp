// SPDX-License-Identifier: Apache-2.0
// fetch.rate and fetch.burst: how they are read, and whose they are.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <regex>

#include "load.hpp"

using namespace prewarm;
using namespace prewarm::schedule;
using namespace prewarm::schedule::test;
using namespace std::chrono_literals;

namespace {

LoadResult with_fetch(const std::string& members) { return load_text(file_with("", members)); }

std::optional<Rate> rate_of(const std::string& members) {
  const auto result = with_fetch(members);
  INFO(texts(result));
  REQUIRE(result.catalog);
  return result.catalog->schedules.front()->fetch.rate;
}

SourceFile file(const std::string& name, const std::string& url, const std::string& fetch,
                const std::string& top = "") {
  return {name + ".jsonc", R"({"schedule":"@hourly","allow":["PW231"],"fetch":{"url":")" + url + '"' + fetch +
                               R"(},"store":{"version":1})" + top + "}"};
}

std::optional<Rate> rate_in(const LoadResult& result, const std::string& name) {
  INFO(texts(result));
  REQUIRE(result.catalog);
  return result.catalog->find(name)->fetch.rate;
}

}  // namespace

TEST_CASE("a rate is a count over a span, and its burst what it gives in a second") {
  CHECK_FALSE(rate_of(""));
  CHECK(rate_of(R"("rate": "10/s")") == Rate{10, 1s, 10});
  CHECK(rate_of(R"("rate": "600/m")") == Rate{600, 1min, 10});
  CHECK(rate_of(R"("rate": "600/10m")") == Rate{600, 10min, 1});
  CHECK(rate_of(R"("rate": "100/10s")") == Rate{100, 10s, 10});
  CHECK(rate_of(R"("rate": "5000/h")") == Rate{5000, 1h, 1});
  CHECK(rate_of(R"("rate": "7/1m30s")") == Rate{7, 90s, 1});
  CHECK(rate_of(R"("rate": "1/s")") == Rate{1, 1s, 1});
  CHECK(rate_of(R"("rate": "1000000/1h")") == Rate{1000000, 1h, 277});
  CHECK(rate_of(R"("rate": "1000000/1000ms")") == Rate{1000000, 1s, 1000000});
  CHECK(rate_of(R"("burst": 7, "rate": "10/s")") == Rate{10, 1s, 7});
  CHECK(rate_of(R"("rate": "600/m", "burst": 600)") == Rate{600, 1min, 600});
}

TEST_CASE("what is no rate, or beyond its limits, is refused with the rate that was meant") {
  struct Case {
    const char* fetch;
    const char* summary;
  };
  for (const Case& c : {
           Case{R"("rate": 10)", R"(PW103 /fetch/rate | "10/s")"},
           Case{R"("rate": "10")", R"(PW103 /fetch/rate | "10/s")"},
           Case{R"("rate": "10 per minute")", R"(PW103 /fetch/rate | "10/m")"},
           Case{R"("rate": "10/min")", R"(PW103 /fetch/rate | "10/m")"},
           Case{R"("rate": "600/10 min")", R"(PW103 /fetch/rate | "600/10m")"},
           Case{R"("rate": "10/")", R"(PW103 /fetch/rate | "10/s")"},
           Case{R"("rate": "/s")", R"(PW103 /fetch/rate | e.g. "10/s" or "600/10m")"},
           Case{R"("rate": "-1/s")", R"(PW103 /fetch/rate | "1/s")"},
           Case{R"("rate": "1.5/s")", R"(PW103 /fetch/rate | e.g. "10/s" or "600/10m")"},
           Case{R"("rate": "10/s/s")", R"(PW103 /fetch/rate | e.g. "10/s" or "600/10m")"},
           Case{R"("rate": "")", R"(PW103 /fetch/rate | e.g. "10/s" or "600/10m")"},
           Case{R"("rate": true)", R"(PW103 /fetch/rate | e.g. "10/s" or "600/10m")"},
           Case{R"("rate": "0/s")", R"(PW106 /fetch/rate | at least 1)"},
           Case{R"("rate": "1000001/s")", R"(PW106 /fetch/rate | at most 1000000)"},
           Case{R"("rate": "99999999999999999999999/s")", R"(PW106 /fetch/rate | at most 1000000)"},
           Case{R"("rate": "10/999ms")", R"(PW106 /fetch/rate | a span of at least 1s)"},
           Case{R"("rate": "10/0s")", R"(PW106 /fetch/rate | a span of at least 1s)"},
           Case{R"("rate": "10/3601s")", R"(PW106 /fetch/rate | a span of at most 1h)"},
           Case{R"("rate": "10/1d")", R"(PW106 /fetch/rate | a span of at most 1h)"},
           Case{R"("rate": "10/s", "burst": 0)", R"(PW106 /fetch/burst | at least 1)"},
           Case{R"("rate": "10/s", "burst": 11)", R"(PW106 /fetch/burst | at most 10)"},
           Case{R"("rate": "10/s", "burst": "5")", R"(PW103 /fetch/burst | 5)"},
           Case{R"("burst": 5)", R"(PW114 /fetch/burst | "rate": "10/s", or take it out)"},
       }) {
    INFO(c.fetch);
    const auto result = with_fetch(c.fetch);
    const std::string said = summary(result);
    CHECK(said.substr(said.find(' ') + 1) == c.summary);
    CHECK_FALSE(result.catalog);
  }
}

TEST_CASE("the schema's pattern takes the rates that are read") {
  const auto schema = nlohmann::json::parse(schema_json());
  const std::regex pattern(schema["properties"]["fetch"]["properties"]["rate"]["pattern"].get<std::string>());
  for (const char* sound : {"10/s", "600/m", "600/10m", "7/1m30s", "1/h"})
    CHECK(std::regex_match(sound, pattern));
  for (const char* unsound : {"10", "10/x", "/s", "-1/s", "10/10"})
    CHECK_FALSE(std::regex_match(unsound, pattern));
}

TEST_CASE("of the rates that schedules give one origin the strictest holds for all, each part by itself") {
  const auto result =
      load({file("a", "https://API.example.net/a", R"(,"rate":"10/s","burst":2)"),
            file("b", "https://api.example.net:443/b?x=1", R"(,"rate":"100/m")"),
            file("c", "https://api.example.net/c", ""), file("d", "http://api.example.net/d", ""),
            file("e", "https://api.example.net:8443/", R"(,"rate":"50/s")"),
            file("f", "https://other.example.net/", R"(,"rate":"1/s")")});
  for (const char* name : {"a", "b", "c"}) CHECK(rate_in(result, name) == Rate{100, 1min, 1});
  CHECK_FALSE(rate_in(result, "d"));
  CHECK(rate_in(result, "e") == Rate{50, 1s, 50});
  CHECK(rate_in(result, "f") == Rate{1, 1s, 1});

  const auto mixed = load({file("a", "https://api.example.net/", R"(,"rate":"10/s","burst":2)"),
                           file("b", "https://api.example.net/", R"(,"rate":"300/m","burst":60)")});
  CHECK(rate_in(mixed, "a") == Rate{300, 1min, 2});
  CHECK(rate_in(mixed, "b") == Rate{300, 1min, 2});
}

TEST_CASE("the ids of a fan-out are asked for at the rate of their own origin") {
  const auto fanout = [](const std::string& ids) { return R"(,"fanout":{"ids":{"url":")" + ids + R"("}})"; };
  const auto result = load(
      {file("a", "https://api.example.net/{id}", R"(,"rate":"10/s")", fanout("https://api.example.net/ids")),
       file("b", "https://b.example.net/{id}", R"(,"rate":"5/s")", fanout("https://ids.example.net/"))});
  REQUIRE(result.catalog);
  const auto rate_of_ids = [&](const char* name) {
    return std::get<UrlIds>(result.catalog->find(name)->fanout->ids).rate;
  };
  CHECK(rate_of_ids("a") == Rate{10, 1s, 10});
  CHECK_FALSE(rate_of_ids("b"));
}

TEST_CASE("a rate is part of a definition's hash, its spelling and the neighbours' rates are not") {
  const auto hash_of = [](const std::vector<SourceFile>& files) {
    const auto result = load(files);
    REQUIRE(result.catalog);
    return result.catalog->find("a")->config_hash;
  };
  const auto one = [&](const std::string& fetch) {
    return hash_of({file("a", "https://a.example/", fetch)});
  };
  CHECK(one("") != one(R"(,"rate":"10/s")"));
  CHECK(one(R"(,"rate":"10/s")") != one(R"(,"rate":"10/s","burst":3)"));
  CHECK(one(R"(,"rate":"60/m")") == one(R"(,"rate":"60/60s","burst":1)"));
  CHECK(one("") ==
        hash_of({file("a", "https://a.example/", ""), file("b", "https://a.example/", R"(,"rate":"1/s")")}));
}
