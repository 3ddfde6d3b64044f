// SPDX-License-Identifier: Apache-2.0
#include "store/redis_reply.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "store/fake_redis.hpp"
#include "store/world.hpp"

using namespace prewarm;
using namespace prewarm::store;
using Kind = Reply::Kind;
using namespace std::string_literals;

namespace {

// Feeds `bytes` in pieces of `step` and reads as many replies as there are limits.
std::vector<Reply> read_all(const std::string& bytes, const std::vector<ReplyLimit>& limits,
                            std::size_t step) {
  ReplyReader reader;
  std::vector<Reply> replies;
  std::size_t at = 0;
  Reply reply;
  while (replies.size() < limits.size()) {
    if (sure(reader.next(limits[replies.size()], reply))) {
      replies.push_back(std::move(reply));
      continue;
    }
    if (at >= bytes.size()) throw std::runtime_error("more bytes are wanted");
    const std::string piece = bytes.substr(at, step);
    reader.feed(piece);
    at += piece.size();
  }
  while (at < bytes.size()) {
    reader.feed(bytes.substr(at, step));
    at += step;
  }
  CHECK_FALSE(reader.has_surplus());
  return replies;
}

std::string refusal(const std::string& bytes, ReplyLimit limit = {}) {
  ReplyReader reader;
  reader.feed(bytes);
  Reply reply;
  const auto whole = reader.next(limit, reply);
  if (whole.ok()) return *whole ? "accepted" : "waits";
  CHECK(whole.error().kind == ErrorKind::protocol);
  return whole.error().message;
}

}  // namespace

TEST_CASE("replies of each kind are read, however the bytes are split") {
  const std::string bytes =
      "+OK\r\n-ERR no\r\n:-42\r\n$5\r\nab\r\nc\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n"
      "*3\r\n$1\r\na\r\n:1\r\n*2\r\n*1\r\n$2\r\nxy\r\n$-1\r\n$10\r\n0123456789\r\n+end\r\n";
  std::vector<ReplyLimit> limits(11);
  limits[9] = {.bytes = 4, .cut = true};
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    CAPTURE(step);
    const auto replies = read_all(bytes, limits, step);
    CHECK((replies[0].kind == Kind::status && replies[0].text == "OK"));
    CHECK((replies[1].is_error() && replies[1].text == "ERR no"));
    CHECK((replies[2].kind == Kind::integer && replies[2].integer == -42));
    CHECK((replies[3].is_text() && replies[3].text == "ab\r\nc"));
    CHECK((replies[4].is_text() && replies[4].text.empty()));
    CHECK(replies[5].kind == Kind::nil);
    CHECK(replies[6].kind == Kind::nil);
    CHECK((replies[7].kind == Kind::array && replies[7].elements.empty()));
    REQUIRE(replies[8].elements.size() == 3);
    CHECK(replies[8].elements[2].elements[0].elements[0].text == "xy");
    CHECK(replies[8].elements[2].elements[1].kind == Kind::nil);
    CHECK((replies[9].text == "0123" && replies[9].whole_length == 10));
    CHECK((replies[10].text == "end" && !replies[10].whole_length));
  }
}

TEST_CASE("what no command of ours is answered with is refused") {
  for (const char* bytes : {">2\r\n$10\r\ninvalidate\r\n*0\r\n",
                            "%1\r\n+a\r\n+b\r\n",
                            "~1\r\n+a\r\n",
                            "#t\r\n",
                            ",1.5\r\n",
                            "_\r\n",
                            "(1\r\n",
                            "=5\r\ntxt:a\r\n",
                            "|1\r\n+a\r\n+b\r\n+c\r\n",
                            "HTTP/1.1 400 Bad Request\r\n",
                            "\r\n",
                            "+O\nK\r\n",
                            "-ERR\rno\r\n",
                            "\x16\x03\x01",
                            "*1\r\n#t\r\n",
                            "*1\r\n_\r\n",
                            "*1\r\n,1\r\n",
                            "*1\r\n>0\r\n",
                            "*1\r\n%0\r\n",
                            "$-2\r\n",
                            "$+5\r\n",
                            "$ 5\r\n",
                            "$\r\n",
                            "$5x\r\n",
                            "$9223372036854775808\r\n",
                            "$18446744073709551615\r\n",
                            "*2147483648\r\n",
                            "*1025\r\n",
                            "*-2\r\n",
                            "*9223372036854775808\r\n",
                            "*x\r\n",
                            ":1x\r\n",
                            ":-0\r\n",
                            "$03\r\nabc\r\n",
                            "*00\r\n",
                            ":\r\n",
                            ":9223372036854775808\r\n",
                            "*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
                            "$3\r\nabcXY",
                            "$3\r\nabcdef\r\n",
                            "*1\r\n$3\r\nabc\n\r",
                            "$5000\r\n",
                            "$000000000000000000000000000000000000005\r\n"}) {
    CAPTURE(bytes);
    CHECK(refusal(bytes) != "accepted");
    CHECK(refusal(bytes) != "waits");
  }
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "*1\r\n";
  CHECK(refusal(deep, {1 << 30}) != "accepted");
}

TEST_CASE("a reply longer than its limit is refused before it is whole") {
  CHECK(refusal("+" + std::string(5000, 'x')) == "a reply longer than 4096 bytes");
  CHECK(refusal("*2\r\n$2000000\r\n" + std::string(5000, 'x')) == "a reply longer than 4096 bytes");
  CHECK(refusal("$11\r\n", {10}) == "a bulk string of 11 bytes, where fewer were asked for");
  CHECK(refusal("$10\r\n0123456789\r\n", {10}) == "accepted");
  CHECK(refusal("$10\r\n0123456789", {10}) == "waits");
}

TEST_CASE("an error is told in full where a short answer was expected") {
  CHECK(refusal("-" + std::string(1000, 'x') + "\r\n", {1}) == "accepted");
  CHECK(refusal("-" + std::string(5000, 'x') + "\r\n", {1}) == "a reply longer than 1 bytes");
}

TEST_CASE("arrays have as many elements as were asked for, all in all") {
  std::string bytes = "*2000\r\n";
  for (int i = 0; i < 2000; ++i) bytes += ":1\r\n";
  CHECK(refusal(bytes, {.bytes = 20'000, .elements = 2000}) == "accepted");
  CHECK(refusal(bytes, {.bytes = 20'000}) == "an array of 2000 elements, where fewer were asked for");
  CHECK(refusal("*2\r\n*2\r\n:1\r\n:1\r\n*2\r\n:1\r\n:1\r\n", {.elements = 6}) == "accepted");
  CHECK(refusal("*2\r\n*2\r\n:1\r\n:1\r\n*2\r\n:1\r\n:1\r\n", {.elements = 5}) != "accepted");
}

TEST_CASE("a reader says whether a reply was too long or no reply at all") {
  for (const char* bytes : {"$5000\r\n", "*1025\r\n", "*1\r\n$5000\r\n"}) {
    ReplyReader reader;
    Reply reply;
    reader.feed(bytes);
    CHECK_FALSE(reader.next({}, reply).ok());
    CHECK(reader.over_limit());
  }
  ReplyReader reader;
  Reply reply;
  reader.feed("*x\r\n");
  CHECK_FALSE(reader.next({}, reply).ok());
  CHECK_FALSE(reader.over_limit());
}

TEST_CASE("what comes back as expected is not copied; at the first other byte it is, however it is split") {
  const std::string expected = "{\"version\":3}\r\n\0 and on"s;
  const envelope::Sealed sealed(expected);
  const ReplyLimit limit{.bytes = expected.size() + 4, .cut = true, .expected = &sealed};
  std::vector<std::string> values{expected, expected + "x", expected.substr(1), "", expected + "xxxxxxxx"};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    values.push_back(expected);
    values.back()[i] ^= 1;
  }
  for (const std::string& value : values) {
    const std::string bytes = "$" + std::to_string(value.size()) + "\r\n" + value + "\r\n+next\r\n";
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
      CAPTURE(value, step);
      const auto replies = read_all(bytes, {limit, {}}, step);
      CHECK(replies[0].is_text());
      CHECK(replies[0].same == (value == expected));
      CHECK(replies[0].text == (value == expected ? "" : value.substr(0, limit.bytes)));
      CHECK(replies[1].text == "next");
    }
  }
  CHECK(refusal("$" + std::to_string(expected.size()) + "\r\n" + expected + "XY", limit) ==
        "a bulk string that does not end where it says");
}

TEST_CASE("a reply larger than the reader's memory is read piece by piece") {
  const std::string value(3 << 20, 'x');
  const envelope::Sealed sealed(value);
  const std::string bytes = "$" + std::to_string(value.size()) + "\r\n" + value + "\r\n";
  CHECK((read_all(bytes, {{.bytes = value.size()}}, 100'000)[0].text == value));
  CHECK(read_all(bytes, {{.bytes = value.size(), .expected = &sealed}}, 100'000)[0].same);
  CHECK((read_all("-" + value + "\r\n", {{.bytes = value.size() + 1}}, 100'000)[0].text == value));
}

TEST_CASE("of a value longer than any of ours only the front is read, and nothing behind it") {
  ReplyReader reader;
  Reply reply;
  const ReplyLimit limit{100, true};
  reader.feed("$536870912\r\n" + std::string(50, 'x'));
  CHECK_FALSE(sure(reader.next(limit, reply)));
  CHECK_FALSE(reader.stopped());
  reader.feed(std::string(70, 'x'));
  REQUIRE(sure(reader.next(limit, reply)));
  CHECK(reply.text == std::string(100, 'x'));
  CHECK(reply.whole_length == 536'870'912);
  CHECK(reader.stopped());
}

TEST_CASE("a cut value of megabytes is read past without being kept") {
  ReplyReader reader;
  Reply reply;
  const std::size_t length = 20 << 20;
  reader.feed("$" + std::to_string(length) + "\r\n");
  const std::string piece(64 << 10, 'x');
  for (std::size_t fed = 0; fed < length; fed += piece.size()) {
    CHECK_FALSE(sure(reader.next({100, true}, reply)));
    reader.feed(piece);
  }
  CHECK_FALSE(sure(reader.next({100, true}, reply)));
  reader.feed("\r\n:7\r\n");
  REQUIRE(sure(reader.next({100, true}, reply)));
  CHECK((reply.text.size() == 100 && reply.whole_length == length));
  CHECK_FALSE(reader.stopped());
  REQUIRE(sure(reader.next({}, reply)));
  CHECK(reply.integer == 7);
  CHECK_FALSE(reader.has_surplus());
}
