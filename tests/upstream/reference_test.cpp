// SPDX-License-Identifier: Apache-2.0
// References resolved by RFC 3986, and those that lead to another origin.
#include "upstream/reference.hpp"

#include <catch2/catch_test_macros.hpp>
#include <random>
#include <utility>

using namespace prewarm::upstream;

namespace {

std::string seen_from(std::string_view base, std::string_view reference) {
  const auto resolved = resolve(base, reference);
  if (const auto* fault = std::get_if<ReferenceFault>(&resolved))
    return *fault == ReferenceFault::elsewhere ? "elsewhere" : "unreadable";
  return std::get<Resolved>(resolved).url;
}

}  // namespace

TEST_CASE("the examples of RFC 3986 are resolved as it says") {
  const std::pair<const char*, const char*> cases[] = {
      {"g:h", "elsewhere"},
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "elsewhere"},
      {"//a", "http://a/"},
      {"//a?y", "http://a/?y"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q"},
      {"g#s", "http://a/b/c/g"},
      {"g?y#s", "http://a/b/c/g?y"},
      {";x", "http://a/b/c/;x"},
      {"g;x", "http://a/b/c/g;x"},
      {"g;x?y#s", "http://a/b/c/g;x?y"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"../../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {".g", "http://a/b/c/.g"},
      {"g..", "http://a/b/c/g.."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"g?y/./x", "http://a/b/c/g?y/./x"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
      {"g#s/../x", "http://a/b/c/g"},
      {"http:g", "unreadable"},
      {"?", "http://a/b/c/d;p?"},
      {"/a//b/../c//", "http://a/a//c//"},
  };
  for (const auto& [reference, url] : cases) {
    INFO(reference);
    CHECK(seen_from("http://a/b/c/d;p?q", reference) == url);
  }
  CHECK(seen_from("https://a.example", "ids") == "https://a.example/ids");
  CHECK(seen_from("https://a.example?x", "") == "https://a.example/?x");
  CHECK(seen_from("https://a.example?x", "?y") == "https://a.example/?y");
}

TEST_CASE("only the same scheme, host and port are the same origin, and the page's own spelling stays") {
  const auto url = [](std::string_view reference) {
    return seen_from("https://API.example.net/ids?a=1", reference);
  };
  CHECK(url("https://api.EXAMPLE.net/x?b") == "https://API.example.net/x?b");
  CHECK(url("HTTPS://api.example.net:443/x") == "https://API.example.net/x");
  CHECK(url("//api.example.net:/x") == "https://API.example.net/x");
  for (const char* other : {"http://api.example.net/x",
                            "https://api.example.net:8443/x",
                            "https://api.example.net.evil.example/x",
                            "https://evil.example/x",
                            "//evil.example/https://api.example.net/",
                            "https://user@api.example.net/x",
                            "https://api.example.net@evil.example/x",
                            "https://api.example.net:pw@evil.example/",
                            "https:///x",
                            "https://",
                            "//",
                            "https://api.example.net./x",
                            "https://%61pi.example.net/x",
                            "https://api.example.net:443x/",
                            "https://api.example.net:99999999999/",
                            "ftp://api.example.net/x",
                            "javascript:alert(1)",
                            "data:,x",
                            "https://[::1]/x",
                            "https://api.example.net:-443/x",
                            "https://api.example.net:4%343/"}) {
    INFO(other);
    CHECK(url(other) == "elsewhere");
  }
  CHECK(seen_from("http://[::1]:8080/a", "http://[::1]:8080/b") == "http://[::1]:8080/b");
  CHECK(seen_from("http://[::1]:8080/a", "http://[::1]/b") == "elsewhere");
  CHECK(seen_from("http://[::1]/a", "http://[::1]:80/b") == "http://[::1]/b");
  CHECK(seen_from("http://[::1]/a", "http://[::2]/b") == "elsewhere");
  CHECK(seen_from("http://127.0.0.1:8080/a", "http://127.0.0.1:8080/b") == "http://127.0.0.1:8080/b");
}

TEST_CASE("what no URL may hold is not read") {
  for (const std::string& reference : {std::string("/a b"),
                                       std::string("/a\\b"),
                                       std::string("\\\\evil.example\\x"),
                                       std::string("https:\\\\evil.example"),
                                       std::string("/a\tb"),
                                       std::string("/a\r\nx: y"),
                                       std::string("/a\0b", 4),
                                       std::string("/\x7f"),
                                       std::string("/\xc3\xa9"),
                                       std::string("/%"),
                                       std::string("/%4"),
                                       std::string("/%4g"),
                                       std::string("/{x}"),
                                       std::string("/a\"b"),
                                       std::string("/a|b"),
                                       std::string("/a#\n"),
                                       std::string(" /a"),
                                       std::string("/a "),
                                       std::string(":x"),
                                       std::string("1:x"),
                                       std::string("/<a>"),
                                       std::string("https:/x"),
                                       std::string("https:x")}) {
    INFO(reference);
    CHECK(seen_from("https://api.example.net/ids", reference) == "unreadable");
  }
  CHECK(seen_from("https://a.example/", "?page[after]=x%3D&y=:/@!$'()*+,;") ==
        "https://a.example/?page[after]=x%3D&y=:/@!$'()*+,;");
}

TEST_CASE("whether there was a fragment is known") {
  const auto has = [](std::string_view reference) {
    return std::get<Resolved>(resolve("https://a.example/", reference)).has_fragment;
  };
  CHECK(has("#x"));
  CHECK(has("/y#x"));
  CHECK_FALSE(has("/y#"));
  CHECK_FALSE(has("/y"));
}

TEST_CASE("no reference makes a URL at another origin") {
  constexpr std::string_view kPieces[] = {
      "/",   "//",   ":", "@", "?",  "#",   ".", "..", "http", "https", "a.example", "evil.example",
      ":80", ":443", "[", "]", "\\", "%2f", "%", "x",  " "};
  std::mt19937 random(20260501);
  const auto below = [&](std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most - 1)(random);
  };
  std::size_t resolved_well = 0;
  const std::string origin = "https://a.example/";
  for (int round = 0; round < 200'000; ++round) {
    std::string text;
    for (std::size_t i = below(9); i-- > 0;) text += kPieces[below(std::size(kPieces))];
    const std::string url = seen_from("https://a.example/b/c?d", text);
    if (url == "elsewhere" || url == "unreadable") continue;
    ++resolved_well;
    if (!url.starts_with(origin) || url.find_first_of(" \\#") != std::string::npos)
      FAIL_CHECK(text << " -> " << url);
    if (seen_from(url, "") != url) FAIL_CHECK(text << " -> " << url);  // in its final form
  }
  CHECK(resolved_well > 1000);
}
