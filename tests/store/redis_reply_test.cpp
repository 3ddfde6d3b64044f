// SPDX-License-Identifier: Apache-2.0
#include "store/redis_reply.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "store/fake_redis.hpp"
#include "store/world.hpp"

using namespace prewarm;
using namespace prewarm::store;
using Kind = Reply::Kind;

namespace {

// Feeds `bytes` in pieces of `step` and reads as many replies as there are limits.
std::vector<Reply> read_all(const std::string& bytes, const std::vector<ReplyLimit>& limits,
                            std::size_t step) {
  ReplyReader reader;
  std::vector<Reply> replies;
  std::size_t at = 0;
  while (replies.size() < limits.size()) {
    if (auto reply = sure(reader.next(limits[replies.size()]))) {
      replies.push_back(*std::move(reply));
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
  const auto reply = reader.next(limit);
  if (reply.ok()) return *reply ? "accepted" : "waits";
  CHECK(reply.error().kind == ErrorKind::protocol);
  return reply.error().message;
}

}  // namespace

TEST_CASE("replies of each kind are read, however the bytes are split") {
  const std::string bytes =
      "+OK\r\n-ERR no\r\n:-42\r\n$5\r\nab\r\nc\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n"
      "*3\r\n$1\r\na\r\n:1\r\n*2\r\n*1\r\n$2\r\nxy\r\n$-1\r\n$10\r\n0123456789\r\n+end\r\n";
  std::vector<ReplyLimit> limits(11);
  limits[9] = {4, true};
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

TEST_CASE("of a value longer than any of ours only the front is read, and nothing behind it") {
  ReplyReader reader;
  reader.feed("$536870912\r\n" + std::string(50, 'x'));
  CHECK_FALSE(sure(reader.next({100, true})));
  CHECK_FALSE(reader.stopped());
  reader.feed(std::string(70, 'x'));
  const auto reply = sure(reader.next({100, true}));
  REQUIRE(reply);
  CHECK(reply->text == std::string(100, 'x'));
  CHECK(reply->whole_length == 536'870'912);
  CHECK(reader.stopped());
}

TEST_CASE("a cut value of megabytes is read past without being kept") {
  ReplyReader reader;
  const std::size_t length = 20 << 20;
  reader.feed("$" + std::to_string(length) + "\r\n");
  const std::string piece(64 << 10, 'x');
  for (std::size_t fed = 0; fed < length; fed += piece.size()) {
    CHECK_FALSE(sure(reader.next({100, true})));
    reader.feed(piece);
  }
  CHECK_FALSE(sure(reader.next({100, true})));
  reader.feed("\r\n:7\r\n");
  const auto cut = sure(reader.next({100, true}));
  REQUIRE(cut);
  CHECK((cut->text.size() == 100 && cut->whole_length == length));
  CHECK_FALSE(reader.stopped());
  CHECK(sure(reader.next({}))->integer == 7);
  CHECK_FALSE(reader.has_surplus());
}
