// SPDX-License-Identifier: Apache-2.0
// Servers that answer wrongly, late, too much or not at all (PROMISES 11.E; I12).
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "prewarm/verify/verify.hpp"
#include "store/fake_redis.hpp"
#include "store/redis_script.hpp"

#include "store/world.hpp"

using namespace prewarm;
using namespace prewarm::store;
using Answer = run::ReadBack::Answer;
using FoundKind = run::Found::Kind;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string kKey = "recent-listens:test:v3";

// A store that has logged in and proved the fence, so that what follows is about the window alone.
struct Lab {
  FakeRedis server;
  std::unique_ptr<Clock> clock = make_system_clock();
  std::unique_ptr<Store> store;

  explicit Lab(StoreSettings settings = test_settings()) {
    store = sure(make_store(Secret(server.url()), std::move(settings), *clock));
  }
  void prove() { sure(store->probe(soon())); }
  BootTime soon() { return clock->boot_now() + kAmple; }
  BootTime shortly() { return clock->boot_now() + Millis(500); }
  run::Entry entry() { return entry_at(clock->wall_now()); }
  /// Answers `command` with `bytes`, once.
  void answer_once(const std::string& command, const std::string& bytes) {
    server.answer([command, bytes, done = false](const Words& words) mutable -> std::optional<Instead> {
      if (done || words[0] != command) return std::nullopt;
      done = true;
      return Instead{bytes};
    });
  }
  void answer_always(const std::string& command, const std::string& bytes) {
    server.answer([command, bytes](const Words& words) -> std::optional<Instead> {
      if (words[0] != command) return std::nullopt;
      return Instead{bytes};
    });
  }
};

std::string script_reply(const std::string& word, const std::string& head, const std::string& length) {
  return "*3\r\n" + bulk(word) + bulk(head) + ":" + length + "\r\n";
}

}  // namespace

TEST_CASE("a script reply of another shape is a protocol error, and the connection is not used again") {
  Lab lab;
  const std::string word = bulk("written"), head = bulk(""), none = ":0\r\n";
  for (const std::string& bytes : {std::string("$-1\r\n"),
                                   std::string("+OK\r\n"),
                                   std::string("*0\r\n"),
                                   "*2\r\n" + word + head,
                                   "*4\r\n" + word + head + none + none,
                                   "*3\r\n" + word + head + "$1\r\n0\r\n",
                                   "*3\r\n" + word + "$-1\r\n" + none,
                                   "*3\r\n+written\r\n" + head + none,
                                   script_reply("weird", "", "0"),
                                   script_reply("", "", "0"),
                                   script_reply("written", std::string(81, 'x'), "81"),
                                   script_reply("written", "abc", "2"),
                                   script_reply("written", "", "-2"),
                                   script_reply("written", "x", "-1"),
                                   script_reply("written", "abc", "100"),
                                   "*1\r\n*3\r\n" + word + head + none,
                                   std::string("*2147483648\r\n"),
                                   std::string(":1\r\n"),
                                   std::string("$-2\r\n"),
                                   std::string("$9223372036854775808\r\n"),
                                   std::string("*3\r\n*3\r\n*3\r\n*3\r\n:1\r\n"),
                                   std::string("HTTP/1.1 400 Bad Request\r\n\r\n"),
                                   std::string(">2\r\n+invalidate\r\n*0\r\n")}) {
    CAPTURE(bytes);
    lab.prove();
    const int connections = lab.server.connections();
    lab.answer_once("EVALSHA", bytes);
    const auto answer = write_one(*lab.store, lab.entry(), lab.soon());
    REQUIRE(answer.error);
    CHECK(answer.answer == Answer::failed);
    CHECK(answer.error->kind == ErrorKind::protocol);
    CHECK(lab.server.connections() == connections);
    CHECK(write_one(*lab.store, lab.entry(), lab.soon()).answer == Answer::written);
    CHECK(lab.server.connections() == connections + 1);
  }
}

TEST_CASE("a push in between and an answer too many close the connection") {
  Lab lab;
  lab.prove();
  SECTION("a push before the read-back") { lab.answer_once("GET", ">2\r\n+invalidate\r\n*0\r\n$-1\r\n"); }
  SECTION("an answer too many behind the window") { lab.answer_once("GET", "$-1\r\n+OK\r\n"); }
  SECTION("a status for a bulk string") { lab.answer_once("GET", "+OK\r\n"); }
  SECTION("a number for a bulk string") { lab.answer_once("GET", ":1\r\n"); }
  const auto answer = write_one(*lab.store, lab.entry(), lab.soon());
  REQUIRE(answer.error);
  CHECK(answer.error->kind == ErrorKind::protocol);
  CHECK(lab.server.connections() == 1);
  CHECK(write_one(*lab.store, lab.entry(), lab.soon()).answer == Answer::written);
  CHECK(lab.server.connections() == 2);
}

TEST_CASE("bytes that come unasked between two windows end the connection, not the next write") {
  Lab lab;
  lab.prove();
  lab.server.say("$5\r\nstale\r\n");
  // The bytes are on their way; a second store's round trip gives them the time to come.
  sure(sure(make_store(Secret(lab.server.url()), test_settings(), *lab.clock))->probe(lab.soon()));
  const auto entry = lab.entry();
  const auto answer = write_one(*lab.store, entry, lab.soon());
  CHECK(answer.answer == Answer::written);
  CHECK(answer.same);
  CHECK(lab.server.connections() == 3);
}

TEST_CASE("replies that come byte by byte are read") {
  Lab lab;
  lab.server.split(true);
  lab.prove();
  std::vector<run::Entry> entries;
  for (int i = 0; i < 5; ++i) {
    entries.push_back(entry_at(lab.clock->wall_now(), 3, "[" + std::to_string(i) + "]"));
    entries.back().key = "many:test:" + std::to_string(i) + ":v3";
  }
  const auto answers = lab.store->write(entries, kMaxAge, lab.soon());
  for (std::size_t i = 0; i < answers.size(); ++i) CHECK(answers[i].same);
  CHECK(lab.server.connections() == 1);
}

TEST_CASE(
    "a reply that does not come in time leaves the outcome unknown, and is never taken for a later one") {
  Lab lab;
  lab.prove();
  const auto first = lab.entry();
  for (const char* silent : {"EVALSHA", "GET"}) {
    CAPTURE(silent);
    lab.server.answer([silent, from = false](const Words& words) mutable -> std::optional<Instead> {
      from = from || words[0] == silent;
      return from ? std::optional<Instead>(Instead{""}) : std::nullopt;
    });
    const auto start = lab.clock->boot_now();
    const auto answer = write_one(*lab.store, first, lab.shortly());
    REQUIRE(answer.error);
    CHECK(answer.error->kind == ErrorKind::no_answer);
    CHECK(lab.clock->boot_now() - start < std::chrono::seconds(5));
    lab.server.answer({});
    const auto second = entry_at(lab.clock->wall_now(), 3, "\"second\"");
    const auto next = write_one(*lab.store, second, lab.soon());
    CHECK(next.answer == Answer::written);
    CHECK(next.same);
  }
  CHECK(lab.server.connections() == 3);
}

TEST_CASE("a connection that ends after the window was sent leaves every outcome of the window unknown") {
  Lab lab;
  const std::vector<std::pair<std::string, std::string>> cases{
      {"EVALSHA", ""}, {"EVALSHA", "*3\r\n$7\r\nwri"}, {"GET", ""}, {"GET", "$100\r\n{\"version\""}};
  for (const auto& [command, bytes] : cases) {
    CAPTURE(command, bytes);
    lab.server.answer({});
    lab.prove();
    lab.server.answer([command = command, bytes = bytes,
                       done = false](const Words& words) mutable -> std::optional<Instead> {
      if (done || words[0] != command) return std::nullopt;
      done = true;
      return Instead{bytes, Instead::Then::close};
    });
    std::array entries{lab.entry(), lab.entry()};
    entries[1].key = "other:test:v3";
    const auto answers = lab.store->write(entries, kMaxAge, lab.soon());
    for (const auto& answer : answers) {
      REQUIRE(answer.error);
      CHECK(answer.answer == Answer::failed);
      CHECK(answer.error->kind == ErrorKind::no_answer);
      CHECK(verify::Judge::judge(entries[0], answer, lab.clock->wall_now()).resend);
    }
    // A fresh read resolves it: the value went in, or the same is to be sent again.
    const auto found = sure(lab.store->read(kKey, 4096, false, lab.soon()));
    const auto verdict = verify::Judge::resolve(entries[0], found, lab.clock->wall_now());
    CHECK(verdict.proof.has_value() == (command == "GET"));
    CHECK(verdict.resend == (command == "EVALSHA"));
    lab.server.put(kKey, "[]");
  }
}

TEST_CASE("a connection that the server has closed meanwhile is replaced before anything is sent") {
  Lab lab;
  lab.prove();
  lab.server.hang_up();
  sure(sure(make_store(Secret(lab.server.url()), test_settings(), *lab.clock))->probe(lab.soon()));
  CHECK(write_one(*lab.store, lab.entry(), lab.soon()).answer == Answer::written);
}

TEST_CASE("a lost script is loaded and the same window sent again, its first read-back ignored") {
  Lab lab;
  lab.prove();
  const auto entry = lab.entry();
  lab.server.put(kKey, "[\"stale\"]");
  lab.answer_once("EVALSHA", "-NOSCRIPT No matching script. Please use EVAL.\r\n");
  const auto answer = write_one(*lab.store, entry, lab.soon());
  CHECK(answer.answer == Answer::written);
  CHECK(answer.old_head == "[\"stale\"]");
  CHECK(answer.same);
  const auto heard = lab.server.heard();
  const std::vector<std::string> end(heard.end() - 5, heard.end());
  CHECK(end == std::vector<std::string>{"EVALSHA", "GET", "SCRIPT LOAD", "EVAL", "GET"});
  CHECK(lab.server.connections() == 1);
}

TEST_CASE("scripts that are emptied right behind their loading do not end the probe") {
  Lab lab;
  lab.answer_once("EVALSHA", "-NOSCRIPT No matching script. Please use EVAL.\r\n");
  lab.prove();
  const auto heard = lab.server.heard();
  CHECK(std::count(heard.begin(), heard.end(), "EVAL") == 1);
  CHECK(write_one(*lab.store, lab.entry(), lab.soon()).answer == Answer::written);
}

TEST_CASE("an attempt that fails is told at once, and so is the connection that stands at last") {
  Lab lab;
  std::vector<ErrorKind> failed;
  int connected = 0;
  lab.store->observe({[&](const Error& error) { failed.push_back(error.kind); }, [&] { ++connected; }});
  int left = 2;
  lab.server.answer([&left](const Words& words) -> std::optional<Instead> {
    if (words[0] != "ROLE" || left-- <= 0) return std::nullopt;
    return Instead{"-LOADING Redis is loading the dataset in memory\r\n"};
  });
  sure(lab.store->open(lab.soon()));
  CHECK(failed == std::vector<ErrorKind>(2, ErrorKind::unreachable));
  CHECK(connected == 1);
  lab.answer_once("EVALSHA", "-READONLY You can't write against a read only replica.\r\n");
  CHECK(write_one(*lab.store, lab.entry(), lab.soon()).answer == Answer::written);
  CHECK(failed.size() == 3);
  CHECK(connected == 2);
  lab.answer_once("EVALSHA", "-OOM command not allowed when used memory > 'maxmemory'.\r\n");
  CHECK(write_one(*lab.store, lab.entry(), lab.soon()).answer == Answer::failed);
  CHECK(failed.size() == 3);  // it does not go on trying
}

TEST_CASE("a server that never has the script is given up on") {
  Lab lab;
  lab.prove();
  lab.server.answer([](const Words& words) -> std::optional<Instead> {
    if (words[0] != "EVALSHA" && words[0] != "EVAL") return std::nullopt;
    return Instead{"-NOSCRIPT No matching script. Please use EVAL.\r\n"};
  });
  const auto answer = write_one(*lab.store, lab.entry(), lab.soon());
  REQUIRE(answer.error);
  CHECK(answer.error->kind == ErrorKind::refused);
}

TEST_CASE(
    "each refusal has its own kind and remedy, and those that pass are tried again until the deadline") {
  struct Row {
    const char* words;
    ErrorKind kind;
    bool again;
    const char* told;
  };
  const std::vector<Row> rows{
      {"LOADING Redis is loading the dataset in memory", ErrorKind::unreachable, true, "loading"},
      {"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
       ErrorKind::refused, true, "script"},
      {"READONLY You can't write against a read only replica.", ErrorKind::not_primary, true, "replica"},
      {"MASTERDOWN Link with MASTER is down", ErrorKind::not_primary, true, "lost its primary"},
      {"CLUSTERDOWN Hash slot not served", ErrorKind::refused, true, "cluster"},
      {"TRYAGAIN Multiple keys request during rehashing of slot", ErrorKind::refused, true, "try again"},
      {"MOVED 1234 10.0.0.1:6379", ErrorKind::not_primary, false, "cluster"},
      {"OOM command not allowed when used memory > 'maxmemory'.", ErrorKind::refused, false, "maxmemory"},
      {"MISCONF Redis is configured to save RDB snapshots", ErrorKind::refused, false, "disk"},
      {"NOREPLICAS Not enough good replicas to write.", ErrorKind::refused, false, "replicas"},
      {"NOAUTH Authentication required.", ErrorKind::store_auth, false, "login"},
      {"NOPERM this user has no permissions to run the 'evalsha' command", ErrorKind::store_auth, false,
       "EVALSHA"},
      {"NOPERM No permissions to access a key", ErrorKind::store_auth, false, "~recent-listens:test:v3"},
      {"NOPERM this user has no permissions to access one of the keys used as arguments",
       ErrorKind::store_auth, false, "for the key recent-listens:test:v3"},
      {"ERR unknown command 'EVALSHA', with args beginning with: 'x' 'hunter2'", ErrorKind::store_auth, false,
       "EVALSHA"},
      {"ERR Error running script: Script killed by user with SCRIPT KILL...", ErrorKind::refused, false,
       "killed"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.words);
    Lab lab;
    lab.prove();
    const std::string refusal = "-" + std::string(row.words) + "\r\n";
    lab.answer_once("EVALSHA", refusal);
    const auto once = write_one(*lab.store, lab.entry(), lab.soon());
    CHECK((once.answer == Answer::written) == row.again);
    lab.answer_always("EVALSHA", refusal);
    const auto start = lab.clock->boot_now();
    const auto always = write_one(*lab.store, lab.entry(), lab.shortly());
    REQUIRE(always.error);
    CHECK(always.error->kind == row.kind);
    CHECK(always.error->retryable == row.again);
    CHECK_THAT(always.error->message + always.error->remedy, ContainsSubstring(row.told));
    CHECK_THAT(always.error->message, !ContainsSubstring("hunter2"));
    CHECK((lab.clock->boot_now() - start > Millis(100)) == row.again);
    CHECK(lab.clock->boot_now() - start < std::chrono::seconds(5));
  }
}

TEST_CASE("an error for one key inside the script costs that key alone") {
  Lab lab;
  lab.prove();
  std::array entries{lab.entry(), lab.entry()};
  entries[1].key = "other:test:v3";
  lab.answer_once("EVALSHA",
                  "*6\r\n" +
                      bulk("!SET ERR The user executing the script can't run this command or subcommand") +
                      bulk("[]") + ":2\r\n" + bulk("written") + bulk("") + ":0\r\n");
  const auto answers = lab.store->write(entries, kMaxAge, lab.soon());
  REQUIRE(answers[0].error);
  CHECK(answers[0].error->kind == ErrorKind::store_auth);
  CHECK_THAT(answers[0].error->message, ContainsSubstring("refused SET to user"));
  CHECK(answers[0].old_head == "[]");
  CHECK(answers[1].answer == Answer::written);
}

TEST_CASE("a key that fails in a passing way is sent again, the others are not") {
  Lab lab;
  lab.prove();
  std::array entries{lab.entry(), lab.entry()};
  entries[1].key = "other:test:v3";
  lab.answer_once("EVALSHA", "*6\r\n" + bulk("written") + bulk("[]") + ":2\r\n" +
                                 bulk("!SET READONLY You can't write against a read only replica.") +
                                 bulk("") + ":0\r\n");
  lab.server.put(kKey, entries[0].value.text());
  const auto answers = lab.store->write(entries, kMaxAge, lab.soon());
  CHECK(answers[0].answer == Answer::written);
  CHECK(answers[0].old_head == "[]");
  CHECK(answers[1].answer == Answer::written);
  CHECK(lab.server.connections() == 2);
}

TEST_CASE("a read-back of anything else is returned as it is") {
  Lab lab;
  lab.prove();
  const auto entry = lab.entry();
  const auto read_back = [&](const std::string& bytes) {
    lab.answer_once("GET", bytes);
    auto answer = write_one(*lab.store, entry, lab.soon());
    CHECK(answer.answer == Answer::written);
    return answer.found;
  };
  CHECK(read_back("$-1\r\n").kind == FoundKind::absent);
  CHECK(read_back("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n").kind ==
        FoundKind::other_type);
  CHECK(read_back("$2\r\n[]\r\n").bytes == "[]");
  std::string flipped = entry.value.text();
  flipped[flipped.size() / 2] ^= 1;
  CHECK(read_back(bulk(flipped)).bytes == flipped);
  const std::string longer = entry.value.text() + std::string(100'000, ' ');
  const auto found = read_back(bulk(longer));
  CHECK(found.length == longer.size());
  CHECK(found.bytes == longer.substr(0, entry.value.size() + 1024));
  CHECK(lab.server.connections() == 1);
}

TEST_CASE("behind a foreign value of half a gigabyte the read-back is given up, and the rest is unknown") {
  Lab lab;
  lab.prove();
  std::array entries{lab.entry(), lab.entry(), lab.entry()};
  entries[1].key = "huge:test:v3";
  entries[2].key = "other:test:v3";
  lab.server.answer([](const Words& words) -> std::optional<Instead> {
    if (words[0] != "GET" || words[1] != "huge:test:v3") return std::nullopt;
    return Instead{"$536870912\r\n" + std::string(100'000, 'x')};
  });
  const auto answers = lab.store->write(entries, kMaxAge, lab.soon());
  CHECK(answers[0].answer == Answer::written);
  CHECK(answers[0].same);
  CHECK(answers[1].answer == Answer::written);
  CHECK(answers[1].found.length == 536'870'912);
  CHECK(answers[1].found.bytes.size() == entries[1].value.size() + 1024);
  REQUIRE(answers[2].error);
  CHECK(answers[2].error->kind == ErrorKind::no_answer);
  lab.server.answer({});
  CHECK(write_one(*lab.store, entries[2], lab.soon()).answer == Answer::written);
  CHECK(lab.server.connections() == 2);
}

TEST_CASE("superseded is not believed from a node that is no longer a primary") {
  Lab lab;
  lab.prove();
  lab.server.answer([](const Words& words) -> std::optional<Instead> {
    if (words[0] == "EVALSHA") return Instead{script_reply("superseded", "", "0")};
    if (words[0] == "ROLE")
      return Instead{"*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:1\r\n$7\r\nconnect\r\n:-1\r\n"};
    return std::nullopt;
  });
  const auto answer = write_one(*lab.store, lab.entry(), lab.shortly());
  CHECK(answer.answer == Answer::failed);
  REQUIRE(answer.error);
  CHECK(answer.error->kind == ErrorKind::not_primary);
}

TEST_CASE("a login that cannot go well says why, and holds no secret") {
  auto settings = test_settings();
  settings.user = "worker";
  settings.password = Secret("hunter2");
  Lab lab(settings);
  struct Row {
    const char* command;
    std::string bytes;
    ErrorKind kind;
    const char* told;
  };
  const std::vector<Row> rows{
      {"AUTH", "-WRONGPASS invalid username-password pair or user is disabled.\r\n", ErrorKind::store_auth,
       "refused the login"},
      {"AUTH", "-ERR unknown command 'AUTH', with args beginning with: 'worker' 'hunter2'\r\n",
       ErrorKind::store_auth, "AUTH"},
      {"AUTH", "-ERR what is hunter2?\r\n", ErrorKind::refused, "what is ***?"},
      {"AUTH", "-DENIED Redis is running in protected mode because\r\n", ErrorKind::store_auth,
       "protected mode"},
      {"AUTH", ":1\r\n", ErrorKind::protocol, "another shape"},
      {"ROLE", "-NOPERM this user has no permissions to run the 'role' command\r\n", ErrorKind::store_auth,
       "ROLE"},
      {"ROLE", "*1\r\n:1\r\n", ErrorKind::protocol, "ROLE"},
      {"ROLE", "*0\r\n", ErrorKind::protocol, "ROLE"},
      {"TIME", "*2\r\n$1\r\nx\r\n$1\r\n0\r\n", ErrorKind::protocol, "TIME"},
      {"TIME", "*2\r\n$12\r\n253402300800\r\n$1\r\n0\r\n", ErrorKind::protocol, "TIME"},
      {"TIME", "*2\r\n$1\r\n1\r\n$7\r\n1000000\r\n", ErrorKind::protocol, "TIME"},
      {"TIME", "-NOPERM this user has no permissions to run the 'time' command\r\n", ErrorKind::store_auth,
       "TIME"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.bytes);
    lab.answer_always(row.command, row.bytes);
    const auto start = lab.clock->boot_now();
    const auto error = lab.store->read(kKey, 10, false, lab.soon()).error();
    CHECK(error.kind == row.kind);
    CHECK_THAT(error.message, ContainsSubstring(row.told));
    CHECK_THAT(error.message + error.remedy, !ContainsSubstring("hunter2"));
    CHECK(lab.clock->boot_now() - start < std::chrono::seconds(5));
  }
}

TEST_CASE("a replica, a loading server and one without room are waited for") {
  struct Row {
    const char* command;
    std::string bytes;
    ErrorKind kind;
  };
  const std::vector<Row> rows{
      {"ROLE", "*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:1\r\n$7\r\nconnect\r\n:-1\r\n",
       ErrorKind::not_primary},
      {"ROLE", "-LOADING Redis is loading the dataset in memory\r\n", ErrorKind::unreachable},
      {"CLIENT", "-ERR max number of clients reached\r\n", ErrorKind::unreachable}};
  for (const Row& row : rows) {
    Lab lab;
    const auto then = std::string(row.command) == "CLIENT" ? Instead::Then::close : Instead::Then::go_on;
    int left = 3;
    lab.server.answer([&, then](const Words& words) -> std::optional<Instead> {
      if (words[0] != row.command || left-- <= 0) return std::nullopt;
      return Instead{row.bytes, then};
    });
    CHECK(write_one(*lab.store, lab.entry(), lab.soon()).answer == Answer::written);
    lab.store->close();
    left = 1'000'000;
    const auto answer = write_one(*lab.store, lab.entry(), lab.shortly());
    REQUIRE(answer.error);
    CHECK(answer.error->kind == row.kind);
  }
}

TEST_CASE("a probe whose earlier write goes in stops everything that would write") {
  Lab lab;
  lab.server.answer([](const Words& words) -> std::optional<Instead> {
    if (words[0] != "EVALSHA") return std::nullopt;
    return Instead{"*6\r\n" + bulk("written") + bulk("") + ":0\r\n" + bulk("written") + bulk("") + ":0\r\n"};
  });
  const auto error = lab.store->probe(lab.soon()).error();
  CHECK(error.kind == ErrorKind::store_auth);
  CHECK_THAT(error.message, ContainsSubstring("does not order writes"));
  const auto answer = write_one(*lab.store, lab.entry(), lab.soon());
  REQUIRE(answer.error);
  CHECK(answer.error->kind == ErrorKind::store_auth);
  CHECK_FALSE(lab.server.value(kKey));
}

TEST_CASE("the refusal of EVALSHA says what prewarm needs it for") {
  auto settings = test_settings();
  settings.user = "prewarm-production";
  settings.password = Secret("x");
  Lab lab(settings);
  lab.answer_always("EVALSHA", "-NOPERM this user has no permissions to run the 'evalsha' command\r\n");
  const auto error = lab.store->probe(lab.soon()).error();
  CHECK(error.kind == ErrorKind::store_auth);
  CHECK(error.message ==
        "the store refused EVALSHA to user \"prewarm-production\" (NOPERM this user has no permissions to "
        "run the 'evalsha' "
        "command). prewarm orders every write with a script and has no mode without one");
  CHECK(error.remedy ==
        "give the user the rights that the README lists, on every node; or use a sqlite: store");
}

TEST_CASE("a value that changes while it is read is read again") {
  Lab lab;
  lab.server.put(kKey, "0123456789");
  int strlens = 0;
  lab.server.answer([&](const Words& words) -> std::optional<Instead> {
    if (words[0] != "STRLEN" || ++strlens > 2) return std::nullopt;
    return Instead{":7\r\n"};
  });
  const auto found = sure(lab.store->read(kKey, 100, true, lab.soon()));
  CHECK(found.bytes == "0123456789");
  CHECK(found.length == 10);
  CHECK(strlens == 3);
}

TEST_CASE("store time is the server's, half a round trip old, and asked again after a minute") {
  class ShiftedClock final : public Clock {
   public:
    explicit ShiftedClock(Clock& clock) : clock_(clock) {}
    WallTime wall_now() noexcept override { return WallTime(); }
    BootTime boot_now() noexcept override { return clock_.boot_now() + shift; }
    std::uint64_t random() noexcept override { return clock_.random(); }
    Wake wait_until(WallTime until) noexcept override { return clock_.wait_until(until); }
    bool sleep_until(BootTime until) noexcept override { return clock_.sleep_until(until - shift); }
    void wake() noexcept override { clock_.wake(); }
    void end_sleeps() noexcept override { clock_.end_sleeps(); }
    void allow_sleeps() noexcept override { clock_.allow_sleeps(); }
    std::chrono::seconds shift{0};

   private:
    Clock& clock_;
  };
  FakeRedis server;
  const auto machine = make_system_clock();
  ShiftedClock clock(*machine);
  int asked = 0;
  server.answer([&](const Words& words) -> std::optional<Instead> {
    if (words[0] != "TIME") return std::nullopt;
    ++asked;
    return Instead{"*2\r\n" + bulk(std::to_string(1'000'000 * asked)) + bulk("250999")};
  });
  const auto store = sure(make_store(Secret(server.url()), test_settings(), clock));
  const auto now = [&] { return sure(store->time(clock.boot_now() + kAmple)).time_since_epoch(); };
  const auto first = now();
  CHECK(first >= Millis(1'000'000'250));
  CHECK(first < Millis(1'000'005'000));
  clock.shift += std::chrono::seconds(50);
  CHECK(now() >= first + std::chrono::seconds(50));
  CHECK(asked == 1);
  clock.shift += std::chrono::seconds(20);
  CHECK(now() >= std::chrono::seconds(2'000'000));
  CHECK(asked == 2);
}
