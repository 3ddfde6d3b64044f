// SPDX-License-Identifier: Apache-2.0
// HTTP/2, sound and broken off (PROMISES 11.C37).
#include <catch2/catch_test_macros.hpp>

#include "http/client.hpp"
#include "http/http2_server.hpp"
#include "support/certificates.hpp"
#include "support/gzip.hpp"

using namespace prewarm;
using namespace prewarm::http;
using namespace std::chrono_literals;
using namespace prewarm::http::test;
using Then = Http2Server::Then;

namespace {

const std::string kText = R"({"tracks":[1,2,3]})";

Result<Response> fetch(const std::string& frames, Then then) {
  testkit::CertificateAuthority authority;
  Http2Server server(authority.good(), frames, then);
  Client client;
  auto request = request_of(server.url());
  request.ca_file = authority.ca_file();
  request.timeout = 3s;
  auto result = client.send(std::move(request));
  CHECK(server.requests() >= 1);
  return result;
}

}  // namespace

TEST_CASE("an answer over HTTP/2 has an end of its own") {
  for (const Then then : {Then::stay, Then::notify_and_close, Then::close}) {
    for (const auto& frames :
         {headers_frame({{"content-type", "application/json"}}) + data_frame(kText, kEndStream),
          headers_frame(
              {{"content-type", "application/json"}, {"content-length", std::to_string(kText.size())}}) +
              data_frame(kText.substr(0, 5)) + data_frame(kText.substr(5)) + data_frame("", kEndStream)}) {
      const auto result = fetch(frames, then);
      INFO(error_of(result).message);
      REQUIRE(result.ok());
      CHECK(result->status == 200);
      CHECK(result->body == kText);
      CHECK(result->length_known);
      CHECK(result->headers[Field::content_type] == "application/json");
    }
  }
  const auto packed =
      fetch(headers_frame({{"content-encoding", "gzip"}}) + data_frame(testkit::gzip(kText), kEndStream),
            Then::stay);
  REQUIRE(packed.ok());
  CHECK(packed->body == kText);
}

TEST_CASE("an answer over HTTP/2 that is broken off is broken") {
  const std::string head = headers_frame({}), part = data_frame(kText.substr(0, 9));
  struct Case {
    const char* name;
    std::string frames;
    Then then;
  };
  const std::string packed = testkit::gzip(kText);
  for (const Case& c : {
           Case{"nothing", "", Then::notify_and_close},
           Case{"head, then the end", head, Then::notify_and_close},
           Case{"part, then the end", head + part, Then::notify_and_close},
           Case{"all, then the end without END_STREAM", head + data_frame(kText), Then::notify_and_close},
           Case{"the same without close_notify", head + data_frame(kText), Then::close},
           Case{"part, then reset", head + part + reset_frame(8), Then::stay},
           Case{"all, then reset", head + data_frame(kText) + reset_frame(2), Then::stay},
           Case{"part, then GOAWAY and the end", head + part + goaway_frame(1, 0), Then::notify_and_close},
           Case{"all, then GOAWAY and the end", head + data_frame(kText) + goaway_frame(1, 0),
                Then::notify_and_close},
           Case{"all, then GOAWAY that disowns the stream", head + data_frame(kText) + goaway_frame(0, 2),
                Then::notify_and_close},
           Case{"length larger than the data",
                headers_frame({{"content-length", "99"}}) + data_frame(kText, kEndStream), Then::stay},
           Case{"length smaller than the data",
                headers_frame({{"content-length", "5"}}) + data_frame(kText, kEndStream), Then::stay},
           Case{"two lengths",
                headers_frame({{"content-length", "18"}, {"content-length", "18"}}) +
                    data_frame(kText, kEndStream),
                Then::stay},
           Case{"gzip cut short",
                headers_frame({{"content-encoding", "gzip"}}) + data_frame(packed.substr(0, 20), kEndStream),
                Then::stay},
           Case{"not HTTP/2 at all", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
                Then::notify_and_close},
       }) {
    const auto error = error_of(fetch(c.frames, c.then));
    INFO(c.name);
    INFO(error.message);
    CHECK(error.kind == ErrorKind::broken);
  }
}

// RST_STREAM without an error ends nothing that END_STREAM did not end (RFC 9113, 8.1), but libcurl 8 takes
// it for the end; then the length, where there is one, and the JSON text itself still tell what is missing.
TEST_CASE("a stream that is reset without error gives all that came or is broken") {
  const auto all = fetch(headers_frame({}) + data_frame(kText) + reset_frame(0), Then::stay);
  CHECK((all.ok() ? all->body == kText : all.error().kind == ErrorKind::broken));
  const auto short_of_length =
      fetch(headers_frame({{"content-length", "18"}}) + data_frame(kText.substr(0, 9)) + reset_frame(0),
            Then::stay);
  CHECK(error_of(short_of_length).kind == ErrorKind::broken);
}

TEST_CASE("a GOAWAY that lets the stream end does no harm") {
  const auto result = fetch(headers_frame({}) + data_frame(kText.substr(0, 9)) + goaway_frame(1, 0) +
                                data_frame(kText.substr(9), kEndStream),
                            Then::stay);
  INFO(error_of(result).message);
  REQUIRE(result.ok());
  CHECK(result->body == kText);
}

TEST_CASE("a head of HTTP/2 has the same limits") {
  const std::vector<std::pair<std::string, std::string>> many(101, {"x-filler", "y"});
  CHECK(error_of(fetch(headers_frame(many) + data_frame(kText, kEndStream), Then::stay)).kind ==
        ErrorKind::broken);
}
