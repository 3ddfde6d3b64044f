// SPDX-License-Identifier: Apache-2.0
#include "http/origin.hpp"

#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "http/peer_check.hpp"

using namespace prewarm::http;

namespace {
std::string told(const std::optional<Origin>& origin) {
  if (!origin) return "none";
  return std::string(origin->tls ? "tls " : "plain ") +
         (origin->kind == HostKind::literal ? "literal " : "name ") + origin->host;
}
std::string fresh(const std::string& url) { return told(OriginReader().read(url)); }
}  // namespace

TEST_CASE("scheme, host and kind of host are read from a URL") {
  CHECK(fresh("https://API.example.net:8443/x?y") == "tls name api.example.net");
  CHECK(fresh("http://127.0.0.1:80/x") == "plain literal 127.0.0.1");
  CHECK(fresh("HTTP://[::1]?q") == "plain literal [::1]");
  CHECK(fresh("http://LocalHost") == "plain literal localhost");
  CHECK(fresh("http://2130706433/") == "plain name 127.0.0.1");
  for (const char* url : {"", "/x", "127.0.0.1/x", "ftp://a/", "file:///x", "http://", "http://me@a/",
                          "http://me:word@a/", "http://a/ b", "http://a\n/"}) {
    INFO(url);
    CHECK(fresh(url) == "none");
  }
}

TEST_CASE("a URL is read the same whatever was read before it") {
  const std::vector<std::string> urls = {
      "http://a.example/1",       "http://a.example/2?x@y", "http://a.example",
      "http://a.example?q",       "http://a.example#f",     "http://a.example.evil.net/1",
      "http://a.example:81/1",    "http://a.example:8/1",   "http://a.example@127.0.0.1/1",
      "http://a.example:1@b/1",   "http://a.example\\@b/1", "http://a.example%2e/1",
      "https://a.example/1",      "HTTP://A.example/1",     "http://127.0.0.1/1",
      "http://127.0.0.1",         "http://127.0.0.1.:80/",  "http://127.0.0.12/1",
      "http://%31%32%37.0.0.1/1", "http://2130706433/1",    "http://[::1]/1",
      "http://[::1]:80/1",        "http://[::1%25lo]/1",    "ftp://a.example/1",
      "http:///a.example/1",      "http://me@a.example/1",  "http://\xC3\xA9.example/1",
      "http://a_b.example/1",     "http://a.example\t/1",   "",
  };
  for (const auto& first : urls)
    for (const auto& second : urls) {
      OriginReader reader;
      reader.read(first);
      INFO(first << " then " << second);
      CHECK(told(reader.read(second)) == fresh(second));
      CHECK(told(reader.read(second)) == fresh(second));
    }
}

TEST_CASE("a peer that passed for one kind of host does not pass for the other") {
  const std::vector<AddressRange> none;
  PeerCheck peers(none);
  for (int i = 0; i < 2; ++i) {
    CHECK(peers.passes("127.0.0.1", HostKind::literal));
    CHECK_FALSE(peers.passes("127.0.0.1", HostKind::name));
    CHECK(peers.passes("93.184.216.34", HostKind::name));
    CHECK_FALSE(peers.passes("169.254.169.254", HostKind::literal));
    CHECK_FALSE(peers.passes("", HostKind::literal));
    CHECK_FALSE(peers.passes("127.0.0.1 ", HostKind::literal));
    CHECK_FALSE(peers.passes("/run/x.sock", HostKind::name));
  }
}
