// SPDX-License-Identifier: Apache-2.0
// Whatever bytes a schedule file holds, loading ends with findings in order, and no secret is among them.
#include <catch2/catch_test_macros.hpp>
#include <random>

#include "load.hpp"

using namespace prewarm;
using namespace prewarm::schedule;
using namespace prewarm::schedule::test;

namespace {

const std::string kFile = R"({ // everything that is read in its own way
  "$schema": "x", "description": "ü", "runbook": "https://wiki.example.net/", "tags": ["a", "b-1"],
  "schedule": "*/5 * * * 1-5", "timezone": "Europe/Paris", "jitter": "20s", "allow": ["PW231"],
  "fetch": {
    "url": "https://api.example.net/${PATH_SECRET}/x?y=%20", "method": "POST",
    "query": { "count": "25", "token": ["${TOKEN}", "${TOKEN}$$"] },
    "headers": { "authorization": "Bearer ${TOKEN}" }, "body": { "a": [1.5e3, "${TOKEN:-x}", null, true] }, /* , */
    "maxBytes": "2MiB", "expect": { "/error": null, "/a~1b": { "c": [] } }
  },
  "shape": { "select": "/a", "limit": 5, "as": "t", "pick": { "a": "/a/b", "b": { "const": "\u00e9\ud83d\ude00" } } },
  "guard": { "type": "array", "minItems": 1, "required": ["/0/a"], "maxShrink": 0.5 },
  "store": { "version": 3, "ttl": "100h", "keys": ["{name}:{env}:v{version}", "{name}:{env}:{/id}:v{version}"] },
  "heartbeat": "http://hc.example.net/${HEART}", "heartbeatStyle": "cronitor"
})";

const std::string kCanary = "c4nary";
World world() {
  World world;
  world.variables = {
      {"PATH_SECRET", kCanary + "-path"}, {"TOKEN", kCanary + "-token"}, {"HEART_FILE", "heart"}};
  world.files["heart"] = kCanary + "-heart\n";
  return world;
}

// Loads and checks what holds of any result.
void check_any(const std::string& text, const World& world) {
  const auto result = load_text(text, world);
  CHECK(static_cast<bool>(result.catalog) == !has_errors(result.findings));
  const Place* last = nullptr;
  for (const Finding& finding : result.findings) {
    const std::string line = finding_text(finding);
    if (line.find(kCanary) != std::string::npos || finding.value.find(kCanary) != std::string::npos)
      FAIL(line);
    if (line.find('\n') != std::string::npos || finding.place.line < 1 || finding.place.column < 1)
      FAIL(line);
    if (finding.severity == Severity::error && finding.remedy.empty()) FAIL(line);
    if (last != nullptr && finding.place < *last) FAIL(line);
    last = &finding.place;
  }
}

}  // namespace

TEST_CASE("the hostile tests begin with a sound file") {
  const World secrets = world();
  const auto result = load_text(kFile, secrets);
  INFO(texts(result));
  CHECK(result.findings.empty());
  REQUIRE(result.catalog);
  const Schedule& schedule = *result.catalog->find("news");
  CHECK(schedule.heartbeat.url.reveal() == "http://hc.example.net/c4nary-heart");
  CHECK(schedule.fetch.body->value.reveal() == R"({"a":[1.5e3,"c4nary-token",null,true]})");
  CHECK(schedule.fetch.display_url == "https://api.example.net/${PATH_SECRET}/x");
}

TEST_CASE("a file cut at any byte is refused") {
  const World secrets = world();
  for (std::size_t length = 0; length < kFile.size(); ++length) {
    CHECK_FALSE(load_text(kFile.substr(0, length), secrets).catalog);
    check_any(kFile.substr(0, length), secrets);
  }
}

TEST_CASE("a file with bytes changed, lost or doubled is loaded or refused, and shows no secret") {
  const World secrets = world();
  std::mt19937 random(20260501);  // NOLINT(cert-msc51-cpp): the same files every time
  const auto upto = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  const std::string marks =
      "{}[]\",:/*\\$ \n\x01\x7f\xff"
      "0-eu";
  for (int round = 0; round < 4000; ++round) {
    std::string text = kFile;
    for (std::size_t slips = 1 + upto(4); slips > 0; --slips) {
      const std::size_t at = upto(text.size());
      switch (upto(4)) {
        case 0:
          text[at] = static_cast<char>(upto(256));
          break;
        case 1:
          text[at] = marks[upto(marks.size())];
          break;
        case 2:
          text.erase(at, 1 + upto(20));
          break;
        default:
          text.insert(at, text.substr(upto(text.size()), 1 + upto(20)));
      }
    }
    check_any(text, secrets);
  }
}

TEST_CASE("no finding shows a secret, wherever the value is refused") {
  World secrets = world();
  secrets.variables["LINES"] = kCanary + "\n";
  secrets.variables["WORD"] = kCanary;
  for (const char* fetch : {
           R"("headers": {"x": "${LINES}"})",
           R"("headers": {"authorization": "Bearer c4nary"})",
           R"("headers": {"a b": "${WORD}"})",
           R"("headers": {"x": ["c4nary"]})",
           R"("query": {"token": "c4nary"})",
           R"("query": {"a": {"b": "c4nary"}})",
           R"("body": "c4nary")",
           R"("body": {"a": "c4nary${LINES}"})",
           R"("query": {"a": "c4nary$"})",
           R"("headers": {"x": "c4nary)",
           R"("headers": {"x": c4nary})",
           R"("headers": {"x": "c4nary" "y"})",
           R"("headers": {"x": "c4nary\q"})",
           R"("headers": "c4nary")",
       }) {
    INFO(fetch);
    const auto result = load_text(file_with("", fetch), secrets);
    CHECK_FALSE(result.catalog);
    check_any(file_with("", fetch), secrets);
  }
  for (const char* url : {"${WORD}", "ftp://${WORD}/", "https://c4nary:x@a.example/",
                          "https://a.example/#${WORD}", "https://${WORD}:0/", "https://a.example/ ${WORD}",
                          "https://a.example/?token=c4nary", "https://a.example/${LINES}"}) {
    INFO(url);
    const std::string file = std::string(R"({"schedule": "@hourly", "fetch": {"url": ")") + url +
                             R"("}, "store": {"version": 1}, "heartbeat": ")" + url + "\"}";
    CHECK_FALSE(load_text(file, secrets).catalog);
    check_any(file, secrets);
  }
}
