// SPDX-License-Identifier: Apache-2.0
// That each misbehaviour is really on the wire.
#include <catch2/catch_test_macros.hpp>

#include "support/gzip.hpp"
#include "support/kit_clients.hpp"

using namespace prewarm::testkit;
using namespace std::chrono_literals;

namespace {
std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++count;
  return count;
}
}  // namespace

TEST_CASE("a body can be shorter or longer than its length says") {
  Upstream up;
  up.on("/short", Answer::json("[1,2]").claim_length(500));
  up.on("/long", Answer::json("[1,2]").claim_length(2));
  CHECK(body_of(ask(up, "/short")) == "[1,2]");
  Curl curl;
  CHECK(curl.get(up.url("/short")).code == CURLE_PARTIAL_FILE);
  CHECK(curl.get(up.url("/long")).body == "[1");
}

TEST_CASE("an answer can have two lengths, or a length and chunks") {
  Upstream up;
  up.on("/two", Answer::json("[1,2]").header("Content-Length", "5").claim_length(2));
  up.on("/both", Answer::json("[1,2]").chunked().claim_length(2).end_with(Ending::fin));
  const Received two = ask(up, "/two");
  CHECK(count_of(two.bytes, "Content-Length: ") == 2);
  CHECK(two.bytes.find("Content-Length: 5\r\nContent-Length: 2\r\n") != std::string::npos);
  const Received both = ask(up, "/both");
  CHECK(both.bytes.find("Content-Length: 2\r\n") != std::string::npos);
  CHECK(both.bytes.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
  CHECK(body_of(both) == "5\r\n[1,2]\r\n0\r\n\r\n");
}

TEST_CASE("chunks can be right, lack their last one, or have wild sizes") {
  Upstream up;
  up.on("/right", Answer::json("[1,2]").chunked(2));
  up.on("/cut", Answer::json("[1,2]").without_last_chunk());
  up.on("/garbage", Answer::json("[1,2]").chunk_size("zebra"));
  up.on("/huge", Answer::json("[1,2]").chunk_size("ffffffffffffffff"));
  CHECK(body_of(ask(up, "/cut")) == "5\r\n[1,2]\r\n");
  CHECK(body_of(ask(up, "/huge")) == "ffffffffffffffff\r\n[1,2]\r\n0\r\n\r\n");
  Curl curl;
  CHECK(curl.get(up.url("/right")).body == "[1,2]");
  CHECK(curl.get(up.url("/cut")).code == CURLE_PARTIAL_FILE);
  CHECK(curl.get(up.url("/garbage")).code == CURLE_RECV_ERROR);
  CHECK(curl.get(up.url("/huge")).code != CURLE_OK);
}

TEST_CASE("an answer can be cut at every byte, with FIN or RST") {
  Upstream up;
  const Answer answer = Answer::json("[1,2]");
  up.on("/", answer.end_with(Ending::fin));
  const std::string whole = ask(up, "/").bytes;
  const std::size_t head = whole.size() - 5;
  // The answer itself says "Connection: close" above; cut ones do not, being meant to go on.
  const std::size_t uncut = head - std::string("Connection: close\r\n").size();
  for (const Ending how : {Ending::fin, Ending::reset}) {
    const EndOfBytes seen = how == Ending::fin ? EndOfBytes::fin : EndOfBytes::reset;
    for (std::size_t at = 0; at <= uncut; ++at) {
      up.on("/head", answer.cut_head(at, how));
      const Received received = ask(up, "/head");
      CHECK(received.bytes.size() == at);
      CHECK(received.end == seen);
    }
    for (std::size_t at = 0; at <= 5; ++at) {
      up.on("/body", answer.cut_body(at, how));
      const Received received = ask(up, "/body");
      CHECK(body_of(received) == std::string("[1,2]").substr(0, at));
      CHECK(received.end == seen);
    }
  }
}

TEST_CASE("a reset comes after all the bytes before it, also many") {
  Upstream up;
  up.on("/", Answer::json(std::string(4U << 20, '1')).end_with(Ending::reset));
  const Received received = ask(up, "/");
  CHECK(body_of(received).size() == 4U << 20);
  CHECK(received.end == EndOfBytes::reset);
}

TEST_CASE("an answer can stall at any byte until the client leaves") {
  Upstream up;
  up.on("/before", Answer::json("[1,2]").cut_head(0, Ending::stall));
  up.on("/head", Answer::json("[1,2]").cut_head(8, Ending::stall));
  up.on("/body", Answer::json("[1,2]").cut_body(3, Ending::stall));
  CHECK(ask(up, "/before", 20ms).bytes.empty());
  const Received in_head = ask(up, "/head", 50ms);
  CHECK(in_head.bytes == "HTTP/1.1");
  CHECK(in_head.end == EndOfBytes::deadline);
  const Received in_body = ask(up, "/body", 50ms);
  CHECK(body_of(in_body) == "[1,");
  CHECK(in_body.end == EndOfBytes::deadline);
  CHECK(up.wait_for_closed(3));
}

TEST_CASE("an answer can trickle") {
  Upstream up;
  up.on("/", Answer::json("[1,2]").trickle_body(5ms).end_with(Ending::fin));
  const auto before = std::chrono::steady_clock::now();
  CHECK(body_of(ask(up, "/")) == "[1,2]");
  CHECK(std::chrono::steady_clock::now() - before >= 5 * 5ms);
}

TEST_CASE("a body can go on for ever in every framing") {
  Upstream up;
  Curl curl;
  curl.most_bytes = 1U << 20;
  for (const Framing framing : {Framing::until_close, Framing::chunked, Framing::length}) {
    up.on("/", Answer::endless_body("[0],", framing));
    const CurlAnswer answer = curl.get(up.url("/"));
    CHECK(answer.code == CURLE_WRITE_ERROR);
    CHECK(answer.body.substr(0, 8) == "[0],[0],");
    CHECK(answer.body.size() > 900'000);
  }
  CHECK(up.wait_for_closed(3));
}

TEST_CASE("heads can go on for ever, have thousands of lines, long ones, folded ones and bare line feeds") {
  Upstream up;
  up.on("/endless", Answer::endless_headers());
  up.on("/many", Answer::json("1").many_headers(10'000).end_with(Ending::fin));
  up.on("/long", Answer::json("1").header("X-Long", std::string(70U << 10, 'x')).end_with(Ending::fin));
  up.on("/folded", Answer::json("1").header("X-Folded", "one\r\n two"));
  up.on("/bare", Answer::json("1").bare_line_feeds().end_with(Ending::fin));
  Curl curl;
  constexpr int kTooLarge = 100;  // CURLE_TOO_LARGE, which libcurl has and answers since 8.6
  const int endless = curl.get(up.url("/endless")).code;
  CHECK((endless == CURLE_RECV_ERROR || endless == kTooLarge));
  CHECK(count_of(ask(up, "/many").bytes, "\r\nX-Header-") == 10'000);
  CHECK(ask(up, "/long").bytes.find("X-Long: " + std::string(70U << 10, 'x') + "\r\n") != std::string::npos);
  CHECK(ask(up, "/folded").bytes.find("\r\nX-Folded: one\r\n two\r\n") != std::string::npos);
  CHECK(curl.get(up.url("/folded")).body == "1");
  const std::string bare = ask(up, "/bare").bytes;
  CHECK(bare.find('\r') == std::string::npos);
  CHECK(bare.rfind("HTTP/1.1 200 OK\nContent-Type: ", 0) == 0);
  CHECK(curl.get(up.url("/bare")).body == "1");
}

TEST_CASE("gzip can be honest, a bomb, cut short or a lie") {
  Upstream up;
  const std::string plain = "[" + std::string(10'000, ' ') + "1]";
  up.on("/honest", Answer::gzipped(plain));
  const std::string bomb = gzip_bomb(32U << 20);
  up.on("/bomb", Answer::labelled_gzip(bomb));
  const std::string packed = gzip(plain);
  up.on("/cut", Answer::labelled_gzip(packed.substr(0, packed.size() / 2)));
  up.on("/lie", Answer::labelled_gzip("[1,2]"));
  Curl curl;
  CHECK(curl.get(up.url("/honest")).body == plain);
  CHECK(bomb.substr(0, 2) == "\x1f\x8b");  // libcurl would take zlib's format too
  CHECK(bomb.size() < (32U << 20) / 1000);
  CHECK(curl.get(up.url("/bomb")).body == std::string(32U << 20, '0'));
  const CurlAnswer cut = curl.get(up.url("/cut"));
  CHECK(cut.body.size() < plain.size());
  CHECK(curl.get(up.url("/lie")).code == CURLE_BAD_CONTENT_ENCODING);
}

TEST_CASE("an answer can be HTTP/0.9, or 100 and then silence") {
  Upstream up;
  up.on("/old", Answer::raw("[1,2]"));
  up.on("/continue", Answer::raw("HTTP/1.1 100 Continue\r\n\r\n", Ending::stall));
  up.on("/both", Answer::json("7").after_continue());
  CHECK(ask(up, "/old").bytes == "[1,2]");
  Curl curl;
  CHECK(curl.get(up.url("/old")).code == CURLE_UNSUPPORTED_PROTOCOL);
  CHECK(curl.get(up.url("/both")).body == "7");
  const Received silent = ask(up, "/continue", 50ms);
  CHECK(silent.bytes == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(silent.end == EndOfBytes::deadline);
}
