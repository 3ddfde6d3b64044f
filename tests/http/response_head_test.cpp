// SPDX-License-Identifier: Apache-2.0
#include "http/response_head.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using namespace prewarm::http;

namespace {

// Feeds lines, each with CRLF, and the blank line that ends the head.
ResponseHead head_of(const std::vector<std::string>& lines) {
  ResponseHead head;
  for (const auto& line : lines) head.add(line + "\r\n");
  head.add("\r\n");
  return head;
}

ResponseHead ok_with(std::vector<std::string> fields) {
  fields.insert(fields.begin(), "HTTP/1.1 200 OK");
  return head_of(fields);
}

}  // namespace

TEST_CASE("a head is read in any case of its names, without the blanks around values") {
  const auto head = ok_with({"content-TYPE: \t application/json ", "Retry-After:7", "X-RateLimit-Reset-In: 3",
                             "DATE: Fri, 01 May 2026 13:00:00 GMT", "Location: /x", "Content-Length: 12"});
  CHECK(head.complete());
  CHECK(head.status() == 200);
  CHECK(head.headers()[Field::content_type] == "application/json");
  CHECK(head.headers()[Field::retry_after] == "7");
  CHECK(head.headers()[Field::ratelimit_reset_in] == "3");
  CHECK(head.headers()[Field::date] == "Fri, 01 May 2026 13:00:00 GMT");
  CHECK(head.headers()[Field::location] == "/x");
  CHECK(head.headers()[Field::etag].empty());
  CHECK(head.content_length() == 12u);
  CHECK(head.length_known());
  CHECK(head.coding() == Coding::identity);
}

TEST_CASE("the headers of a request budget are read with and without X- in front, the first of them") {
  const auto plain =
      ok_with({"RateLimit: \"default\";r=5;t=9", "RateLimit-Remaining: 5", "RateLimit-Reset: 9",
               "X-RateLimit-Remaining: 6", "X-RateLimit-Reset: 10", "X-RateLimit-Limit: 60",
               "RateLimit-Limit: 60", "RateLimit-Policy: \"default\";q=60;w=60"});
  CHECK(plain.headers()[Field::ratelimit] == "\"default\";r=5;t=9");
  CHECK(plain.headers()[Field::ratelimit_remaining] == "5");
  CHECK(plain.headers()[Field::ratelimit_reset] == "9");
  CHECK(plain.headers()[Field::ratelimit_reset_in].empty());
  const auto with_x = ok_with({"x-ratelimit-reset: 10", "X-RATELIMIT-REMAINING: 6"});
  CHECK(with_x.headers()[Field::ratelimit].empty());
  CHECK(with_x.headers()[Field::ratelimit_remaining] == "6");
  CHECK(with_x.headers()[Field::ratelimit_reset] == "10");
}

TEST_CASE("all Link lines are one list, folded ones too; of other fields the first counts") {
  CHECK(ok_with({"Link: <a>; rel=next"}).headers()[Field::link] == "<a>; rel=next");
  const auto head = ok_with({"Link: <a>;", "\t rel=next ", "Date: x", "  y", "LINK: \t<b>; rel=prev",
                             "Location: /1", "Location: /2", "link:<c>"});
  CHECK(head.headers()[Field::link] == "<a>; rel=next, <b>; rel=prev, <c>");
  CHECK(head.headers()[Field::date] == "x");
  CHECK(head.headers()[Field::location] == "/1");
  CHECK(ok_with({"Linkage: <a>", "Lin: <b>"}).headers()[Field::link].empty());
}

TEST_CASE("Link lines longer than 16 KiB leave more than that, and no more than a byte") {
  const std::string half = "<" + std::string(kMaxLinkBytes / 2 - 4, 'x') + ">";
  CHECK(ok_with({"Link: " + half, "Link: " + half + "yy"}).headers()[Field::link].size() == kMaxLinkBytes);
  CHECK(ok_with({"Link: " + half, "Link: " + half + "yyy"}).headers()[Field::link].size() ==
        kMaxLinkBytes + 1);
  CHECK(ok_with({"Link: " + half, "Link: " + half, "Link: " + half}).headers()[Field::link].size() ==
        kMaxLinkBytes + 1);
}

TEST_CASE("where the body ends is known by length, chunks or a stream's end") {
  CHECK_FALSE(ok_with({}).length_known());
  CHECK(ok_with({"Content-Length: 0"}).length_known());
  CHECK(ok_with({"Transfer-Encoding: Chunked"}).length_known());
  CHECK(head_of({"HTTP/2 200 "}).length_known());
  CHECK_FALSE(head_of({"HTTP/1.0 200"}).length_known());
}

TEST_CASE("framing that two readers could understand in two ways is refused") {
  for (const auto& fields : std::vector<std::vector<std::string>>{
           {"Content-Length: 5", "Content-Length: 5"},
           {"Content-Length: 5", "Content-Length: 6"},
           {"Content-Length: 5, 5"},
           {"Content-Length: +5"},
           {"Content-Length: -5"},
           {"Content-Length: 0x5"},
           {"Content-Length:"},
           {"Content-Length: 99999999999999999999"},
           {"Content-Length: 5", "Transfer-Encoding: chunked"},
           {"Transfer-Encoding: chunked", "Content-Length: 5"},
           {"Transfer-Encoding: gzip, chunked"},
           {"Transfer-Encoding: identity"},
           {"Transfer-Encoding: chunked", "Transfer-Encoding: chunked"},
           {"Content-Encoding: br"},
           {"Content-Encoding: gzip, gzip"},
           {"Content-Encoding: gzip", "Content-Encoding: gzip"},
       }) {
    INFO(fields.front());
    CHECK_FALSE(ok_with(fields).fault().empty());
    auto status_503 = fields;  // such a body is never read, so the status may speak
    status_503.insert(status_503.begin(), "HTTP/1.1 503 Busy");
    CHECK(head_of(status_503).fault().empty());
  }
}

TEST_CASE("gzip is understood under both its names, identity is no coding") {
  CHECK(ok_with({"Content-Encoding: GZIP"}).coding() == Coding::gzip);
  CHECK(ok_with({"Content-Encoding: x-gzip"}).coding() == Coding::gzip);
  CHECK(ok_with({"Content-Encoding: identity"}).coding() == Coding::identity);
}

TEST_CASE("folded lines and bare line feeds pass") {
  ResponseHead head;
  for (const char* line : {"HTTP/1.1 200 OK\n", "X-Long: a\n", "  b\n", "Content-Length: 2\n", "\n"})
    CHECK(head.add(line));
  CHECK(head.complete());
  CHECK(head.content_length() == 2u);
}

TEST_CASE("interim answers are read over and leave nothing behind") {
  ResponseHead head;
  for (const char* line :
       {"HTTP/1.1 103 Early Hints\r\n", "Content-Length: 9\r\n", "Retry-After: 9\r\n", "\r\n"})
    CHECK(head.add(line));
  CHECK_FALSE(head.complete());
  for (const char* line : {"HTTP/1.1 200 OK\r\n", "Content-Length: 2\r\n", "\r\n"}) CHECK(head.add(line));
  CHECK(head.complete());
  CHECK(head.content_length() == 2u);
  CHECK(head.headers()[Field::retry_after].empty());
}

TEST_CASE("a change of protocol that nobody asked for is refused") {
  CHECK_FALSE(head_of({"HTTP/1.1 101 Switching Protocols"}).fault().empty());
}

TEST_CASE("trailers change nothing but are counted") {
  auto head = ok_with({"Transfer-Encoding: chunked"});
  CHECK(head.add("Content-Length: 5\r\n"));
  CHECK(head.fault().empty());
  CHECK_FALSE(head.content_length());
  bool more = true;
  for (int i = 0; i < 200 && more; ++i) more = head.add("X: y\r\n");
  CHECK_FALSE(more);
}

TEST_CASE("a head ends at 100 lines, and at 64 KiB, interim answers included") {
  const auto lines_taken = [](const std::string& line) {
    ResponseHead head;
    head.add("HTTP/1.1 200 OK\r\n");
    std::size_t taken = 1;
    while (head.add(line)) ++taken;
    return taken;
  };
  CHECK(lines_taken("X: y\r\n") == 100);
  CHECK(lines_taken("X: " + std::string(1019, 'y') + "\r\n") == 64);
  CHECK(lines_taken("X: " + std::string(70'000, 'y') + "\r\n") == 1);

  ResponseHead interim;
  std::size_t answers = 0;
  while (interim.add("HTTP/1.1 100 Continue\r\n") && interim.add("\r\n")) ++answers;
  CHECK(answers == 50);
}

TEST_CASE("what is no status line is refused") {
  for (const char* line : {"", "OK", "HTTP/1.1", "HTTP/1.1 20", "HTTP/1.1 2000", "HTTP/1.1 99 X",
                           "HTTP/1.1 2x0", "FTP/1.1 200"}) {
    INFO(line);
    CHECK_FALSE(head_of({line}).fault().empty());
  }
}

TEST_CASE("validators are read beside fields of as long a name") {
  const auto head = ok_with(
      {"date: Fri", "ETag:  W/\"x\" ", "etag: \"second\"", "Last-Modified: Thu", "Accept-Ranges: bytes"});
  CHECK(head.headers()[Field::date] == "Fri");
  CHECK(head.headers()[Field::etag] == "W/\"x\"");
  CHECK(head.headers()[Field::last_modified] == "Thu");
}
