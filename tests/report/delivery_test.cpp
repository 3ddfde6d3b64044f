// SPDX-License-Identifier: Apache-2.0
// Pings as they arrive: the real HTTP client, a real service. Only the waits between attempts are not real.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "prewarm/report/pinger.hpp"
#include "report/sample.hpp"
#include "report/scripted_fetcher.hpp"
#include "support/sink.hpp"

using namespace prewarm;
using namespace std::chrono_literals;
using run::PingKind;
using schedule::HeartbeatStyle;
using testkit::Answer;
using testkit::UpstreamRequest;

namespace {

// The real fetcher; where nothing is in flight, a wait moves the clock instead of lasting. A service that
// stays silent is waited for by the clock too, once it has the request.
class Hurried final : public http::Fetcher {
 public:
  Hurried(testkit::FakeClock& clock, const testkit::Sink& sink)
      : clock_(clock), sink_(sink), real_(http::make_curl_fetcher({}, clock)) {}

  void submit(std::uint64_t id, std::shared_ptr<const http::Request> request) override {
    ends_ = clock_.boot_now() + request->timeout;
    real_->submit(id, std::move(request));
    ++submitted_;
    ++flying_;
  }
  std::vector<http::Transfer> wait(BootTime until) override {
    if (flying_ == 0) {
      static_cast<void>(clock_.sleep_until(until));
      return {};
    }
    if (silent) {
      while (sink_.pings().size() < submitted_) static_cast<void>(real_->wait(clock_.boot_now()));
      static_cast<void>(clock_.sleep_until(std::min(until, ends_)));
    }
    std::vector<http::Transfer> ended = real_->wait(until);
    flying_ -= ended.size();
    return ended;
  }
  void cancel_all() override { real_->cancel_all(); }
  void wake() noexcept override { real_->wake(); }

  bool silent = false;

 private:
  testkit::FakeClock& clock_;
  const testkit::Sink& sink_;
  std::unique_ptr<http::Fetcher> real_;
  BootTime ends_{};
  std::size_t flying_ = 0, submitted_ = 0;
};

const std::string kRid = "8a46fec7-e050-8d1e-a5e6-a3d39b7a7023";
const std::string kFailText = "upstream_failed http_5xx PW530: 503 on 3 attempts; old value kept";
const std::string kSuccessText = "verified v3, 14 items, 1332 B";

struct World {
  report::Ping ping(PingKind kind, HeartbeatStyle style, const std::string& url) const {
    auto schedule = sample::recent_listens();
    schedule->heartbeat = {Secret(url), style};
    if (kind == PingKind::start) {
      run::Run run;
      run.schedule = schedule;
      run.slot = sample::slot("2026-05-01T13:00:00Z");
      run.rid = kRid;
      run.started = begin;
      return report::start_ping(run).value();
    }
    run::RunReport report = kind == PingKind::success ? sample::verified() : sample::upstream_failed();
    report.schedule = schedule;
    report.rid = kRid;
    report.started = begin;
    return report::end_ping(report).value();
  }
  // Start (where the style has one), success and fail.
  void send_all(HeartbeatStyle style, const std::string& url) {
    if (style != HeartbeatStyle::betterstack) pinger.add(ping(PingKind::start, style, url));
    pinger.add(ping(PingKind::success, style, url));
    pinger.add(ping(PingKind::fail, style, url));
    settle();
  }
  void send_success(const std::string& url) {
    pinger.add(ping(PingKind::success, HeartbeatStyle::healthchecks, url));
    settle();
  }
  void settle() {
    for (int turns = 0; !pinger.idle(); ++turns) {
      REQUIRE(turns < 1000);
      pinger.turn(clock.boot_now() + 1h);
    }
  }
  std::string logged() const {
    std::string text;
    for (const LogLine& line : log.lines) text += json_line(sample::settings(), line) + "\n";
    return text;
  }

  testkit::Sink sink;
  testkit::FakeClock clock{sample::instant("2026-05-01T13:00:00Z"), 1, testkit::FakeClock::Waits::advance};
  Hurried fetcher{clock, sink};
  sample::KeptLog log;
  report::Pinger pinger{fetcher, clock, log};
  BootTime begin = clock.boot_now();
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("healthchecks receives start, success and fail of one run in order") {
  World world;
  world.send_all(HeartbeatStyle::healthchecks, world.sink.url("/ping/uuid"));
  const auto pings = world.sink.pings();
  REQUIRE(world.sink.events() == "start success fail");
  CHECK(pings[0].path == "/ping/uuid/start");
  CHECK(pings[1].path == "/ping/uuid");
  CHECK(pings[2].path == "/ping/uuid/fail");
  for (const testkit::Ping& ping : pings) CHECK(ping.query == "rid=" + kRid);
  CHECK(pings[0].body.empty());
  CHECK(pings[1].body == kSuccessText);
  CHECK(pings[2].body == kFailText);
  CHECK(world.logged().empty());
}

TEST_CASE("betterstack receives success and fail") {
  World world;
  world.send_all(HeartbeatStyle::betterstack, world.sink.url("/api/v1/heartbeat/TOKEN"));
  const auto pings = world.sink.pings();
  REQUIRE(pings.size() == 2);
  CHECK(pings[0].path == "/api/v1/heartbeat/TOKEN");
  CHECK(pings[1].path == "/api/v1/heartbeat/TOKEN/fail");
  for (const testkit::Ping& ping : pings) CHECK(ping.query.empty());
  CHECK(pings[1].body == kFailText);
}

TEST_CASE("cronitor receives state, series and message in the query") {
  World world;
  world.send_all(HeartbeatStyle::cronitor, world.sink.url("/p/KEY/monitor"));
  const auto pings = world.sink.pings();
  REQUIRE(world.sink.events() == "start success fail");
  CHECK(pings[0].query == "state=run&series=" + kRid);
  CHECK(pings[1].query == "state=complete&series=" + kRid);
  CHECK(
      pings[2].query ==
      "state=fail&series=" + kRid +
          "&message=upstream_failed%20http_5xx%20PW530%3A%20503%20on%203%20attempts%3B%20old%20value%20kept");
  for (const testkit::Ping& ping : pings) CHECK(ping.path == "/p/KEY/monitor");
}

TEST_CASE("a generic heartbeat receives JSON") {
  World world;
  world.send_all(HeartbeatStyle::generic, world.sink.url("/hook"));
  REQUIRE(world.sink.events() == "start success fail");
  for (const testkit::Ping& ping : world.sink.pings()) {
    const auto body = nlohmann::json::parse(ping.body);
    CHECK(body["event"] == ping.event);
    CHECK(body["schedule"] == "recent-listens");
    CHECK(body["env"] == "production");
    CHECK(body["rid"] == kRid);
    CHECK(body["slot"] == "2026-05-01T13:00:00Z");
    CHECK(body.value("code", "") == (ping.event == "fail" ? "PW530" : ""));
  }
}

TEST_CASE("each ping is one POST that says its length and type") {
  World world;
  for (const auto style : {HeartbeatStyle::healthchecks, HeartbeatStyle::betterstack,
                           HeartbeatStyle::cronitor, HeartbeatStyle::generic})
    world.send_all(style, world.sink.url("/x"));
  const auto requests = world.sink.upstream().requests();
  CHECK(requests.size() == 11);
  for (const UpstreamRequest& request : requests) {
    INFO(request.head);
    CHECK(request.method == "POST");
    CHECK(request.header("content-length") == std::to_string(request.body.size()));
    CHECK(request.header("content-type").has_value());
    CHECK_FALSE(request.header("expect").has_value());
    CHECK_FALSE(request.header("transfer-encoding").has_value());
    CHECK(request.header("user-agent").value_or("").rfind("prewarm/", 0) == 0);
  }
}

TEST_CASE("a ping that meets 500 and then 429 arrives at the third attempt") {
  World world;
  world.sink.answer({Answer::of(500), Answer::of(429), Answer::of(200)});
  world.send_success(world.sink.url());
  CHECK(world.sink.pings().size() == 3);
  CHECK(world.clock.boot_now() - world.begin == 3s);
  CHECK(world.logged().empty());
}

TEST_CASE("a ping is given up after 3 attempts and leaves one line without its URL") {
  World world;
  world.sink.answer({Answer::of(503)});
  world.send_success(world.sink.url("/canary-77?key=canary-78"));
  CHECK(world.sink.pings().size() == 3);
  CHECK(world.log.lines.size() == 1);
  CHECK(has(world.logged(), R"("code":"PW801")"));
  CHECK_FALSE(has(world.logged(), "canary"));
}

TEST_CASE("a redirect of a heartbeat is not followed and not tried again") {
  World world;
  world.sink.answer({Answer::redirect(world.sink.url("/elsewhere"), 307)});
  world.send_success(world.sink.url());
  CHECK(world.sink.pings().size() == 1);
  CHECK(world.log.lines.size() == 1);
}

TEST_CASE("a long answer of the service does no harm") {
  World world;
  world.sink.answer({Answer::of(200, std::string(60'000, 'x'))});
  world.send_success(world.sink.url());
  CHECK(world.sink.pings().size() == 1);
  CHECK(world.logged().empty());
}

TEST_CASE("a service that never answers costs 15 s of budget and no more") {
  World world;
  world.fetcher.silent = true;
  world.sink.answer({Answer::raw("", testkit::Ending::stall)});
  world.send_success(world.sink.url("/canary-77"));
  CHECK(world.sink.pings().size() == 3);
  CHECK(world.clock.boot_now() - world.begin == 15s);
  CHECK(world.log.lines.size() == 1);
  CHECK_FALSE(has(world.logged(), "canary"));
}

TEST_CASE("a service that is gone is tried three times, and its URL stays secret") {
  World world;
  const std::string url = world.sink.url("/canary-77?key=canary-78");
  world.sink.upstream().stop();
  world.send_success(url);
  CHECK(world.log.lines.size() == 1);
  CHECK(has(world.logged(), "on 3 attempts"));
  CHECK_FALSE(has(world.logged(), "canary"));
}
