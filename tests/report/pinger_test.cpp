// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include "report/pinger_world.hpp"

using namespace prewarm;
using namespace std::chrono_literals;
using run::PingKind;
using sample::Answer;
using sample::Sent;
using sample::World;

namespace {

sample::ScriptedFetcher::Script always(Answer answer) {
  return [answer](const Sent&) { return answer; };
}

// Answers in order; the last one stays.
sample::ScriptedFetcher::Script in_order(std::vector<Answer> answers) {
  return [answers, next = std::size_t{0}](const Sent&) mutable {
    return answers[std::min(next++, answers.size() - 1)];
  };
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a ping that is answered 200 is delivered with one request and no word") {
  World world(always({10ms, 200}));
  world.pinger.add(world.ping("news", PingKind::success));
  CHECK_FALSE(world.pinger.idle());
  world.settle();
  CHECK(world.fetcher.sent().size() == 1);
  CHECK(world.fetcher.sent()[0].timeout == 5s);
  CHECK(world.log.lines.empty());
}

TEST_CASE("a ping is tried again after 1 s and 2 s on 408, 429, 5xx, timeouts and lost connections") {
  const std::vector<Answer> table{{10ms, 408},
                                  {10ms, 429},
                                  {10ms, 500},
                                  {10ms, 503},
                                  {10ms, 0, Error{ErrorKind::timeout, "timeout"}},
                                  {10ms, 0, Error{ErrorKind::connect, "refused", "", true}}};
  for (const Answer& answer : table) {
    World world(in_order({answer, answer, {10ms, 200}}));
    world.pinger.add(world.ping("news", PingKind::fail));
    world.settle();
    CHECK(world.times() == std::vector<Millis>{0ms, 1010ms, 3020ms});
    CHECK(world.log.lines.empty());
  }
}

TEST_CASE("who debugs is told of each ping that was delivered, and of its URL nothing") {
  World world(in_order({{10ms, 503}, {10ms, 200}}));
  world.pinger.add(world.ping("news", PingKind::fail));
  world.settle();
  REQUIRE(world.log.debug_lines.size() == 1);
  const std::string line = json_line(sample::settings(), world.log.debug_lines[0]);
  CHECK(line.find(R"("event":"heartbeat.sent","msg":"news fail ping sent")") != std::string::npos);
  CHECK(line.find(R"("schedule":"news","kind":"fail","status":200,"attempts":2)") != std::string::npos);
  CHECK(line.find("canary") == std::string::npos);
}

TEST_CASE("a ping is given up after 3 attempts") {
  World world(always({10ms, 500}));
  world.pinger.add(world.ping("news", PingKind::fail));
  world.settle();
  CHECK(world.fetcher.sent().size() == 3);
  REQUIRE(world.log.lines.size() == 1);
  CHECK(world.log.lines[0].level == Level::warn);
  const std::string line = json_line(sample::settings(), world.log.lines[0]);
  CHECK(has(line, R"("event":"heartbeat.failed","msg":"news fail ping failed: status 500 on 3 attempts")"));
  CHECK(has(line, R"("schedule":"news","kind":"fail","code":"PW801"})"));
}

TEST_CASE("a ping is not tried again where that cannot help") {
  for (const Answer& answer : std::vector<Answer>{{10ms, 301},
                                                  {10ms, 400},
                                                  {10ms, 404},
                                                  {10ms, 409},
                                                  {10ms, 0, Error{ErrorKind::tls, "wrong name"}},
                                                  {10ms, 0, Error{ErrorKind::address, "inner address"}}}) {
    World world(always(answer));
    world.pinger.add(world.ping("news", PingKind::fail));
    world.settle();
    CHECK(world.fetcher.sent().size() == 1);
    CHECK(world.log.lines.size() == 1);
  }
}

TEST_CASE("a ping takes 15 s in all, each attempt at most 5 s") {
  World world(always({1h, 200}));
  world.pinger.add(world.ping("news", PingKind::fail));
  CHECK(world.settle() == 15s);
  CHECK(world.times() == std::vector<Millis>{0s, 6s, 13s});
  CHECK(world.fetcher.sent()[0].timeout == 5s);
  CHECK(world.fetcher.sent()[1].timeout == 5s);
  CHECK(world.fetcher.sent()[2].timeout == 2s);
  CHECK(has(world.logged(), "no answer from https://hc-ping.example on 3 attempts"));
}

TEST_CASE("the end of a run is never pinged before its start, however slow the start is") {
  World world([](const Sent& sent) {
    return sent.url.find("/start") != std::string::npos ? Answer{4s, 500} : Answer{1ms, 200};
  });
  world.pinger.add(world.ping("news", PingKind::start));
  world.pinger.add(world.ping("news", PingKind::success));
  world.settle();
  REQUIRE(world.fetcher.sent().size() == 4);
  for (std::size_t i = 0; i < 3; ++i) CHECK(has(world.fetcher.sent()[i].url, "/start"));
  CHECK_FALSE(has(world.fetcher.sent()[3].url, "/start"));
  CHECK(has(world.logged(), R"("kind":"start")"));
}

TEST_CASE("schedules do not wait for each other") {
  World world([](const Sent& sent) {
    return sent.url.find("-slow") != std::string::npos ? Answer{4s, 200} : Answer{1ms, 200};
  });
  world.pinger.add(world.ping("slow", PingKind::success));
  world.pinger.add(world.ping("quick", PingKind::start));
  world.pinger.add(world.ping("quick", PingKind::success));
  world.pinger.turn(world.begin + 1h);
  world.pinger.turn(world.begin + 1h);
  CHECK(world.times() == std::vector<Millis>{0ms, 0ms, 1ms});
  world.settle();
}

TEST_CASE("a ping that could only leave after its last instant is dropped") {
  World world(always({5s, 500}));
  report::Ping late = world.ping("news", PingKind::success);
  late.not_after = world.begin - 1ns;
  world.pinger.add(late);
  CHECK(world.settle() == 0s);
  CHECK(world.fetcher.sent().empty());
  CHECK(has(world.logged(), R"("code":"PW802")"));

  report::Ping soon = world.ping("news", PingKind::success);
  soon.not_after = world.begin + 5s;  // the first attempt may leave, a second could not
  world.pinger.add(soon);
  CHECK(world.settle() == 5s);
  CHECK(world.fetcher.sent().size() == 1);
  CHECK(has(world.logged(), R"("code":"PW801")"));
}

TEST_CASE("a ping that waits behind another is looked at again before it leaves") {
  World world(always({5s, 500}));
  world.pinger.add(world.ping("news", PingKind::start));
  report::Ping end = world.ping("news", PingKind::success);
  end.not_after = world.begin + 10s;  // the start takes 15 s
  world.pinger.add(end);
  world.settle();
  for (const Sent& sent : world.fetcher.sent()) CHECK(has(sent.url, "/start"));
  CHECK(has(world.logged(), R"("kind":"success","code":"PW802")"));
}

TEST_CASE("a process that was stopped between two attempts drops the ping") {
  World world(always({10ms, 500}));
  world.pinger.add(world.ping("news", PingKind::success));
  world.pinger.turn(world.begin + 1h);  // the first answer
  world.clock.advance(10min);
  world.settle();
  CHECK(world.fetcher.sent().size() == 1);
  CHECK(has(world.logged(), R"("code":"PW802")"));
}

TEST_CASE("a process that was stopped during an attempt gives the ping up") {
  World world(always({10ms, 500}));
  world.pinger.add(world.ping("news", PingKind::success));
  world.pinger.turn(world.begin);  // sent
  world.clock.advance(20s);
  const BootTime woken = world.clock.boot_now();
  world.settle();
  CHECK(world.clock.boot_now() == woken);
  CHECK(world.fetcher.sent().size() == 1);
  CHECK(has(world.logged(), R"("code":"PW801")"));
}

TEST_CASE("256 pings find room, more are dropped, logged and do no harm") {
  World world(always({1ms, 200}));
  for (int i = 0; i < 300; ++i) world.pinger.add(world.ping("s" + std::to_string(i), PingKind::start));
  CHECK(world.log.lines.size() == 44);
  CHECK(has(world.logged(), R"("code":"PW802")"));
  world.settle();
  CHECK(world.fetcher.sent().size() == 256);
  CHECK(world.fetcher.most_flying == 8);
}

TEST_CASE("a host that does not answer does not hold up the others") {
  World world([](const Sent& sent) {
    return sent.url.find("dead.example") != std::string::npos ? Answer{1h, 0} : Answer{1ms, 200};
  });
  world.host = "dead.example";
  for (int i = 0; i < 20; ++i) world.pinger.add(world.ping("d" + std::to_string(i), PingKind::start));
  world.host = "alive.example";
  world.pinger.add(world.ping("alive", PingKind::start));
  world.pinger.turn(world.begin + 1h);
  CHECK(world.clock.boot_now() == world.begin + 1ms);
  CHECK(world.fetcher.sent().size() == 9);
  CHECK(has(world.fetcher.sent().back().url, "alive.example"));
}

TEST_CASE("a failing heartbeat is logged the 1st, 2nd, 4th and 8th time, and at once again after a success") {
  bool well = false;
  World world([&](const Sent&) { return Answer{1ms, well ? 200 : 404}; });
  const auto send = [&] {
    world.pinger.add(world.ping("news", PingKind::success));
    world.settle();
  };
  for (int i = 0; i < 10; ++i) send();
  REQUIRE(world.log.lines.size() == 4);
  CHECK_FALSE(has(json_line({}, world.log.lines[0]), "repeated"));
  CHECK(has(json_line({}, world.log.lines[1]), R"("repeated":2)"));
  CHECK(has(json_line({}, world.log.lines[3]), R"("repeated":8)"));
  well = true;
  send();
  well = false;
  send();
  REQUIRE(world.log.lines.size() == 5);
  CHECK_FALSE(has(json_line({}, world.log.lines[4]), "repeated"));
}

TEST_CASE("turn ends at its instant, when a transfer ended, and when somebody wakes the fetcher") {
  World world(always({2s, 500}));
  world.pinger.turn(world.begin + 1s);
  CHECK(world.clock.boot_now() == world.begin + 1s);
  world.pinger.add(world.ping("news", PingKind::start));
  world.pinger.turn(world.begin + 2s);
  CHECK(world.clock.boot_now() == world.begin + 2s);  // still in flight
  world.pinger.turn(world.begin + 1h);
  CHECK(world.clock.boot_now() == world.begin + 3s);  // answered
  world.fetcher.wake();
  world.pinger.turn(world.begin + 1h);
  CHECK(world.clock.boot_now() == world.begin + 3s);
  world.pinger.turn(world.begin + 1h);  // waits for the next attempt, sends it, and for its answer
  CHECK(world.clock.boot_now() == world.begin + 6s);
  CHECK(world.fetcher.sent().size() == 2);
}

TEST_CASE("what is left at the end of a worker is given up with a word each") {
  World world(always({2s, 200}));
  world.pinger.add(world.ping("news", PingKind::start));
  world.pinger.add(world.ping("news", PingKind::success));
  world.pinger.turn(world.begin + 1s);
  world.pinger.abandon();
  CHECK(world.pinger.idle());
  CHECK(world.log.lines.size() == 2);
  CHECK(world.fetcher.cancelled);
  world.pinger.turn(world.begin + 2s);  // the cancelled transfer comes back and is nobody's
  CHECK(world.log.lines.size() == 2);
}

TEST_CASE("the secret part of a heartbeat URL appears in no line") {
  for (const Answer& answer :
       std::vector<Answer>{{10ms, 404},
                           {1h, 200},
                           {10ms, 0, Error{ErrorKind::dns, "no address for https://hc-ping.example"}}}) {
    World world(always(answer));
    for (const auto kind : {PingKind::start, PingKind::success, PingKind::fail})
      world.pinger.add(world.ping("news", kind));
    world.settle();
    CHECK_FALSE(world.log.lines.empty());
    CHECK_FALSE(has(world.logged(), "canary"));
  }
}
