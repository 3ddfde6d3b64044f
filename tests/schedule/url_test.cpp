// SPDX-License-Identifier: Apache-2.0
#include "schedule/url.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace prewarm::schedule;

namespace {
Url sound(std::string_view text) {
  const auto parsed = parse_url(text);
  REQUIRE(std::holds_alternative<Url>(parsed));
  return std::get<Url>(parsed);
}
}  // namespace

TEST_CASE("URLs are split into scheme, host and port") {
  CHECK(sound("https://api.example.net/a/b?c=d%20e").host == "api.example.net");
  CHECK(sound("https://api.example.net").https);
  CHECK_FALSE(sound("HTTP://API.Example.Net:8080").https);
  CHECK(sound("HTTP://API.Example.Net:8080/").host == "api.example.net");
  CHECK(sound("http://a:65535").port == 65535);
  CHECK(sound("http://[::1]:8080/x").host == "[::1]");
  CHECK(sound("http://127.0.0.1?x").host == "127.0.0.1");
  CHECK(sound("http://a_b-c.d/~x;y=(1),!*'@:/$&+").port == 0);
}

TEST_CASE("what is no http URL, or one that two programs could read differently, is refused") {
  for (const std::string_view text : {"",
                                      "api.example.net/x",
                                      "//api.example.net",
                                      "ftp://a/",
                                      "file:///etc/passwd",
                                      "https:/a",
                                      "https://",
                                      "https:///x",
                                      "https://user@a/",
                                      "https://user:pass@a/",
                                      "https://a@b:80@c/",
                                      "https://a/#f",
                                      "https://a/ b",
                                      "https://a/\tb",
                                      "https://a/\x01",
                                      "https://a/\xc3\xa9",
                                      "https://a\\b/",
                                      "https://a/{x}",
                                      "https://a/%",
                                      "https://a/%2",
                                      "https://a/%zz",
                                      "https://a:0/",
                                      "https://a:65536/",
                                      "https://a:80 /",
                                      "https://a:/",
                                      "https://a:8a/",
                                      "https://.a/",
                                      "https://a..b/",
                                      "https://a./",
                                      "https://[::1/",
                                      "https://[::g]/",
                                      "https://[]/",
                                      "https://[::1]x/",
                                      "https://a%2eb/",
                                      "https://a,b/",
                                      " https://a/",
                                      "https://a/\"",
                                      "https://a/<>",
                                      "javascript://a/",
                                      "httpss://a/"}) {
    INFO(text);
    const auto parsed = parse_url(text);
    REQUIRE(std::holds_alternative<Complaint>(parsed));
    CHECK(std::get<Complaint>(parsed).code == 230);
    CHECK_FALSE(std::get<Complaint>(parsed).remedy.empty());
  }
  const std::string long_url = "https://a/" + std::string(2038, 'x');
  CHECK(long_url.size() == 2048);
  CHECK(std::holds_alternative<Url>(parse_url(long_url)));
  CHECK(std::get<Complaint>(parse_url(long_url + "x")).code == 106);
}

TEST_CASE("parts of a written URL are found without reading it as a whole") {
  CHECK(without_query("https://a/${X}?b=c") == "https://a/${X}");
  CHECK(authority_of("https://${H}:80/x") == "${H}:80");
  CHECK(authority_of("${BASE}/x") == "${BASE}");
  const auto query = query_of("https://a/?x=1&token=${T}&y&=z&&");
  REQUIRE(query.size() == 5);
  CHECK(query[1] == std::pair<std::string, std::string>{"token", "${T}"});
  CHECK(query[2] == std::pair<std::string, std::string>{"y", ""});
}

TEST_CASE("what lies outside ASCII is told how to be written, in a host and elsewhere") {
  const auto remedy = [](std::string_view text) { return std::get<Complaint>(parse_url(text)).remedy; };
  CHECK(remedy("https://m\xc3\xbcller.example/").find("xn--") != std::string::npos);
  CHECK(remedy("https://a/m\xc3\xbcller").find("%C3%A9") != std::string::npos);
}

TEST_CASE("user info and a fragment are told in one pass") {
  const auto parsed = parse_url("https://user:pass@a/x#f");
  REQUIRE(std::holds_alternative<Complaint>(parsed));
  const auto& complaint = std::get<Complaint>(parsed);
  CHECK(complaint.code == 230);
  CHECK(complaint.message == "holds user info (\"user:password@\"), and a fragment, which is never sent");
  CHECK(complaint.remedy ==
        "an \"authorization\" header with ${NAME}; take out # and what follows, or write %23");
}
