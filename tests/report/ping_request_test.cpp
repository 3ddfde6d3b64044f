// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "prewarm/base/json_text.hpp"
#include "prewarm/report/heartbeat.hpp"
#include "report/sample.hpp"

using namespace prewarm;
using run::PingKind;
using schedule::HeartbeatStyle;

namespace {

const std::string kRid = "8a46fec7-e050-8d1e-a5e6-a3d39b7a7023";

report::Ping ping(HeartbeatStyle style, PingKind kind, const std::string& url) {
  report::Ping made;
  made.schedule = "recent-listens";
  made.env = "production";
  made.rid = kRid;
  made.run_id = "41d09c3e-6b27-8a15-9f02-c8e1d7b6a354";
  made.slot = sample::slot("2026-05-01T13:00:00Z");
  made.kind = kind;
  made.heartbeat = {Secret(url), style};
  if (kind == PingKind::success) {
    made.outcome = "verified";
    made.reason = "none";
    made.message = "verified v3, 14 items, 1332 B";
  }
  if (kind == PingKind::fail) {
    made.outcome = "upstream_failed";
    made.reason = "http_5xx";
    made.code = 530;
    made.message = "503 on 3 attempts; old value kept";
  }
  return made;
}

std::string url_of(const report::Ping& made) { return report::ping_request(made).value().url.reveal(); }
std::string body_of(const report::Ping& made) { return report::ping_request(made).value().body.reveal(); }

std::string header_of(const http::Request& request, const std::string& name) {
  for (const auto& [header, value] : request.headers)
    if (header == name) return value.reveal();
  return {};
}

const std::string kFailText = "upstream_failed http_5xx PW530: 503 on 3 attempts; old value kept";

}  // namespace

TEST_CASE("healthchecks: the kind is in the path, the run in rid, the reason in the body") {
  const std::string url = "https://hc-ping.com/uuid";
  const auto of = [&](PingKind kind) { return ping(HeartbeatStyle::healthchecks, kind, url); };
  CHECK(url_of(of(PingKind::start)) == url + "/start?rid=" + kRid);
  CHECK(body_of(of(PingKind::start)).empty());
  CHECK(url_of(of(PingKind::success)) == url + "?rid=" + kRid);
  CHECK(body_of(of(PingKind::success)) == "verified v3, 14 items, 1332 B");
  CHECK(url_of(of(PingKind::fail)) == url + "/fail?rid=" + kRid);
  CHECK(body_of(of(PingKind::fail)) == kFailText);
}

TEST_CASE("a reason is one line, whatever pointers of the schedule file stand in it") {
  report::Ping made = ping(HeartbeatStyle::healthchecks, PingKind::fail, "https://hc-ping.com/uuid");
  made.message = "shape.select finds nothing: /a\nb\x1b[31m is null";
  CHECK(body_of(made) ==
        "upstream_failed http_5xx PW530: shape.select finds nothing: /a\\nb\\u001b[31m is null");
}

TEST_CASE("a heartbeat URL with a query, a final slash or a fragment is extended where it must be") {
  const auto of = [&](const std::string& url) {
    return url_of(ping(HeartbeatStyle::healthchecks, PingKind::fail, url));
  };
  CHECK(of("https://hc-ping.com/key/slug?create=1") ==
        "https://hc-ping.com/key/slug/fail?create=1&rid=" + kRid);
  CHECK(of("https://hc-ping.com/uuid/") == "https://hc-ping.com/uuid/fail?rid=" + kRid);
  CHECK(of("https://hc-ping.com/uuid#x") == "https://hc-ping.com/uuid/fail?rid=" + kRid);
}

TEST_CASE("betterstack: success at the URL, failure below it, no start") {
  const std::string url = "https://uptime.betterstack.com/api/v1/heartbeat/TOKEN";
  const auto of = [&](PingKind kind) { return ping(HeartbeatStyle::betterstack, kind, url); };
  CHECK_FALSE(report::ping_request(of(PingKind::start)).has_value());
  CHECK(url_of(of(PingKind::success)) == url);
  CHECK(url_of(of(PingKind::fail)) == url + "/fail");
  CHECK(body_of(of(PingKind::fail)) == kFailText);
}

TEST_CASE("cronitor: everything is in the query, percent-encoded") {
  const std::string url = "https://cronitor.link/p/KEY/monitor";
  const auto of = [&](PingKind kind) { return ping(HeartbeatStyle::cronitor, kind, url); };
  CHECK(url_of(of(PingKind::start)) == url + "?state=run&series=" + kRid);
  CHECK(url_of(of(PingKind::success)) == url + "?state=complete&series=" + kRid);
  CHECK(
      url_of(of(PingKind::fail)) ==
      url + "?state=fail&series=" + kRid +
          "&message=upstream_failed%20http_5xx%20PW530%3A%20503%20on%203%20attempts%3B%20old%20value%20kept");
  CHECK(url_of(ping(HeartbeatStyle::cronitor, PingKind::start, url + "?env=production")) ==
        url + "?env=production&state=run&series=" + kRid);
}

TEST_CASE("a cronitor message has at most 1000 characters, cut between characters") {
  report::Ping made = ping(HeartbeatStyle::cronitor, PingKind::fail, "https://c.example/p/k/m");
  made.outcome = made.reason = "";
  made.code = 0;
  made.message.clear();
  for (int i = 0; i < 1500; ++i) made.message += "ü";
  const std::string url = url_of(made);
  const std::string message = url.substr(url.find("message=") + 8);
  CHECK(message.size() == 1000 * std::string("%C3%BC").size());
  CHECK(message.substr(message.size() - 6) == "%C3%BC");
}

TEST_CASE("generic: one JSON object with the members that apply") {
  const std::string url = "https://alarm.example/hook?team=web";
  const auto of = [&](PingKind kind) { return ping(HeartbeatStyle::generic, kind, url); };
  CHECK(url_of(of(PingKind::fail)) == url);
  CHECK(body_of(of(PingKind::start)) ==
        R"({"event":"start","schedule":"recent-listens","env":"production","rid":")" + kRid +
            R"(","run_id":"41d09c3e-6b27-8a15-9f02-c8e1d7b6a354","slot":"2026-05-01T13:00:00Z"})");
  CHECK(
      body_of(of(PingKind::success)) ==
      R"({"event":"success","schedule":"recent-listens","env":"production","rid":")" + kRid +
          R"(","run_id":"41d09c3e-6b27-8a15-9f02-c8e1d7b6a354","slot":"2026-05-01T13:00:00Z","outcome":"verified","reason":"none","message":"verified v3, 14 items, 1332 B"})");
  CHECK(
      body_of(of(PingKind::fail)) ==
      R"({"event":"fail","schedule":"recent-listens","env":"production","rid":")" + kRid +
          R"(","run_id":"41d09c3e-6b27-8a15-9f02-c8e1d7b6a354","slot":"2026-05-01T13:00:00Z","outcome":"upstream_failed","reason":"http_5xx","code":"PW530","message":"503 on 3 attempts; old value kept"})");
}

TEST_CASE("a failure says whom to ask and where to read, behind the reason") {
  for (const auto style : {HeartbeatStyle::healthchecks, HeartbeatStyle::betterstack}) {
    report::Ping made = ping(style, PingKind::fail, "https://h.example/x");
    made.owner = "web";
    CHECK(body_of(made) == kFailText + "\nowner: web");
    made.runbook = "https://wiki.example.net/prewarm";
    CHECK(body_of(made) == kFailText + "\nowner: web\nrunbook: https://wiki.example.net/prewarm");
    made.message.assign(50'000, 'x');
    CHECK(body_of(made).size() == 10'000);
    CHECK(body_of(made).find("\nowner: web\nrunbook: https://wiki.example.net/prewarm") != std::string::npos);
    made.owner = "web\nrunbook: elsewhere";
    CHECK(body_of(made).find("\nrunbook: elsewhere") == std::string::npos);
  }
  report::Ping made = ping(HeartbeatStyle::generic, PingKind::fail, "https://h.example/x");
  made.owner = "web";
  made.runbook = "https://wiki.example.net/prewarm";
  const auto body = nlohmann::json::parse(body_of(made));
  CHECK(body["owner"] == "web");
  CHECK(body["runbook"] == "https://wiki.example.net/prewarm");
  CHECK(body["message"] == "503 on 3 attempts; old value kept");
  made.message.assign(50'000, '\x01');
  CHECK(body_of(made).size() <= 10'000);
  CHECK(nlohmann::json::parse(body_of(made))["owner"] == "web");
}

TEST_CASE("every ping is a POST with a content type and a name of the sender") {
  for (const auto style : {HeartbeatStyle::healthchecks, HeartbeatStyle::betterstack,
                           HeartbeatStyle::cronitor, HeartbeatStyle::generic}) {
    const auto request = report::ping_request(ping(style, PingKind::fail, "https://h.example/x")).value();
    CHECK(request.post);
    CHECK(header_of(request, "content-type") ==
          (style == HeartbeatStyle::generic ? "application/json" : "text/plain; charset=utf-8"));
    CHECK(header_of(request, "user-agent").rfind("prewarm/", 0) == 0);
  }
}

TEST_CASE("a body has at most 10,000 bytes and stays valid") {
  for (const std::string unit : {"x", "ü", "\x01", "\xff"}) {
    std::string message;
    while (message.size() < 50'000) message += unit;
    report::Ping plain = ping(HeartbeatStyle::healthchecks, PingKind::fail, "https://h.example/x");
    plain.message = message;
    CHECK(body_of(plain).size() <= 10'000);
    CHECK(body_of(plain).size() > 9'990);
    report::Ping generic = ping(HeartbeatStyle::generic, PingKind::fail, "https://h.example/x");
    generic.message = message;
    CHECK(body_of(generic).size() <= 10'000);
    CHECK(nlohmann::json::accept(body_of(generic)));
  }
  for (const std::size_t offset : {0U, 1U, 2U}) {  // one of them falls inside a character
    report::Ping cut = ping(HeartbeatStyle::betterstack, PingKind::fail, "https://h.example/x");
    cut.message.assign(offset, 'x');
    while (cut.message.size() < 20'000) cut.message += "€";
    CHECK(json_quote(body_of(cut)).find("\xef\xbf\xbd") == std::string::npos);
  }
}

TEST_CASE("of a heartbeat URL only scheme and host are ever shown") {
  for (const auto& [url, shown] :
       {std::pair{"https://hc-ping.com/canary-5e1f?key=canary-77", "https://hc-ping.com"},
        {"http://user:canary@127.0.0.1:8000/x", "http://127.0.0.1:8000"},
        {"https://h.example?canary", "https://h.example"},
        {"canary", "heartbeat"}})
    CHECK(report::ping_request(ping(HeartbeatStyle::generic, PingKind::fail, url)).value().display == shown);
}
